"""Data type names (document keys RSQL_datatype, RSQL_cast, RSQL_convert)."""

from __future__ import annotations

from sqlglot import exp

from pgiris.sql.iris import nodes
from pgiris.sql.iris.cursor import Cursor
from pgiris.sql.iris.datatypes import (
    CAST_TARGETS,
    LONGEST_NAME,
    NOT_CAST_SPELLINGS,
    ODBC_TYPES,
    SYNONYMS,
    TYPES,
    VECTOR_ELEMENTS,
)
from pgiris.sql.iris.lexer import Kind


class TypeNames(Cursor):
    """Types of columns, parameters and casts."""

    def cast_type(self) -> exp.DataType:
        """The target of CAST and CONVERT; an unknown one is -376."""
        spelling = self._spelling()
        name = SYNONYMS.get(spelling, spelling)
        if name not in CAST_TARGETS or spelling in NOT_CAST_SPELLINGS:
            self.fail(-376, f"Unsupported CAST target specified: {self.token.text[:40]}")
        self._skip_words(spelling)
        return self._with_parameters(name)

    def odbc_type(self) -> exp.Var:
        """The type of ``{fn CONVERT(e, SQL_…)}``."""
        word = self.accept_any(ODBC_TYPES)
        if word is None:
            self.fail(-376, f"Unsupported CAST target specified: {self.token.text[:40]}")
        return exp.Var(this=word)

    def column_type(self) -> exp.DataType:
        """The type of a column or a routine's parameter: a name of IRIS SQL or a data type class."""
        spelling = self._spelling()
        if spelling in TYPES or spelling in SYNONYMS:
            self._skip_words(spelling)
            return self._with_parameters(SYNONYMS.get(spelling, spelling))
        if self.token.kind is Kind.NAME and (self.token.word[0] == "%" or self.peek().word == "."):
            return self._class_type()
        if not self.at_identifier():
            self.fail(-86, f"data type expected, {self.found()} found")
        self.fail(-400, f"ERROR #5659: data type '{self.token.text[:40]}' does not exist")

    def at_type(self) -> bool:
        """Whether a type name comes next."""
        spelling = self._spelling()
        if spelling in TYPES or spelling in SYNONYMS:
            return True
        return self.token.kind is Kind.NAME and self.peek().word == "." and self.at_identifier()

    def _spelling(self) -> str:
        """The longest type name that the next words make, or the next word."""
        words = [self.token.word]
        best = words[0]
        while len(words) < LONGEST_NAME and self.peek(len(words)).kind is Kind.NAME:
            words.append(self.peek(len(words)).word)
            candidate = " ".join(words)
            if candidate in TYPES or candidate in SYNONYMS:
                best = candidate
        return best

    def _skip_words(self, spelling: str) -> None:
        for _ in spelling.split():
            self.advance()

    def _with_parameters(self, name: str) -> exp.DataType:
        dtype, most = TYPES[name]
        parameters: list[exp.Expr] = []
        if most and self.accept("("):
            if name == "VECTOR":
                parameters = self._vector_parameters()
            elif name == "EMBEDDING":
                parameters = self._strings()
            elif name in ("VARCHAR", "CHAR") and self.accept("MAX"):
                name, dtype = "LONGVARCHAR", exp.DType.TEXT
            elif name == "VARCHAR" and self.at_string() and not self.token.text:
                parameters = [self.string()]
            else:
                parameters = self._numbers(most)
            self.expect(")")
        return nodes.data_type(dtype, name, parameters)

    def _numbers(self, most: int) -> list[exp.Expr]:
        numbers: list[exp.Expr] = [self.integer()]
        while len(numbers) < most and self.accept(","):
            numbers.append(self.integer())
        return numbers

    def _strings(self) -> list[exp.Expr]:
        strings: list[exp.Expr] = [self.string()]
        while self.accept(","):
            strings.append(self.string())
        return strings

    def _vector_parameters(self) -> list[exp.Expr]:
        element = VECTOR_ELEMENTS.get(self.token.word)
        if element is None:
            self.fail_expected("vector element type")
        self.advance()
        parameters: list[exp.Expr] = [exp.Var(this=element)]
        if self.accept(","):
            parameters.append(self.integer())
        return parameters

    def _class_type(self) -> exp.DataType:
        parts = [self.advance().text]
        while self.accept("."):
            parts.append(self.identifier().name)
        parameters: list[exp.Expr] = []
        if self.accept("("):
            while True:
                name = self.identifier()
                self.expect("=")
                value = self.string() if self.at_string() else self._signed_number()
                parameters.append(exp.EQ(this=exp.Var(this=name.name), expression=value))
                if not self.accept(","):
                    break
            self.expect(")")
        return exp.DataType(this=exp.DType.USERDEFINED, kind=".".join(parts), expressions=parameters)

    def _signed_number(self) -> exp.Expr:
        if self.accept("-"):
            return exp.Neg(this=self.number())
        return self.number()
