"""The small part of ObjectScript that SQL definitions use: SET, QUIT and RETURN with an expression.

ObjectScript has no operator precedence: operators apply from left to right. ``{field}`` is a field, ``{*}`` the column
that is computed, a bare name a parameter or a variable set before. Anything else is SQLCODE -350. (GCOS_operators;
RSQL_createtable, COMPUTECODE.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from pgiris.errors import IrisError
from pgiris.standin import binders, decimals
from pgiris.standin.functions import numbers, strings

MAX_STEPS: Final = 1000
MAX_DEPTH: Final = 50


class Token(NamedTuple):
    """`kind` is number, string, field, name or sign."""

    kind: str
    text: str


class Outcome(NamedTuple):
    """What a body did: the value of ``{*}`` and fields it set, and what it returned."""

    fields: dict[str, object]
    returned: object


def refuse(what: str) -> IrisError:
    return IrisError(-350, f"The stand-in does not evaluate this ObjectScript: {what}")


SIGNS: Final = (
    "**",
    "'=",
    "<=",
    ">=",
    "||",
    "+",
    "-",
    "*",
    "/",
    "\\",
    "#",
    "_",
    "(",
    ")",
    "=",
    "<",
    ">",
    "&",
    "!",
    "'",
    ",",
)


def tokens(code: str) -> list[Token]:
    """The tokens of a body; strings double their quotes."""
    found: list[Token] = []
    at = 0
    while at < len(code):
        c = code[at]
        if c.isspace() or c == ";":
            at += 1
        elif c == '"':
            text, at = quoted(code, at + 1)
            found.append(Token("string", text))
        elif c == "{":
            end = code.find("}", at)
            if end < 0:
                raise refuse("{ without }")
            found.append(Token("field", code[at + 1 : end].strip().strip('"')))
            at = end + 1
        elif c.isdigit() or (c == "." and code[at + 1 : at + 2].isdigit()):
            end = at
            while end < len(code) and (code[end].isdigit() or code[end] == "."):
                end += 1
            found.append(Token("number", code[at:end]))
            at = end
        elif c.isalpha() or c in "%$":
            end = at + 1
            while end < len(code) and (code[end].isalnum() or code[end] in "$%"):
                end += 1
            found.append(Token("name", code[at:end]))
            at = end
        else:
            sign = next((s for s in SIGNS if code.startswith(s, at)), None)
            if sign is None:
                raise refuse(c)
            found.append(Token("sign", sign))
            at += len(sign)
        if len(found) > MAX_STEPS:
            raise refuse("body too long")
    return found


def quoted(code: str, at: int) -> tuple[str, int]:
    text = ""
    while True:
        end = code.find('"', at)
        if end < 0:
            raise refuse("string without end")
        text += code[at:end]
        if code[end + 1 : end + 2] != '"':
            return text, end + 1
        text += '"'
        at = end + 2


def text_of(value: object) -> str:
    """A value as ObjectScript's text; NULL is the empty string."""
    return binders.bind_text(value) or "" if value is not None else ""


def number_of(value: object) -> Decimal:
    return binders.as_decimal(value) if value is not None else Decimal(0)


BINARY: Final[dict[str, Callable[[object, object], object]]] = {
    "+": lambda a, b: decimals.CONTEXT.add(number_of(a), number_of(b)),
    "-": lambda a, b: decimals.CONTEXT.subtract(number_of(a), number_of(b)),
    "*": lambda a, b: decimals.CONTEXT.multiply(number_of(a), number_of(b)),
    "/": lambda a, b: decimals.quotient(number_of(a), number_of(b)),
    "\\": lambda a, b: decimals.integer_quotient(number_of(a), number_of(b)),
    "#": lambda a, b: decimals.modulo(number_of(a), number_of(b)),
    "**": lambda a, b: numbers.power(number_of(a), number_of(b)),
    "_": lambda a, b: text_of(a) + text_of(b),
    "=": lambda a, b: int(text_of(a) == text_of(b)),
    "'=": lambda a, b: int(text_of(a) != text_of(b)),
    "<": lambda a, b: int(number_of(a) < number_of(b)),
    ">": lambda a, b: int(number_of(a) > number_of(b)),
    "<=": lambda a, b: int(number_of(a) <= number_of(b)),
    ">=": lambda a, b: int(number_of(a) >= number_of(b)),
    "&": lambda a, b: int(number_of(a) != 0 and number_of(b) != 0),
    "!": lambda a, b: int(number_of(a) != 0 or number_of(b) != 0),
}

FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "$LENGTH": lambda s, *d: strings.d_length(text_of(s), *map(text_of, d)),
    "$EXTRACT": lambda s, *p: strings.extract(text_of(s), *(int(number_of(x)) for x in p)),
    "$PIECE": lambda s, d, *p: strings.piece(text_of(s), text_of(d), *(int(number_of(x)) for x in p)),
    "$TRANSLATE": lambda s, *p: strings.translate(text_of(s), *map(text_of, p)),
    "$REVERSE": lambda s: text_of(s)[::-1],
    "$JUSTIFY": lambda s, *p: strings.justify(text_of(s), *(int(number_of(x)) for x in p)),
    "$ZABS": lambda n: abs(number_of(n)),
    "$CHAR": lambda *codes: "".join(chr(int(number_of(c)) % 65536) for c in codes),
    "$ASCII": lambda s: ord(text_of(s)[0]) if text_of(s) else -1,
}


class Runner:
    """Runs one body."""

    def __init__(self, code: str, variables: Mapping[str, object], fields: Mapping[str, object]) -> None:
        self.tokens = tokens(code)
        self.at = 0
        self.depth = 0
        self.variables = dict(variables)
        self.fields = {name.lower(): value for name, value in fields.items()}
        self.set_fields: dict[str, object] = {}

    def run(self) -> Outcome:
        """Its commands, to the first QUIT or RETURN."""
        while self.at < len(self.tokens):
            command = self.take("name").upper()
            if command in ("QUIT", "Q", "RETURN", "RET"):
                value = self.expression() if self.at < len(self.tokens) else None
                return Outcome(self.set_fields, value)
            if command not in ("SET", "S"):
                raise refuse(command)
            self.assignment()
        return Outcome(self.set_fields, None)

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else Token("end", "")

    def take(self, kind: str) -> str:
        token = self.peek()
        if token.kind != kind:
            raise refuse(token.text or "end of code")
        self.at += 1
        return token.text

    def accept(self, sign: str) -> bool:
        if self.peek() == Token("sign", sign):
            self.at += 1
            return True
        return False

    def assignment(self) -> None:
        target = self.peek()
        if target.kind not in ("field", "name"):
            raise refuse(target.text)
        self.at += 1
        if not self.accept("="):
            raise refuse("SET without =")
        value = self.expression()
        if target.kind == "field":
            self.set_fields[target.text.lower()] = value
            self.fields[target.text.lower()] = value
        else:
            self.variables[target.text] = value
        if self.accept(","):
            self.assignment()

    def expression(self) -> object:
        """Operands and operators, from left to right."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise refuse("nested too deeply")
        value = self.operand()
        while self.peek().kind == "sign" and self.peek().text in BINARY:
            operator = self.take("sign")
            value = BINARY[operator](value, self.operand())
        self.depth -= 1
        return value

    def operand(self) -> object:
        if self.accept("("):
            value = self.expression()
            if not self.accept(")"):
                raise refuse("( without )")
            return value
        if self.accept("-"):
            return number_of(self.operand()).copy_negate()
        if self.accept("+"):
            return number_of(self.operand())
        if self.accept("'"):
            return int(number_of(self.operand()) == 0)
        token = self.peek()
        self.at += 1
        if token.kind == "number":
            return Decimal(token.text)
        if token.kind == "string":
            return token.text
        if token.kind == "field":
            return self.fields.get(token.text.lower())
        if token.kind == "name":
            return self.call(token.text) if token.text.startswith("$") else self.variable(token.text)
        raise refuse(token.text or "end of code")

    def variable(self, name: str) -> object:
        if name not in self.variables:
            raise IrisError(-350, f"Error evaluating code <UNDEFINED> *{name}")
        return self.variables[name]

    def call(self, name: str) -> object:
        function = FUNCTIONS.get(name.upper())
        if function is None or not self.accept("("):
            raise refuse(name)
        arguments = []
        if not self.accept(")"):
            arguments.append(self.expression())
            while self.accept(","):
                arguments.append(self.expression())
            if not self.accept(")"):
                raise refuse("( without )")
        try:
            return function(*arguments)
        except TypeError:
            raise refuse(name) from None


def run(code: str, variables: Mapping[str, object], fields: Mapping[str, object]) -> Outcome:
    """Run a body with its parameters and the fields of a row."""
    return Runner(code, variables, fields).run()
