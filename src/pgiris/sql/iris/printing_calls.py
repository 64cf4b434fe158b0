"""IRIS SQL text of functions, aggregates, windows and ORDER BY."""

from __future__ import annotations

from typing import Any, Final

from sqlglot import exp

from pgiris.sql.iris.functions import SCALAR, STANDARD_FUNCTIONS
from pgiris.sql.iris.printing import Printer, refuse

_SPECIAL: Final[dict[str, str]] = {
    "+": "_call_unary_plus",
    "{D}": "_call_escape",
    "{T}": "_call_escape",
    "{TS}": "_call_escape",
    "POSITION": "_call_position",
    "TRIM": "_call_trim",
    "CONVERT": "_call_convert",
    "JSON_OBJECT": "_call_json",
    "JSON_ARRAY": "_call_json",
    "%ELEMENT": "_call_element",
    "PREDICT": "_call_model",
    "PROBABILITY": "_call_model",
}
"""Functions whose arguments are not just separated by commas."""


class CallPrinter(Printer):
    """Calls."""

    def _anonymous(self, node: exp.Anonymous) -> str:
        name = node.this
        if isinstance(name, exp.Identifier):
            schema = node.args.get("db")
            prefix = f"{self.sql(schema)}." if schema is not None else ""
            return f"{prefix}{self.sql(name)}({self.list_(node.expressions)})"
        special = _SPECIAL.get(name)
        if special is not None:
            text: str = getattr(self, special)(node)
            return text
        return self.call(name, self.list_(node.expressions), node)

    def call(self, name: str, arguments: str, node: exp.Expr) -> str:
        """A call, as ``{fn …}`` where it is one or must be one."""
        function = SCALAR.get(name.upper())
        if node.args.get("bare"):
            return name
        if function is not None and function.naked and function.odbc and not function.bare and not arguments:
            return f"{{fn {name}}}"
        text = f"{name}({arguments})"
        if node.args.get("odbc") or (function is not None and not function.bare and function.odbc):
            return f"{{fn {text}}}"
        if function is not None and not function.bare and function.naked:
            return name
        return text

    def _call_unary_plus(self, node: exp.Anonymous) -> str:
        return f"+{self._operand(node.expressions[0])}"

    def _call_escape(self, node: exp.Anonymous) -> str:
        kind = str(node.this)[1:-1].lower()
        return f"{{{kind} {self.sql(node.expressions[0])}}}"

    def _call_position(self, node: exp.Anonymous) -> str:
        sought, text = node.expressions
        return f"POSITION({self.sql(sought)} IN {self.sql(text)})"

    def _call_trim(self, node: exp.Anonymous) -> str:
        position = f"{node.args['position']} " if node.args.get("position") else ""
        text, *characters = node.expressions
        if characters:
            return f"TRIM({position}{self.sql(characters[0])} FROM {self.sql(text)})"
        return f"TRIM({position}FROM {self.sql(text)})" if position else f"TRIM({self.sql(text)})"

    def _call_convert(self, node: exp.Anonymous) -> str:
        if node.args.get("odbc"):
            return f"{{fn CONVERT({self.list_(node.expressions)})}}"
        kind, *rest = node.expressions
        return f"CONVERT({self._cast_type(kind)}, {self.list_(rest)})"

    def _call_json(self, node: exp.Anonymous) -> str:
        absent = " ABSENT ON NULL" if node.args.get("absent") else ""
        return f"{node.this}({self.list_(node.expressions)}{absent})"

    def _call_element(self, node: exp.Anonymous) -> str:
        field, condition = node.expressions
        alias = node.args.get("alias")
        named = f" AS {self.sql(alias)}" if alias is not None else ""
        return f"FOR SOME %ELEMENT({self.sql(field)}){named} ({self.sql(condition)})"

    def _call_model(self, node: exp.Anonymous) -> str:
        text = self.sql(node.expressions[0])
        if node.args.get("use") is not None:
            text += f" USE {self.sql(node.args['use'])}"
        if node.args.get("label") is not None:
            text += f" FOR {self.sql(node.args['label'])}"
        if node.args.get("values"):
            text += f" WITH ({self.list_(node.args['values'])})"
        return f"{node.this}({text})"

    def _jsonkeyvalue(self, node: exp.JSONKeyValue) -> str:
        return f"{self.sql(node.this)}: {self.sql(node.expression)}"

    def standard_function(self, node: exp.Expr) -> str:
        """A function of sqlglot's own: by name, its arguments in order."""
        name = STANDARD_FUNCTIONS.get(type(node).__name__)
        if name is None:
            raise refuse(f"function {node.key.upper()}")
        arguments: list[exp.Expr] = []
        for key in node.arg_types:
            value = node.args.get(key)
            if isinstance(value, list):
                arguments += value
            elif isinstance(value, exp.Expr):
                arguments.append(value)
        if name in SCALAR and SCALAR[name].naked and not arguments:
            return name
        return self.call(name, self.list_(arguments), node)

    # -- aggregates and windows

    def _anonymousaggfunc(self, node: exp.AnonymousAggFunc) -> str:
        prefix = ""
        if node.args.get("distinct"):
            by = node.args.get("by")
            prefix = f"DISTINCT BY ({self.list_(by)}) " if by else "DISTINCT "
        suffix = f" %FOREACH({self.list_(node.args['foreach'])})" if node.args.get("foreach") else ""
        if node.args.get("afterhaving"):
            suffix += " %AFTERHAVING"
        if node.args.get("absent"):
            suffix += " ABSENT ON NULL"
        return f"{node.this}({prefix}{self.list_(node.expressions)}{suffix})"

    def _standard_aggregate(self, node: exp.Expr) -> str:
        name = STANDARD_FUNCTIONS[type(node).__name__]
        argument = node.this
        if node.expressions:
            raise refuse(f"{name} of several values")
        if isinstance(argument, exp.Distinct):
            if len(argument.expressions) != 1 or argument.args.get("on") is not None:
                raise refuse(f"{name} of several values")
            return f"{name}(DISTINCT {self.list_(argument.expressions)})"
        return f"{name}({self.sql(argument) or '*'})"

    _count = _sum = _avg = _min = _max = _stddev = _stddevpop = _stddevsamp = _standard_aggregate
    _variance = _variancepop = _standard_aggregate

    def _window(self, node: exp.Window) -> str:
        if node.args.get("alias") is not None or node.args.get("first") is not None:
            raise refuse("named window")
        parts: list[str] = []
        if node.args.get("partition_by"):
            parts.append(f"PARTITION BY {self.list_(node.args['partition_by'])}")
        if node.args.get("order") is not None:
            parts.append(self.sql(node.args["order"]))
        if node.args.get("spec") is not None:
            parts.append(self.sql(node.args["spec"]))
        return f"{self.sql(node.this)} OVER ({' '.join(parts)})"

    def _windowspec(self, node: exp.WindowSpec) -> str:
        if node.args.get("kind") != "ROWS" or node.args.get("exclude"):
            raise refuse(f"{node.args.get('kind')} frame")
        start = self._bound(node.args.get("start"), node.args.get("start_side"))
        end = self._bound(node.args.get("end"), node.args.get("end_side"))
        return f"ROWS BETWEEN {start} AND {end or 'CURRENT ROW'}"

    def _bound(self, bound: Any, side: Any) -> str:
        return " ".join(part for part in (self.sql(bound), self.sql(side)) if part)

    def _order(self, node: exp.Order) -> str:
        return f"ORDER BY {self.list_(node.expressions)}"

    def _ordered(self, node: exp.Ordered) -> str:
        return f"{self.sql(node.this)} DESC" if node.args.get("desc") else self.sql(node.this)
