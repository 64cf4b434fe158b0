"""IRIS SQL text of names, literals, scalars and conditions.

Where IRIS's precedence depends on a setting (`ANSIPrecedence`, GSQL_langelements), parentheses are written even if a
tree has none: the text means the tree on every server.
"""

from __future__ import annotations

from typing import Any, Final

from sqlglot import exp
from sqlglot.errors import UnsupportedError

from pgiris.sql.iris.datatypes import PRINTED_TYPES, SYNONYMS, TYPES
from pgiris.sql.iris.functions import PREFIX
from pgiris.sql.iris.lexer import MAX_IDENTIFIER
from pgiris.sql.iris.words import CONTEXTUAL, INFIX_PREDICATES, PSEUDO_COLUMNS, RESERVED

_DELIMITED: Final = RESERVED | CONTEXTUAL | PREFIX
"""Words that are names only between quotes."""

_MARK: Final = "\x00"
"""Stands in no statement: neither names nor literals nor kept text may have it."""

_SUM: Final[dict[type[exp.Expr], str]] = {exp.Add: "+", exp.Sub: "-"}
_PRODUCT: Final[dict[type[exp.Expr], str]] = {exp.Mul: "*", exp.Div: "/", exp.IntDiv: "\\", exp.Mod: "#"}
_GROUPS: Final[dict[type[exp.Expr], tuple[str, str]]] = {
    **{kind: ("sum", sign) for kind, sign in _SUM.items()},
    **{kind: ("product", sign) for kind, sign in _PRODUCT.items()},
    exp.DPipe: ("concatenation", "||"),
}
_COMPARISONS: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def refuse(what: str) -> UnsupportedError:
    """The error for a tree that IRIS SQL cannot express."""
    return UnsupportedError(f"IRIS SQL has no {what}")


def identifier(name: str, *, quoted: bool = False) -> str:
    """A name, delimited when it must be or is asked to be."""
    upper = name.upper()
    if upper in PSEUDO_COLUMNS:
        return upper
    if not quoted and _is_plain(name) and upper not in _DELIMITED:
        return name
    if (
        not name
        or len(name) > MAX_IDENTIFIER
        or name.startswith("*")
        or any(part in name for part in (",", ".", "^", "->", "\x00"))
    ):
        raise refuse(f"name like {name[:40]!r}")
    return '"' + name.replace('"', '""') + '"'


def _is_plain(name: str) -> bool:
    if not name or not name.isascii() or len(name) > MAX_IDENTIFIER:
        return False
    first, rest = name[0], name[1:]
    if not (first.isalpha() or first in "%_") or (first == "%" and not rest[:1].isalpha()) or name == "_":
        return False
    return all(char.isalnum() or char in "_@#$" for char in rest)


def string(text: str) -> str:
    """A string literal."""
    if "\x00" in text:
        raise refuse("string literal with a NUL character")
    return "'" + text.replace("'", "''") + "'"


class Printer:
    """Writes a tree as text; `sql` finds the method by the node's key, and a node without one is refused.

    Methods may write the parts of a node in any order: each ``?`` is a mark until `finish` counts them in the text's
    order.
    """

    def __init__(self) -> None:
        self._placeholders: list[exp.Placeholder] = []

    def finish(self, marked: str) -> tuple[str, list[exp.Placeholder]]:
        """The text with ``?`` for the marks, and the placeholders in the order of the text."""
        pieces = marked.split(_MARK)
        order = [self._placeholders[int(number)] for number in pieces[1::2]]
        return "?".join(pieces[::2]), order

    def sql(self, node: Any) -> str:
        """The text of a node, a name or nothing."""
        if node is None:
            return ""
        if isinstance(node, str):
            return node
        if isinstance(node, exp.Func):
            method = getattr(self, f"_{node.key}", self.standard_function)
        else:
            method = getattr(self, f"_{node.key}", None)
            if method is None:
                raise refuse(node.key)
        text: str = method(node)
        return text

    def list_(self, items: Any) -> str:
        """Items separated by commas."""
        return ", ".join(self.sql(item) for item in items)

    # -- names and literals

    def _identifier(self, node: exp.Identifier) -> str:
        return identifier(node.name, quoted=bool(node.args.get("quoted")))

    def _var(self, node: exp.Var) -> str:
        return str(node.this)

    def _column(self, node: exp.Expr) -> str:
        if node.args.get("catalog") is not None:
            raise refuse("name of four parts")
        return ".".join(self.sql(node.args.get(part)) for part in ("db", "table", "this") if node.args.get(part))

    def _pseudocolumn(self, node: exp.Expr) -> str:
        qualifiers = [self.sql(node.args[part]) for part in ("db", "table") if node.args.get(part) is not None]
        return ".".join([*qualifiers, node.name.upper()])

    def _dot(self, node: exp.Dot) -> str:
        return f"{self.sql(node.this)}->{self.sql(node.expression)}"

    def _star(self, node: exp.Star) -> str:
        if any(node.args.values()):
            raise refuse("* with exceptions")
        return "*"

    def _literal(self, node: exp.Literal) -> str:
        return string(str(node.this)) if node.is_string else str(node.this)

    def _null(self, node: exp.Null) -> str:
        return "NULL"

    def _boolean(self, node: exp.Boolean) -> str:
        return "1" if node.this else "0"

    def _placeholder(self, node: exp.Placeholder) -> str:
        name = node.args.get("this")
        if name is not None:
            return f":{name}"
        self._placeholders.append(node)
        return f"{_MARK}{len(self._placeholders) - 1}{_MARK}"

    def _alias(self, node: exp.Alias) -> str:
        return f"{self.sql(node.this)} AS {self.sql(node.args['alias'])}"

    def _paren(self, node: exp.Paren) -> str:
        return f"({self.sql(node.this)})"

    def _tuple(self, node: exp.Tuple) -> str:
        return f"({self.list_(node.expressions)})"

    # -- arithmetic

    def _arithmetic(self, node: exp.Expr) -> str:
        group, sign = _GROUPS[type(node)]
        left = node.this
        parts = [f"{sign} {self._operand(node.expression)}"]
        while type(left) in _GROUPS and _GROUPS[type(left)][0] == group:
            sign = _GROUPS[type(left)][1]
            parts.append(f"{sign} {self._operand(left.expression)}")
            left = left.this
        parts.append(self._operand(left))
        return " ".join(reversed(parts))

    _add = _sub = _mul = _div = _intdiv = _mod = _dpipe = _arithmetic

    def _operand(self, node: exp.Expr) -> str:
        text = self.sql(node)
        return f"({text})" if type(node) in _GROUPS else text

    def _neg(self, node: exp.Neg) -> str:
        text = self._operand(node.this)
        return f"- {text}" if text.startswith("-") else f"-{text}"

    # -- conditions

    def _connector(self, node: exp.Expr) -> str:
        kind = type(node)
        word = "AND" if kind is exp.And else "OR"
        texts: list[str] = []
        stack = [node]
        while stack:
            current = stack.pop()
            if type(current) is kind:
                stack.append(current.expression)
                stack.append(current.this)
            else:
                text = self.sql(current)
                texts.append(f"({text})" if isinstance(current, exp.Connector) else text)
        return f" {word} ".join(texts)

    _and = _or = _connector

    def _not(self, node: exp.Not) -> str:
        inner = node.this
        if isinstance(inner, exp.Between):
            return self._between(inner, "NOT ")
        if isinstance(inner, exp.In):
            return self._in(inner, "NOT ")
        if isinstance(inner, exp.Like):
            return self._like(inner, "NOT ")
        if isinstance(inner, exp.Escape):
            return self._escape(inner, "NOT ")
        if isinstance(inner, exp.Operator):
            return self._operator(inner, "NOT ")
        if isinstance(inner, exp.Is):
            return self._is(inner, "NOT ")
        text = self.sql(inner)
        return f"NOT ({text})" if isinstance(inner, (exp.Connector, exp.Not)) else f"NOT {text}"

    def _comparison(self, node: exp.Expr) -> str:
        return f"{self.sql(node.this)} {_COMPARISONS[type(node)]} {self.sql(node.expression)}"

    _eq = _neq = _lt = _lte = _gt = _gte = _comparison

    def _between(self, node: exp.Between, negation: str = "") -> str:
        if node.args.get("symmetric"):
            raise refuse("BETWEEN SYMMETRIC")
        low, high = self.sql(node.args["low"]), self.sql(node.args["high"])
        return f"{self.sql(node.this)} {negation}BETWEEN {low} AND {high}"

    def _in(self, node: exp.In, negation: str = "") -> str:
        query = node.args.get("query")
        if node.args.get("unnest") is not None or node.args.get("field") is not None:
            raise refuse("IN of an array")
        text = self._query_in_parentheses(query) if query is not None else f"({self.list_(node.expressions)})"
        return f"{self.sql(node.this)} {negation}IN {text}"

    def _like(self, node: exp.Like, negation: str = "") -> str:
        return f"{self.sql(node.this)} {negation}LIKE {self.sql(node.expression)}"

    def _escape(self, node: exp.Escape, negation: str = "") -> str:
        inner = node.this
        if isinstance(inner, exp.Not):
            inner, negation = inner.this, "NOT "
        method = self._like if isinstance(inner, exp.Like) else self._operator
        return f"{method(inner, negation)} ESCAPE {self.sql(node.expression)}"

    def _operator(self, node: exp.Operator, negation: str = "") -> str:
        if node.args["operator"] not in INFIX_PREDICATES and node.args["operator"] not in ("[", "]"):
            raise refuse(f"operator {node.args['operator']}")
        size = node.args.get("size")
        suffix = f" SIZE (({self.sql(size)}))" if size is not None else ""
        return f"{self.sql(node.this)} {negation}{node.args['operator']} {self.sql(node.expression)}{suffix}"

    def _is(self, node: exp.Is, negation: str = "") -> str:
        what = node.expression
        if isinstance(what, exp.JSON):
            kind = f" {what.args['this']}" if what.args.get("this") else ""
            text = f"JSON{kind}"
        elif isinstance(what, exp.Null):
            text = "NULL"
        else:
            raise refuse(f"IS {what.key.upper()}")
        return f"{self.sql(node.this)} IS {negation}{text}"

    def _exists(self, node: exp.Exists) -> str:
        return f"EXISTS {self._query_in_parentheses(node.this)}"

    def _any(self, node: exp.Any) -> str:
        return f"ANY {self._query_in_parentheses(node.this)}"

    def _all(self, node: exp.All) -> str:
        return f"ALL {self._query_in_parentheses(node.this)}"

    def _query_in_parentheses(self, query: exp.Expr) -> str:
        while isinstance(query, (exp.Subquery, exp.Paren)):
            query = query.this
        if not isinstance(query, exp.Query):
            raise refuse("ANY or ALL of anything but a query")
        return f"({self.nested(query)})"

    def nested(self, query: exp.Expr) -> str:
        """A query that stands in parentheses; queries say how."""
        raise refuse(query.key)

    def standard_function(self, node: exp.Expr) -> str:
        """A function of sqlglot's own; those who print calls say how."""
        raise refuse(node.key)

    # -- CASE, CAST, types

    def _case(self, node: exp.Case) -> str:
        parts = ["CASE"]
        if node.args.get("this") is not None:
            parts.append(self.sql(node.this))
        for branch in node.args["ifs"]:
            parts.append(f"WHEN {self.sql(branch.this)} THEN {self.sql(branch.args['true'])}")
        if node.args.get("default") is not None:
            parts.append(f"ELSE {self.sql(node.args['default'])}")
        return " ".join([*parts, "END"])

    def _cast(self, node: exp.Cast) -> str:
        if node.args.get("format") is not None:
            raise refuse("CAST with a format")
        return f"CAST({self.sql(node.this)} AS {self._cast_type(node.args['to'])})"

    def _cast_type(self, node: exp.Expr) -> str:
        text = self.sql(node)
        return "GUID" if text == "UNIQUEIDENTIFIER" else text

    def _datatype(self, node: exp.DataType) -> str:
        name = node.args.get("kind")
        name = name if isinstance(name, str) else (self.sql(name) if name is not None else PRINTED_TYPES.get(node.this))
        if not name:
            raise refuse(f"type {node.this}")
        known = SYNONYMS.get(name.upper(), name.upper())
        name = known if known in TYPES else name
        if not node.expressions:
            return name
        return f"{name}({self.list_(node.expressions)})"

    def _datatypeparam(self, node: exp.DataTypeParam) -> str:
        return self.sql(node.this)
