"""CREATE of indexes, views, schemas, databases, users and roles (document keys RSQL_createindex, RSQL_createview …)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.iris import checks, nodes
from pgiris.sql.iris.alterations import Alterations
from pgiris.sql.iris.lexer import Kind
from pgiris.sql.iris.queries import Place

_INDEX_TYPES: Final = frozenset({"BITMAP", "BITMAPEXTENT", "BITSLICE", "COLUMNAR"})
_CLUSTERING: Final = frozenset({"CLUSTERED", "NONCLUSTERED"})
_HNSW: Final[dict[str, str]] = {"DISTANCE": "Distance", "M": "M", "EFCONSTRUCTION": "efConstruction"}
_HNSW_DISTANCES: Final = frozenset({"COSINE", "DOTPRODUCT"})


class Objects(Alterations):
    """What CREATE makes besides tables and routines."""

    # -- indexes

    def at_index(self) -> bool:
        """Whether ``[UNIQUE] [BITMAP …] [CLUSTERED] INDEX`` comes next."""
        distance = 0
        while self.peek(distance).word in _INDEX_TYPES | _CLUSTERING | {"UNIQUE"}:
            distance += 1
        return self.peek(distance).word == "INDEX"

    def create_index(self) -> exp.Expr:
        unique, kind = False, None
        while not self.accept("INDEX"):
            if self.accept("UNIQUE"):
                unique = True
            elif (word := self.accept_any(_INDEX_TYPES)) is not None:
                kind = word
            else:
                self.expect_any(_CLUSTERING)
        name = self.identifier()
        self.expect("ON")
        self.accept("TABLE")
        table = self.table_name()
        columns = self._indexed_columns() if self.at("(") or kind != "BITMAPEXTENT" else []
        index = exp.Index(this=name, table=table, params=exp.IndexParameters(columns=columns))
        node = exp.Create(kind="INDEX", this=index, unique=unique)
        if kind:
            node.set("index_type", kind)
        self._index_options(node)
        return node

    def _indexed_columns(self) -> list[exp.Expr]:
        self.expect("(")
        columns: list[exp.Expr] = []
        while True:
            column = exp.Column(this=self.identifier())
            if self.at("(") and column.name.upper() in ("ELEMENTS", "KEYS"):
                self.fail(-1, "collection indexes are defined in classes")
            descending = self.accept("DESC")
            if not descending:
                self.accept("ASC")
            columns.append(exp.Ordered(this=column, desc=descending))
            if not self.accept(","):
                break
        self.expect(")")
        return columns

    def _index_options(self, node: exp.Create) -> None:
        if self.accept("AS"):
            node.set("index_class", self._index_class())
        if self.accept("WITH"):
            self.expect("DATA")
            node.set("data", self.identifiers())
        if self.accept("DEFER"):
            self.accept("BUILD")
            node.set("defer", True)

    def _index_class(self) -> exp.Expr:
        parts = [self.identifier().name]
        while self.accept("."):
            parts.append(self.identifier().name)
        name = ".".join(parts)
        if name.upper() in ("HNSW", "%SQL.INDEX.HNSW"):
            name = "HNSW"
        parameters: list[exp.Expr] = []
        if self.accept("("):
            while not self.at(")"):
                parameters.append(self._index_parameter(name))
                if not self.accept(","):
                    break
            self.expect(")")
        return nodes.function(name, *parameters)

    def _index_parameter(self, index_class: str) -> exp.Expr:
        name = self.identifier().name
        self.expect("=")
        value = self.string() if self.at_string() else self.number()
        if index_class == "HNSW":
            declared = _HNSW.get(name.upper())
            if declared is None:
                self.fail(-400, f"ERROR #5480: Index parameter not declared: {name}")
            name = declared
            if name == "Distance" and value.name.upper() not in _HNSW_DISTANCES:
                self.fail(-400, f"ERROR #5002: invalid Distance '{value.name[:40]}'")
        return exp.EQ(this=exp.Var(this=name), expression=value)

    # -- views

    def create_view(self, *, replace: bool) -> exp.Expr:
        node = exp.Create(kind="VIEW", replace=replace)
        self._view(node)
        return node

    def alter_view(self) -> exp.Expr:
        node = exp.Alter(kind="VIEW")
        self._view(node)
        return node

    def _view(self, node: exp.Expr) -> None:
        name: exp.Expr = self.table_name()
        columns: list[exp.Expr] = []
        if self.at("("):
            columns = self.identifiers()
            if len({column.name.upper() for column in columns}) < len(columns):
                self.fail(-97, "a column name of the view is given twice")
            name = exp.Schema(this=name, expressions=columns)
        node.set("this", name)
        self.expect("AS")
        query = self._view_query()
        found = checks.width(query)
        if columns and found is not None and found != len(columns):
            self.fail(-142, "the view's column list and its query differ in size")
        if not columns and checks.names_repeat(query):
            self.fail(-97, "two columns of the view have one name")
        node.set("expression", query)
        self._view_options(node)

    def _view_query(self) -> exp.Query:
        in_parentheses = self.at("(") and self.peek().word in ("SELECT", "WITH")
        query = self.select_statement(Place.VIEW)
        if query.find(exp.Placeholder) is not None:
            self.fail(-148, "parameters and host variables are not allowed in a view")
        return query.this if in_parentheses and isinstance(query, exp.Subquery) else query

    def _view_options(self, node: exp.Expr) -> None:
        if not self.accept("WITH"):
            return
        if self.accept("READ"):
            self.expect("ONLY")
            node.set("read_only", True)
            return
        check = self.accept_any(frozenset({"LOCAL", "CASCADED"})) or "CASCADED"
        self.expect("CHECK", "OPTION")
        node.set("check_option", check)

    # -- schemas, databases, users, roles

    def create_schema(self) -> exp.Expr:
        exists = self._if_not_exists()
        return exp.Create(kind="SCHEMA", this=exp.Table(db=self.identifier()), exists=exists)

    def create_database(self) -> exp.Expr:
        node = exp.Create(kind="DATABASE", this=self.identifier())
        if self.accept("ON", "DIRECTORY"):
            node.set("directory", self.string())
        return node

    def create_user(self) -> exp.Expr:
        node = exp.Create(kind="USER", this=self.identifier())
        node.set("password", self._password())
        return node

    def alter_user(self) -> exp.Expr:
        node = exp.Alter(kind="USER", this=self.identifier())
        if self.at("IDENTIFY", "IDENTIFIED"):
            node.set("password", self._password())
        else:
            node.set("actions", [nodes.command("ALTER USER", text=self.rest_as_text())])
        return node

    def _password(self) -> exp.Expr:
        self.expect_any(frozenset({"IDENTIFY", "IDENTIFIED"}))
        self.expect("BY")
        if self.at_string():
            return self.string()
        if self.token.kind in (Kind.NAME, Kind.QUOTED, Kind.NUMBER):
            return exp.Literal.string(self.advance().text)
        self.fail_expected("password")

    def create_role(self) -> exp.Expr:
        return exp.Create(kind="ROLE", this=self.identifier())
