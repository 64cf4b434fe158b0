"""IRIS SQL as a sqlglot dialect: a strict parser and a generator.

The parser is written for IRIS's grammar alone (document keys RSQL_*, GSQL_*): what is not in it is refused with the
SQLCODE that IRIS documents (RERR_sql). ``pgiris.sql.iris.nodes`` tells which node stands for what.
"""

from __future__ import annotations

from pgiris.sql.iris.dialect import IRIS
from pgiris.sql.iris.generator import generate, generate_with_parameters
from pgiris.sql.iris.parser import parse

__all__ = ["IRIS", "generate", "generate_with_parameters", "parse"]
