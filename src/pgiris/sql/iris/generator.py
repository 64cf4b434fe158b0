"""IRIS SQL text of queries and data changes, and the entry point of generation."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from pgiris.sql.iris.printing import refuse
from pgiris.sql.iris.printing_commands import CommandPrinter

_REFUSED_IN_SELECT: Final[dict[str, str]] = {
    "qualify": "QUALIFY",
    "windows": "named window",
    "locks": "FOR UPDATE",
    "into": "SELECT INTO",
    "kind": "SELECT AS",
    "laterals": "LATERAL VIEW",
    "sample": "TABLESAMPLE",
    "pivots": "PIVOT",
    "connect": "CONNECT BY",
    "match": "MATCH_RECOGNIZE",
    "cluster": "CLUSTER BY",
    "distribute": "DISTRIBUTE BY",
    "sort": "SORT BY",
    "prewhere": "PREWHERE",
}


class Generator(CommandPrinter):
    """Writes any tree that IRIS SQL can express; another raises ``sqlglot.errors.UnsupportedError``."""

    # -- queries

    def _with(self, node: exp.With) -> str:
        if node.args.get("recursive"):
            raise refuse("WITH RECURSIVE")
        return f"WITH {self.list_(node.expressions)} "

    def _cte(self, node: exp.CTE) -> str:
        alias = node.args["alias"]
        if alias.args.get("columns"):
            raise refuse("column list of a CTE")
        return f"{self.sql(alias.this)} AS ({self.nested(node.this)})"

    def _select(self, node: exp.Select) -> str:
        return self._select_text(node, nested=False)

    def _subquery(self, node: exp.Subquery) -> str:
        if node.args.get("pivots") or node.args.get("sample"):
            raise refuse("PIVOT or TABLESAMPLE")
        inner = node.this
        while isinstance(inner, exp.Subquery) and not inner.args.get("alias"):
            inner = inner.this
        if any(node.args.get(key) is not None for key in ("order", "limit", "offset")):
            raise refuse("ORDER BY or LIMIT behind a parenthesised query")
        text = f"{self.sql(node.args.get('with_'))}({self.nested(inner)})"
        return f"{text}{self.alias_text(node)}"

    def nested(self, query: exp.Expr) -> str:
        """A query in parentheses: LIMIT is written as TOP, and ORDER BY has a TOP in any case (RSQL_orderby)."""
        if isinstance(query, exp.Select):
            return self._select_text(query, nested=True)
        if isinstance(query, exp.SetOperation):
            if any(query.args.get(key) is not None for key in ("order", "limit", "offset")):
                raise refuse("ORDER BY or LIMIT of a set operation within another query")
            return self.sql(query)
        return self.sql(query)

    def _select_text(self, node: exp.Select, *, nested: bool) -> str:
        for key, what in _REFUSED_IN_SELECT.items():
            if node.args.get(key):
                raise refuse(what)
        parts = [f"{self.sql(node.args.get('with_'))}SELECT"]
        parts += [self.sql(word) for word in node.args.get("operation_modifiers") or ()]
        parts += self._distinct_text(node)
        parts += self._top_text(node, nested=nested)
        parts.append(self.list_(node.expressions))
        parts += self.clauses(node)
        group = node.args.get("group")
        if group is not None:
            parts.append(self.sql(group))
        if node.args.get("having") is not None:
            parts.append(f"HAVING {self.sql(node.args['having'].this)}")
        parts += self._tail(node, limits=not nested)
        return " ".join(parts)

    def _distinct_text(self, node: exp.Select) -> list[str]:
        distinct = node.args.get("distinct")
        if not distinct:
            return []
        if isinstance(distinct, exp.Distinct) and distinct.args.get("on") is not None:
            return [f"DISTINCT BY {self.sql(distinct.args['on'])}"]
        return ["DISTINCT"]

    def _top_text(self, node: exp.Select, *, nested: bool) -> list[str]:
        top = node.args.get("top")
        if nested and top is None:
            limit = node.args.get("limit")
            if node.args.get("offset") is not None:
                raise refuse("OFFSET in a subquery")
            if limit is not None:
                top = self._limit_count(limit)
            elif node.args.get("order") is not None:
                top = exp.Var(this="ALL")
        return [f"TOP {self.sql(top)}"] if top is not None else []

    @staticmethod
    def _limit_count(limit: exp.Expr) -> exp.Expr:
        count: exp.Expr = limit.args["count"] if isinstance(limit, exp.Fetch) else limit.expression
        options = limit.args.get("limit_options")
        if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
            raise refuse("FETCH WITH TIES or PERCENT")
        if limit.expressions:
            raise refuse("LIMIT BY")
        return count

    def _tail(self, node: exp.Expr, *, limits: bool = True) -> list[str]:
        parts: list[str] = []
        if node.args.get("order") is not None:
            parts.append(self.sql(node.args["order"]))
        if not limits:
            return parts
        limit, offset = node.args.get("limit"), node.args.get("offset")
        if node.args.get("top") is not None and (limit is not None or offset is not None):
            raise refuse("TOP together with LIMIT")
        if limit is not None:
            parts.append(f"LIMIT {self.sql(self._limit_count(limit))}")
        if offset is not None:
            parts.append(f"OFFSET {self.sql(offset.expression)}")
        return parts

    def _group(self, node: exp.Group) -> str:
        if any(node.args.get(key) for key in ("grouping_sets", "cube", "rollup", "totals", "all")):
            raise refuse("GROUPING SETS, CUBE or ROLLUP")
        return f"GROUP BY {self.list_(node.expressions)}"

    def _set_operation(self, node: exp.SetOperation) -> str:
        distinct = node.args.get("distinct", True)
        word = node.key.upper()
        if not distinct and word != "UNION":
            raise refuse(f"{word} ALL")
        if any(node.args.get(key) for key in ("by_name", "side", "kind", "on")):
            raise refuse(f"{word} BY NAME")
        word += "" if distinct else " ALL"
        if node.args.get("parallel"):
            word += " %PARALLEL"
        legs = [f"{self._leg(node.this, first=True)} {word} {self._leg(node.expression, first=False)}"]
        return " ".join([self.sql(node.args.get("with_")) + legs[0], *self._tail(node)])

    _union = _except = _intersect = _set_operation

    def _leg(self, query: exp.Expr, *, first: bool) -> str:
        if isinstance(query, exp.SetOperation):
            chain = first and not any(query.args.get(key) is not None for key in ("order", "limit", "offset", "with_"))
            same = type(query) is type(query.parent)
            return self.sql(query) if chain and same else f"({self.nested(query)})"
        if isinstance(query, exp.Select):
            ordered = any(query.args.get(key) is not None for key in ("order", "limit", "offset", "with_"))
            return f"({self.nested(query)})" if ordered else self.nested(query)
        return self.sql(query)

    # -- FROM, WHERE

    def clauses(self, node: exp.Expr) -> list[str]:
        """``FROM … WHERE …`` of a query, an UPDATE or a DELETE."""
        parts: list[str] = []
        source = node.args.get("from_")
        if source is not None:
            parts.append(self._from_text(source, node.args.get("joins") or []))
        if node.args.get("where") is not None:
            parts.append(f"WHERE {self.sql(node.args['where'].this)}")
        return parts

    def _from_text(self, source: exp.Expr, joins: list[exp.Expr]) -> str:
        hints = [self._hint_text(hint) for hint in source.args.get("hints") or ()]
        text = " ".join(["FROM", *hints, self.sql(source.this)])
        for join in [*self._inner_joins(source.this), *joins]:
            text += self._join(join)
            for inner in self._inner_joins(join.this):
                text += self._join(inner)
        return text

    @staticmethod
    def _inner_joins(table: exp.Expr) -> list[exp.Expr]:
        """Joins that sqlglot keeps at a table, as it does for ``UPDATE … FROM a JOIN b``."""
        joins: list[exp.Expr] = table.args.get("joins") or []
        return joins

    def _hint_text(self, hint: exp.Expr) -> str:
        if isinstance(hint, exp.Anonymous):
            return f"{hint.this} {self.list_(hint.expressions)}"
        return self.sql(hint)

    def _join(self, node: exp.Expr) -> str:
        method, side, kind = (str(node.args.get(key) or "").upper() for key in ("method", "side", "kind"))
        on, using = node.args.get("on"), node.args.get("using")
        if method not in ("", "NATURAL") or kind in ("SEMI", "ANTI", "APPLY", "STRAIGHT"):
            raise refuse(f"{method or kind} JOIN")
        table = self.sql(node.this)
        if kind == "CROSS":
            return f" CROSS JOIN {table}"
        if not (method or side or kind or on is not None or using):
            return f", {table}"
        words = " ".join(
            word for word in (method, side, "INNER" if kind == "INNER" and not side else "", "JOIN") if word
        )
        if on is not None:
            return f" {words} {table} ON {self.sql(on)}"
        if using:
            return f" {words} {table} USING ({self.list_(using)})"
        if not method:
            raise refuse("JOIN without ON")
        return f" {words} {table}"

    def alias_text(self, node: exp.Expr) -> str:
        """`` AS name`` of a table."""
        alias = node.args.get("alias")
        if alias is None:
            return ""
        if isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
            raise refuse("column list of a table alias")
        name = alias.this if isinstance(alias, exp.TableAlias) else alias
        return f" AS {self.sql(name)}" if name is not None else ""

    def _table(self, node: exp.Table) -> str:
        for key in ("catalog", "pivots", "sample", "only", "ordinality", "rows_from", "partition", "version", "when"):
            if node.args.get(key):
                raise refuse(f"table with {key}")
        name = ".".join(self.sql(node.args.get(part)) for part in ("db", "this") if node.args.get(part) is not None)
        return name + self.alias_text(node)

    def _lateral(self, node: exp.Lateral) -> str:
        if node.args.get("view") or node.args.get("outer") or node.args.get("ordinality"):
            raise refuse("LATERAL VIEW")
        return f"LATERAL {self.sql(node.this)}{self.alias_text(node)}"

    def _jsontable(self, node: exp.JSONTable) -> str:
        columns = self.list_(node.args["schema"].expressions)
        return f"JSON_TABLE({self.sql(node.this)}, {self.sql(node.args['path'])} COLUMNS ({columns}))"

    def _jsoncolumndef(self, node: exp.JSONColumnDef) -> str:
        kind, path = self.sql(node.args["kind"]), self.sql(node.args["path"])
        return f"{self.sql(node.this)} {kind} PATH {path}"

    # -- data changes

    def _schema(self, node: exp.Schema) -> str:
        return f"{self.sql(node.this)} ({self.list_(node.expressions)})".lstrip()

    def _words(self, node: exp.Expr, *words: str) -> str:
        return " ".join([*words, *(self.sql(hint) for hint in node.args.get("hints") or ())])

    def _insert(self, node: exp.Insert) -> str:
        for key, what in (("returning", "RETURNING"), ("conflict", "ON CONFLICT"), ("with_", "WITH before INSERT")):
            if node.args.get(key):
                raise refuse(what)
        alternative = node.args.get("alternative")
        if alternative not in (None, "UPDATE"):
            raise refuse(f"INSERT OR {alternative}")
        start = self._words(node, "INSERT OR UPDATE" if alternative else "INSERT")
        text = f"{start} INTO {self.sql(node.this)}"
        if node.args.get("default"):
            return f"{text} DEFAULT VALUES"
        return f"{text} {self.sql(node.expression)}"

    def _values(self, node: exp.Values) -> str:
        if len(node.expressions) != 1:
            raise refuse("VALUES of several rows")
        if node.args.get("alias") is not None:
            raise refuse("VALUES as a table")
        return f"VALUES {self.sql(node.expressions[0])}"

    def _update(self, node: exp.Update) -> str:
        for key, what in (("returning", "RETURNING"), ("order", "ORDER BY in UPDATE"), ("limit", "LIMIT in UPDATE")):
            if node.args.get(key):
                raise refuse(what)
        sets = ", ".join(self._assignment(item) for item in node.expressions)
        return " ".join([self._words(node, "UPDATE"), self.sql(node.this), "SET", sets, *self.clauses(node)])

    def _assignment(self, node: exp.Expr) -> str:
        if not isinstance(node, exp.EQ) or not isinstance(node.this, (exp.Column, exp.Identifier)):
            raise refuse("assignment to several columns")
        target = node.this.this if isinstance(node.this, exp.Column) else node.this
        return f"{self.sql(target)} = {self.sql(node.expression)}"

    def _delete(self, node: exp.Delete) -> str:
        for key, what in (("returning", "RETURNING"), ("order", "ORDER BY in DELETE"), ("limit", "LIMIT in DELETE")):
            if node.args.get(key):
                raise refuse(what)
        parts = [self._words(node, "DELETE"), "FROM", self.sql(node.this)]
        using = node.args.get("using")
        if using:
            source = exp.From(this=using[0].copy())
            parts.append(self._from_text(source, [exp.Join(this=table.copy()) for table in using[1:]]))
        return " ".join([*parts, *self.clauses(node)])

    def _truncatetable(self, node: exp.TruncateTable) -> str:
        if len(node.expressions) != 1 or node.args.get("identity") or node.args.get("option"):
            raise refuse("TRUNCATE of several tables or with options")
        return f"{self._words(node, 'TRUNCATE TABLE')} {self.sql(node.expressions[0])}"

    def _describe(self, node: exp.Describe) -> str:
        style = f"{node.args['style']} " if node.args.get("style") else ""
        return f"EXPLAIN {style}{self.sql(node.this)}"


def generate(node: exp.Expr) -> str:
    """The text of a tree in IRIS SQL. Errors: ``sqlglot.errors.UnsupportedError`` for what IRIS cannot express."""
    return generate_with_parameters(node)[0]


def generate_with_parameters(node: exp.Expr) -> tuple[str, list[exp.Placeholder]]:
    """The text of a tree, and its ``?`` nodes in the order in which they stand in the text.

    That order is not the tree's: a LIMIT within another query is written as TOP.
    """
    generator = Generator()
    try:
        return generator.finish(generator.sql(node))
    except RecursionError:
        raise refuse("room for so deep a nesting") from None
