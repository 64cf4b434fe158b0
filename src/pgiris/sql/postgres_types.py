"""Type names as PostgreSQL's grammar reads them (Typename in gram.y; manual, chapter 8).

A type comes out as ``exp.DataType`` of kind USERDEFINED that carries a ``TypeName`` under ``meta[TYPE_NAME]``: the
name in PostgreSQL's catalogue (INTEGER is ``int4``), its modifiers as written, and whether it is an array.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from pgiris.errors import PgError
from pgiris.sql.postgres_grammar import START, Grammar

TYPE_NAME: Final = "pg_type_name"


class TypeName(NamedTuple):
    """`modifiers` are the numbers in parentheses; `fields` those of INTERVAL; `start` is an offset from 0."""

    name: str
    schema: str = ""
    modifiers: tuple[str, ...] = ()
    array: bool = False
    fields: str = ""
    start: int = 0


_SIMPLE: Final = {
    "INT": "int4",
    "INTEGER": "int4",
    "SMALLINT": "int2",
    "BIGINT": "int8",
    "REAL": "float4",
    "BOOLEAN": "bool",
}
_NUMERIC: Final = frozenset({"DECIMAL", "DEC", "NUMERIC"})
_CHARACTER: Final = frozenset({"CHARACTER", "CHAR", "NCHAR", "NATIONAL", "VARCHAR"})
_FIELDS: Final = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
_RANGES: Final = {
    ("YEAR", "MONTH"),
    ("DAY", "HOUR"),
    ("DAY", "MINUTE"),
    ("DAY", "SECOND"),
    ("HOUR", "MINUTE"),
    ("HOUR", "SECOND"),
    ("MINUTE", "SECOND"),
}


def data_type(name: TypeName) -> exp.DataType:
    """The node that stands for a type name."""
    node = exp.DataType(this=exp.DType.USERDEFINED, kind=name.name)
    node.meta[TYPE_NAME] = name
    node.meta[START] = name.start
    return node


def name_of(node: exp.Expr) -> TypeName:
    """The name that the node carries."""
    found = node.meta[TYPE_NAME]
    assert isinstance(found, TypeName)
    return found


class Types(Grammar):
    __slots__ = ()

    def type_name(self) -> exp.DataType:
        """Typename with its array bounds."""
        if self.word == "SETOF":
            raise self.unsupported("SETOF")
        name = self.simple_type()
        array = False
        if self.accept("ARRAY"):
            array = True
            if self.accept("["):
                self._bound()
                self.expect("]")
        while self.accept("["):
            array = True
            if self.word != "]":
                self._bound()
            self.expect("]")
        return data_type(name._replace(array=array))

    def _bound(self) -> None:
        if self.kind() is not TokenType.NUMBER:
            raise self.failure()
        self.at += 1

    def simple_type(self) -> TypeName:
        start, word = self.start(), self.word
        found = self.built_in_type(word, start)
        return found if found is not None else self.generic_type(start)

    def built_in_type(self, word: str, start: int) -> TypeName | None:
        """The types with a syntax of their own; None when the next word begins none of them."""
        if word in _SIMPLE:
            self.at += 1
            return TypeName(_SIMPLE[word], "pg_catalog", start=start)
        if word in _NUMERIC:
            self.at += 1
            return TypeName("numeric", "pg_catalog", self.modifiers(), start=start)
        if word in _CHARACTER:
            return self._character(start)
        if word in ("TIMESTAMP", "TIME"):
            return self._time(word, start)
        if word == "INTERVAL":
            return self._interval(start)
        if word == "DOUBLE" and self.words[self.at + 1] == "PRECISION":
            self.at += 2
            return TypeName("float8", "pg_catalog", start=start)
        if word == "FLOAT":
            return self._float(start)
        if word == "BIT":
            self.at += 1
            name = "varbit" if self.accept("VARYING") else "bit"
            return TypeName(name, "pg_catalog", self.modifiers(), start=start)
        return None

    def generic_type(self, start: int) -> TypeName:
        parts = [self.type_or_function_name().name]
        while self.accept("."):
            parts.append(self.label().name)
        if len(parts) > 2:
            raise self.unsupported(f'cross-database reference "{".".join(parts)}"', start)
        schema = parts[0] if len(parts) == 2 else ""
        return TypeName(parts[-1], schema, self.modifiers(), start=start)

    def modifiers(self) -> tuple[str, ...]:
        """The numbers in parentheses after a type's name, if any."""
        if not self.accept("("):
            return ()
        found: list[str] = []
        while True:
            sign = "-" if self.accept("-") else ""
            if self.kind() not in (TokenType.NUMBER, TokenType.STRING, TokenType.VAR):
                raise self.failure()
            found.append(sign + self.tokens[self.at].text)
            self.at += 1
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(found)

    def _float(self, start: int) -> TypeName:
        self.expect("FLOAT")
        at = self.start() + 1
        modifiers = self.modifiers()
        if not modifiers:
            return TypeName("float8", "pg_catalog", start=start)
        bits = int(modifiers[0]) if len(modifiers) == 1 and modifiers[0].isdecimal() else -1
        if bits < 1:
            message = "precision for type float must be at least 1 bit"
            raise PgError("22023", message, position=at + 1)
        if bits > 53:
            raise PgError("22023", "precision for type float must be less than 54 bits", position=at + 1)
        return TypeName("float4" if bits <= 24 else "float8", "pg_catalog", start=start)

    def _character(self, start: int) -> TypeName:
        self.accept("NATIONAL")
        word = self.accept_any("CHARACTER", "CHAR", "NCHAR", "VARCHAR")
        if not word:
            raise self.failure()
        varying = word == "VARCHAR" or self.accept("VARYING")
        modifiers = self.modifiers()
        if not varying and not modifiers:
            modifiers = ("1",)
        return TypeName("varchar" if varying else "bpchar", "pg_catalog", modifiers, start=start)

    def _time(self, word: str, start: int) -> TypeName:
        self.at += 1
        modifiers = self.modifiers()
        zone = False
        if self.words[self.at : self.at + 3] == ["WITH", "TIME", "ZONE"]:
            self.at += 3
            zone = True
        elif self.words[self.at : self.at + 3] == ["WITHOUT", "TIME", "ZONE"]:
            self.at += 3
        name = word.lower() + ("tz" if zone else "")
        return TypeName(name, "pg_catalog", modifiers, start=start)

    def _interval(self, start: int) -> TypeName:
        self.expect("INTERVAL")
        if self.word == "(":
            return TypeName("interval", "pg_catalog", self.modifiers(), start=start)
        fields, modifiers = self.interval_fields()
        return TypeName("interval", "pg_catalog", modifiers, fields=fields, start=start)

    def interval_fields(self) -> tuple[str, tuple[str, ...]]:
        """opt_interval: YEAR … SECOND(p), and ranges of them."""
        first = self.accept_any(*_FIELDS)
        if not first:
            return "", ()
        last = first
        if self.accept("TO"):
            last = self.word
            if (first, last) not in _RANGES:
                raise self.failure()
            self.at += 1
        modifiers = self.modifiers() if last == "SECOND" else ()
        return (first if last == first else f"{first} TO {last}"), modifiers
