"""IRIS SQL text of definitions: tables, indexes, views and other objects."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.iris.printing import identifier, refuse
from pgiris.sql.iris.printing_calls import CallPrinter

_REFERENCE_OPTIONS: Final = frozenset(
    {"NOCHECK", "MATCH FULL", "MATCH PARTIAL"}
    | {
        f"ON {event} {action}"
        for event in ("DELETE", "UPDATE")
        for action in ("CASCADE", "NO ACTION", "SET NULL", "SET DEFAULT")
    }
)
_KEPT_KINDS: Final = frozenset({"FOREIGN SERVER", "FOREIGN TABLE", "MODEL"})


class DefinitionPrinter(CallPrinter):
    """CREATE, ALTER and DROP, but for routines."""

    # -- CREATE

    def _create(self, node: exp.Create) -> str:
        kind = str(node.args["kind"]).upper()
        method = getattr(self, f"_create_{kind.lower().replace(' ', '_')}", None)
        if method is None or node.args.get("properties"):
            raise refuse(f"CREATE {kind}")
        text: str = method(node)
        return text

    def _exists_text(self, node: exp.Expr) -> str:
        return "IF NOT EXISTS " if node.args.get("exists") else ""

    def _create_table(self, node: exp.Create) -> str:
        start = "CREATE GLOBAL TEMPORARY TABLE" if node.args.get("temporary") else "CREATE TABLE"
        text = f"{start} {self._exists_text(node)}{self.sql(node.this)}"
        if node.expression is not None:
            text += f" AS {self.sql(node.expression)}"
        if node.args.get("shard") is not None:
            text += f" {self._shard_text(node.args['shard'])}"
        options: list[str] = []
        if node.args.get("storage"):
            options.append(f"STORAGETYPE = {node.args['storage']}")
        for parameter in node.args.get("class_parameters") or ():
            options.append(f"%CLASSPARAMETER {self.sql(parameter.this)} = {self.sql(parameter.expression)}")
        if options:
            text += f" WITH {', '.join(options)}"
        if node.args.get("partition") is not None:
            text += f" {self._partition_text(node.args['partition'])}"
        return text

    def _shard_text(self, node: exp.Expr) -> str:
        text = "SHARD"
        if node.args.get("key"):
            text += f" KEY ({self.list_(node.args['key'])})"
        if node.args.get("coshard") is not None:
            text += f" COSHARD WITH {self.sql(node.args['coshard'])}"
        return text

    def _partition_text(self, node: exp.Expr) -> str:
        if node.name == "PARTITION OFF":
            return "PARTITION OFF"
        method, size = node.args["method"], node.args.get("size")
        text = f"PARTITION BY {method} ({self.list_(node.args['columns'])})"
        if method == "RANGE":
            unit = f" {node.args['unit']}" if node.args.get("unit") else ""
            return f"{text} INTERVAL {self.sql(size)}{unit}"
        return f"{text} IN {self.sql(size)} PARTITIONS" if method == "HASH" else text

    def _columndef(self, node: exp.ColumnDef) -> str:
        if node.args.get("exists") or node.args.get("position"):
            raise refuse("IF NOT EXISTS or a position of a column")
        parts = [self.sql(node.this), self.sql(node.args.get("kind"))]
        parts += [self.sql(constraint) for constraint in node.args.get("constraints") or ()]
        return " ".join(part for part in parts if part)

    def _columnconstraint(self, node: exp.ColumnConstraint) -> str:
        kind = node.args["kind"]
        name = f"CONSTRAINT {self.sql(node.this)} " if node.args.get("this") is not None else ""
        if isinstance(kind, exp.Property):
            return f"{name}WITH {self.sql(kind)}"
        return name + self.sql(kind)

    def _notnullcolumnconstraint(self, node: exp.Expr) -> str:
        return "NULL" if node.args.get("allow_null") else "NOT NULL"

    def _uniquecolumnconstraint(self, node: exp.Expr) -> str:
        if node.args.get("nulls") or node.args.get("on_conflict") or node.args.get("options"):
            raise refuse("UNIQUE with options")
        columns = node.args.get("this")
        return f"UNIQUE {self.sql(columns)}" if columns is not None else "UNIQUE"

    def _primarykeycolumnconstraint(self, node: exp.Expr) -> str:
        return "PRIMARY KEY"

    def _defaultcolumnconstraint(self, node: exp.Expr) -> str:
        return f"DEFAULT {self.default_text(node.this)}"

    def default_text(self, value: exp.Expr) -> str:
        """A default value; ``OBJECTSCRIPT '…'`` is not a call."""
        if isinstance(value, exp.Anonymous) and value.this == "OBJECTSCRIPT":
            return f"OBJECTSCRIPT {self.sql(value.expressions[0])}"
        return self.sql(value)

    def _onupdatecolumnconstraint(self, node: exp.Expr) -> str:
        return f"ON UPDATE {self.default_text(node.this)}"

    def _collatecolumnconstraint(self, node: exp.Expr) -> str:
        return f"COLLATE {self._collation_text(node.this)}"

    def _collation_text(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Anonymous):
            return f"{node.this}({self.list_(node.expressions)})"
        return str(node.name).upper()

    def _commentcolumnconstraint(self, node: exp.Expr) -> str:
        return f"%DESCRIPTION {self.sql(node.this)}"

    def _generatedasidentitycolumnconstraint(self, node: exp.Expr) -> str:
        if node.args.get("expression") is not None:
            raise refuse("GENERATED ALWAYS AS (expression)")
        return "IDENTITY"

    def _autoincrementcolumnconstraint(self, node: exp.Expr) -> str:
        return "AUTO_INCREMENT"

    def _notforreplicationcolumnconstraint(self, node: exp.Expr) -> str:
        return "NOT FOR REPLICATION"

    def _charactersetcolumnconstraint(self, node: exp.Expr) -> str:
        return f"CHARACTER SET {self.sql(node.this)}"

    def _computedcolumnconstraint(self, node: exp.Expr) -> str:
        if not isinstance(node.this, exp.Literal):
            raise refuse("computed column of an SQL expression")
        language = node.args.get("language") or "OBJECTSCRIPT"
        text = f"COMPUTECODE {'' if language == 'OBJECTSCRIPT' else language + ' '}{{{node.this.name}}}"
        if node.args.get("on_change"):
            text += f" COMPUTEONCHANGE ({self.list_(node.args['on_change'])})"
        return f"{text} {node.args['mode']}" if node.args.get("mode") else text

    def _property(self, node: exp.Property) -> str:
        name: str = node.this.name
        if name == "%PUBLICROWID":
            return name
        joint = " = " if name == "STORAGETYPE" else " "
        return f"{name}{joint}{self.sql(node.args['value'])}"

    def _constraint(self, node: exp.Constraint) -> str:
        return f"CONSTRAINT {self.sql(node.this)} {' '.join(self.sql(part) for part in node.expressions)}"

    def _primarykey(self, node: exp.PrimaryKey) -> str:
        columns = [part.this if isinstance(part, exp.Ordered) else part for part in node.expressions]
        return f"PRIMARY KEY ({self.list_(columns)})"

    def _foreignkey(self, node: exp.ForeignKey) -> str:
        actions = [f"ON {event.upper()} {node.args[event]}" for event in ("delete", "update") if node.args.get(event)]
        reference = self._reference(node.args["reference"], actions)
        return f"FOREIGN KEY ({self.list_(node.expressions)}) {reference}"

    def _reference(self, node: exp.Expr, more: list[str] | None = None) -> str:
        options = [str(option).upper() for option in [*(node.args.get("options") or ()), *(more or ())]]
        for option in options:
            if option not in _REFERENCE_OPTIONS:
                raise refuse(f"foreign key option {option}")
        return " ".join([f"REFERENCES {self.sql(node.this)}", *options])

    # -- indexes, views, other objects

    def _create_index(self, node: exp.Create) -> str:
        index = node.this
        if node.args.get("exists") or node.args.get("concurrently"):
            raise refuse("CREATE INDEX IF NOT EXISTS or CONCURRENTLY")
        params = index.args.get("params") or exp.IndexParameters()
        if any(params.args.get(key) for key in ("using", "include", "where", "tablespace", "with_storage")):
            raise refuse("index with USING, INCLUDE or WHERE")
        words = ["CREATE"]
        if node.args.get("unique"):
            words.append("UNIQUE")
        if node.args.get("index_type"):
            words.append(node.args["index_type"])
        words += ["INDEX", self.sql(index.this), "ON", self.sql(index.args["table"])]
        columns = params.args.get("columns") or []
        if any(not isinstance(getattr(column, "this", None), (exp.Column, exp.Identifier)) for column in columns):
            raise refuse("index on an expression")
        text = " ".join(words) + (f" ({self.list_(columns)})" if columns else "")
        index_class = node.args.get("index_class")
        if index_class is not None:
            text += f" AS {self._index_class_text(index_class)}"
        if node.args.get("data"):
            text += f" WITH DATA ({self.list_(node.args['data'])})"
        return f"{text} DEFER BUILD" if node.args.get("defer") else text

    def _index_class_text(self, node: exp.Expr) -> str:
        if not node.expressions:
            return str(node.this)
        parameters = (f"{self.sql(item.this)} = {self.sql(item.expression)}" for item in node.expressions)
        return f"{node.this}({', '.join(parameters)})"

    def _create_view(self, node: exp.Create) -> str:
        if node.args.get("exists") or node.args.get("temporary"):
            raise refuse("temporary view or CREATE VIEW IF NOT EXISTS")
        start = "CREATE OR REPLACE VIEW" if node.args.get("replace") else "CREATE VIEW"
        return f"{start} {self._view_text(node)}"

    def _view_text(self, node: exp.Expr) -> str:
        text = f"{self.sql(node.this)} AS {self.top_ordered(node.expression)}"
        if node.args.get("read_only"):
            text += " WITH READ ONLY"
        if node.args.get("check_option"):
            text += f" WITH {node.args['check_option']} CHECK OPTION"
        return text

    def top_ordered(self, query: exp.Expr) -> str:
        """A view's query: what is ordered has a TOP, as in parentheses."""
        return self.nested(query)

    def _create_schema(self, node: exp.Create) -> str:
        return f"CREATE SCHEMA {self._exists_text(node)}{self.sql(node.this)}"

    def _create_database(self, node: exp.Create) -> str:
        directory = node.args.get("directory")
        suffix = f" ON DIRECTORY {self.sql(directory)}" if directory is not None else ""
        return f"CREATE DATABASE {self.sql(node.this)}{suffix}"

    def _create_role(self, node: exp.Create) -> str:
        return f"CREATE ROLE {self.sql(node.this)}"

    def _create_user(self, node: exp.Create) -> str:
        return f"CREATE USER {self.sql(node.this)} IDENTIFY BY {self.sql(node.args['password'])}"

    def _create_kept(self, node: exp.Create) -> str:
        kind = node.args["kind"]
        text = f"CREATE {kind} {self._exists_text(node)}{self.sql(node.this)}"
        if kind == "FOREIGN SERVER":
            wrapper = self.sql(node.args["wrapper"])
            place = "HOST" if wrapper.upper() == "CSV" else "CONNECTION"
            text += f" FOREIGN DATA WRAPPER {wrapper} {place} {self.sql(node.args['location'])}"
        elif kind == "FOREIGN TABLE":
            text += f" SERVER {self.sql(node.args['server'])}"
        return f"{text} {node.args['text']}" if node.args.get("text") else text

    _create_foreign_server = _create_foreign_table = _create_model = _create_kept

    # -- DROP, ALTER

    def _drop(self, node: exp.Drop) -> str:
        kind = str(node.args["kind"]).upper()
        names = [node.args["this"]] if node.args.get("this") is not None else list(node.args.get("tables") or ())
        if len(names) != 1 or node.args.get("materialized") or node.args.get("concurrently"):
            raise refuse(f"DROP of several {kind}s" if len(names) != 1 else f"such a DROP {kind}")
        parts = [f"DROP {kind}"]
        if node.args.get("exists"):
            parts.append("IF EXISTS")
        parts.append(self.sql(names[0]))
        if node.args.get("table") is not None:
            table = node.args["table"]
            parts.append(f"ON {self.sql(table)}" if kind == "INDEX" else f"FROM {self.class_text(table)}")
        return " ".join([*parts, *self._drop_options_text(node)])

    def class_text(self, node: exp.Expr) -> str:
        """A class by its name: the dots of the package are not part of one name."""
        package = str(node.args["db"].name).split(".") if node.args.get("db") is not None else []
        return ".".join(identifier(part) for part in [*package, node.this.name])

    def _drop_options_text(self, node: exp.Expr) -> list[str]:
        words = [word for word in ("CASCADE", "RESTRICT") if node.args.get(word.lower())]
        delete_data = node.args.get("delete_data")
        if delete_data is not None:
            words.append("%DELDATA" if delete_data else "%NODELDATA")
        return words

    def _alter(self, node: exp.Alter) -> str:
        kind = str(node.args["kind"]).upper()
        if kind == "VIEW":
            return f"ALTER VIEW {self._view_text(node)}"
        start = f"ALTER {kind} {self.sql(node.this)}"
        if kind == "USER" and node.args.get("password") is not None:
            return f"{start} IDENTIFY BY {self.sql(node.args['password'])}"
        if node.args.get("exists") or node.args.get("only"):
            raise refuse("ALTER TABLE IF EXISTS or ONLY")
        actions = node.args.get("actions") or []
        if len(actions) > 1 and not all(isinstance(action, exp.ColumnDef) for action in actions):
            raise refuse("several actions in one ALTER TABLE")
        if actions and all(isinstance(action, exp.ColumnDef) for action in actions):
            columns = self.list_(actions)
            return f"{start} ADD COLUMN {columns if len(actions) == 1 else f'({columns})'}"
        return f"{start} {self._action_text(actions[0])}"

    def _action_text(self, action: exp.Expr) -> str:
        if isinstance(action, exp.AddConstraint):
            if len(action.expressions) != 1:
                return f"ADD ({self.list_(action.expressions)})"
            return f"ADD {self.sql(action.expressions[0])}"
        if isinstance(action, exp.AlterRename):
            if action.this.args.get("db") is not None:
                raise refuse("RENAME into another schema")
            return f"RENAME {self.sql(action.this)}"
        if isinstance(action, exp.RenameColumn):
            return f"ALTER COLUMN {self.sql(action.this)} RENAME {self.sql(action.args['to'])}"
        if isinstance(action, exp.Drop):
            return self._dropped_part_text(action)
        if isinstance(action, exp.AlterColumn):
            return f"ALTER COLUMN {self.sql(action.this)} {self._column_change(action)}"
        if isinstance(action, exp.Command):
            return f"{action.name} {action.args.get('text') or ''}".rstrip()
        raise refuse(f"ALTER TABLE action {action.key}")

    def _dropped_part_text(self, action: exp.Expr) -> str:
        kind = str(action.args["kind"]).upper()
        if action.args.get("exists"):
            raise refuse(f"DROP {kind} IF EXISTS")
        names = [action.args["this"]] if action.args.get("this") is not None else list(action.args.get("tables") or ())
        return " ".join([f"DROP {kind}", *(self.sql(name) for name in names), *self._drop_options_text(action)])

    def _column_change(self, action: exp.Expr) -> str:
        args = action.args
        if args.get("using") is not None:
            raise refuse("ALTER COLUMN … USING")
        if args.get("rename_to") is not None:
            return f"RENAME {self.sql(args['rename_to'])}"
        if args.get("dtype") is not None:
            constraints = [self.sql(constraint) for constraint in args.get("constraints") or ()]
            return " ".join([self.sql(args["dtype"]), *constraints])
        if args.get("default") is not None:
            return f"SET DEFAULT {self.default_text(args['default'])}"
        if args.get("allow_null") is not None:
            return "NULL" if args["allow_null"] or args.get("drop") else "NOT NULL"
        if args.get("collate") is not None:
            return f"COLLATE {self._collation_text(args['collate'])}"
        if args.get("drop"):
            return "DROP DEFAULT"
        raise refuse("such a change of a column")
