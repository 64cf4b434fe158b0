"""IRIS's forms of PostgreSQL's types inside expressions: ODBC codes of parameters and targets of CAST (RSQL_cast)."""

from __future__ import annotations

from sqlglot import exp

from pgiris.errors import FeatureNotSupported
from pgiris.sql.analysis import PgType, position_of
from pgiris.sql.datatypes import ANY_SCALE, COLUMN_TYPES, TEXT_LENGTH
from pgiris.sql.iris.nodes import data_type
from pgiris.sql.typing.types import TEXTUAL, element_of, numeric_scale, type_name
from pgiris.types import oids

VARCHAR_CODE = 12

MOST_SCALE = 18
MOST_WHOLE = 19
"""NUMERIC(p,s) of IRIS: s at most 18, p at most 19 + s (RSQL_datatype)."""


SELF_TYPED = frozenset({oids.VECTOR, oids.JSON, oids.JSONB, oids.UUID, oids.BYTEA, oids.UNKNOWN, oids.VOID})
"""Types whose values IRIS takes as they come: a CAST around the parameter would add nothing, or cut it."""


def iris_code(oid: int, at: exp.Expr) -> int:
    """The ODBC type code that a parameter of the type is sent as. Raises 0A000 for types IRIS has no form for."""
    found = COLUMN_TYPES.get(oid)
    if found is not None:
        return found.odbc
    if element_of(oid) or oid in (oids.REGCLASS, oids.REGTYPE, oids.UNKNOWN, oids.VOID):
        return VARCHAR_CODE
    raise FeatureNotSupported(f"a value of type {type_name(oid)}", position=position_of(at))


def cast_type(target: PgType, at: exp.Expr) -> exp.DataType:
    """The type of CAST that stands for a PostgreSQL type. Raises 0A000 where there is none."""
    oid = target.oid
    found = COLUMN_TYPES.get(oid)
    if found is None or oid in (oids.BYTEA, oids.VECTOR):
        raise FeatureNotSupported(f"a cast to {type_name(oid)}", position=position_of(at))
    if oid in TEXTUAL or found.text:
        return data_type(exp.DType.VARCHAR, "VARCHAR", [exp.Literal.number(TEXT_LENGTH)])
    if oid == oids.NUMERIC:
        precision, scale = numeric_scale(target.typmod) or ANY_SCALE
        if scale < 0 or scale > MOST_SCALE or precision > MOST_WHOLE + scale:
            raise FeatureNotSupported(f"numeric({precision},{scale})", position=position_of(at))
        return data_type(exp.DType.DECIMAL, "NUMERIC", [exp.Literal.number(precision), exp.Literal.number(scale)])
    return data_type(found.dtype, found.name)
