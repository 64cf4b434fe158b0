"""The sqlglot dialect ``pgiris_postgres``: PostgreSQL 15 with pgvector, as pgiris reads it.

sqlglot's entry points, answered by the strict grammar of ``pgiris.sql.postgres``: what PostgreSQL refuses is refused.
It reads queries and data changes; printing is left to sqlglot's own generator for PostgreSQL.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token

from pgiris.errors import PgError
from pgiris.sql import postgres


class PgirisPostgres(Postgres):
    """PostgreSQL's SQL, strictly, with the operators and types of pgvector."""

    def tokenize(self, sql: str, dialect: Any = None) -> list[Token]:
        """The tokens of a text. Errors: `sqlglot.errors.ParseError` caused by the `PgError`."""
        try:
            return postgres.tokenize(sql)
        except PgError as error:
            raise _parse_error(error) from error

    def parse(self, sql: str, **opts: Any) -> list[exp.Expr | None]:
        """One tree for each statement. Errors: `sqlglot.errors.ParseError` caused by the `PgError`, which has the
        SQLSTATE and the position."""
        try:
            return list(postgres.parse_statements(sql))
        except PgError as error:
            raise _parse_error(error) from error


def _parse_error(error: PgError) -> ParseError:
    return ParseError.new(str(error), description=error.message)
