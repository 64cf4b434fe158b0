"""Strings: concatenation, LIKE and its kin (manual 9.4 and 9.7)."""

from __future__ import annotations

from sqlglot import exp

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.sql.analysis import COLUMN, ColumnRef, position_of, type_of
from pgiris.sql.iris.nodes import function
from pgiris.sql.rewrite.arithmetic import Arithmetic
from pgiris.sql.rewrite.context import string
from pgiris.sql.rewrite.templates import fill
from pgiris.sql.typing.types import TEXTUAL
from pgiris.types import oids

_ESCAPE = "\\"


class Strings(Arithmetic):
    """What text does."""

    def concatenation(self, node: exp.Expr) -> exp.Expr:
        row = self.resolved(node)
        if row.result != oids.TEXT:
            raise self.refuse(f"the operator || of {self.kind(node)}", node)
        parts = [self.text_part(part) for part in (node.this, node.expression)]
        return exp.Paren(this=exp.DPipe(this=parts[0], expression=parts[1]))

    def kind(self, node: exp.Expr) -> str:
        from pgiris.sql.typing.types import type_name

        return type_name(type_of(node).oid)

    def text_part(self, node: exp.Expr) -> exp.Expr:
        """An operand of ||: whatever is not text is written as text first."""
        if isinstance(node, exp.Parameter) and type_of(node).oid in TEXTUAL:
            return self.bare(node, type_of(node))
        return self.as_text(node)

    def like(self, node: exp.Expr) -> exp.Expr:
        """LIKE with PostgreSQL's default escape; ILIKE by upper case on both sides."""
        if self.resolved(node).left not in TEXTUAL:
            raise self.refuse("LIKE of bytea", node)
        value, pattern = self.operand(node.this), self.operand(node.expression)
        if isinstance(node, exp.ILike):
            value, pattern = function("UPPER", value), function("UPPER", pattern)
        elif not _is_exact(node.this):
            value = function("%EXACT", value)
        escape = self.escape_of(node)
        test = exp.Like(this=value, expression=pattern)
        if escape is None or not self.needs_escape(node.expression, escape):
            return test
        return exp.Escape(this=test, expression=string(escape))

    def escape_of(self, node: exp.Expr) -> str | None:
        """The escape character: a constant; None when there is to be none."""
        written = node.args.get("escape")
        if written is None:
            return _ESCAPE
        if not isinstance(written, exp.Literal):
            raise self.refuse("ESCAPE with something other than a constant", node)
        if len(written.this) > 1:
            raise PgError(
                sqlstate.INVALID_ESCAPE_SEQUENCE,
                "invalid escape string",
                hint="Escape string must be empty or one character.",
                position=position_of(written),
            )
        return written.this or None

    def needs_escape(self, pattern: exp.Expr, escape: str) -> bool:
        """A constant pattern without the escape character needs no ESCAPE clause."""
        if not isinstance(pattern, exp.Literal):
            return True
        text = pattern.this
        stripped = text.replace(escape + escape, "")
        if stripped.endswith(escape):
            raise PgError(
                sqlstate.INVALID_ESCAPE_SEQUENCE,
                "LIKE pattern must not end with escape character",
                position=position_of(pattern),
            )
        return escape in text

    def starts_with(self, node: exp.Expr) -> exp.Expr:
        """By comparing the beginning, which is exact under every collation; %STARTSWITH is not."""
        value, prefix = (self.operand(item) for item in node.expressions)
        begin = fill(
            "COALESCE(SUBSTRING(:a,1,CHAR_LENGTH(:b)),CASE WHEN :a = :a THEN '' END)", {"a": value, "b": prefix}
        )
        return exp.EQ(this=function("%EXACT", begin), expression=function("%EXACT", prefix))


def _is_exact(node: exp.Expr) -> bool:
    ref = node.meta.get(COLUMN)
    return not isinstance(ref, ColumnRef) or ref.collation == "EXACT"
