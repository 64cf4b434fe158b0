"""A schema to plan against, and plans as short texts; shared by the tests of statements."""

from __future__ import annotations

from collections.abc import Sequence

from pgiris.sql import iris
from pgiris.sql.plan import Bind, Captured, Constant, Parameter, Plan, SessionValue, Step, Yields
from pgiris.sql.schema import Schema, Table, TableColumn
from pgiris.sql.translate import Translator
from pgiris.types import oids


def column(name: str, oid: int, typmod: int = -1, **more: object) -> TableColumn:
    return TableColumn(name, oid, typmod, collation="EXACT", **more)  # type: ignore[arg-type]


CUSTOMER = Table(
    "SQLUser",
    "customer",
    (
        column("id", oids.INT4, nullable=False, identity=True, pg_default=True),
        column("name", oids.VARCHAR, 44, nullable=False),
        column("age", oids.INT4),
        column("active", oids.BOOL, default="true", pg_default=True),
        column("created", oids.TIMESTAMPTZ, default="now()", pg_default=True),
    ),
    ("id",),
    {"customer_pkey": ("id",), "customer_name_key": ("name",)},
    oid=200_001,
    indexes={"customer_age_idx": ("age",)},
    constraints=("customer_name_key", "customer_pkey"),
)
ORDERS = Table(
    "SQLUser",
    "orders",
    (
        column("id", oids.INT8, nullable=False, identity=True, identity_always=True, pg_default=True),
        column("customer_id", oids.INT4, nullable=False),
        column("total", oids.NUMERIC, (10 << 16 | 2) + 4),
        column("placed", oids.DATE),
    ),
    ("id",),
    {"orders_pkey": ("id",)},
    oid=200_002,
)
DOCUMENT = Table(
    "SQLUser",
    "document",
    (
        column("id", oids.INT4, nullable=False),
        column("body", oids.TEXT),
        column("embedding", oids.VECTOR, 3),
    ),
    ("id",),
    {"document_pkey": ("id",), "document_body_key": ("body",)},
    oid=200_003,
)
LEGACY = Table(
    "Old_Pkg",
    "Person",
    (TableColumn("name", oids.VARCHAR, 54), TableColumn("ssn", oids.VARCHAR, 15)),
    oid=200_004,
)
ADULT = Table("SQLUser", "adult", (column("id", oids.INT4), column("name", oids.VARCHAR, 44)), kind="v", oid=200_005)
METADATA = Table("PgIris", "ColumnType", (), oid=200_006)

SCHEMA = Schema(
    {(t.schema.lower(), t.name.lower()): t for t in (CUSTOMER, ORDERS, DOCUMENT, LEGACY, ADULT, METADATA)}, 1
)


def plan(text: str, *, schema: Schema = SCHEMA, parameter_oids: tuple[int, ...] = ()) -> Plan:
    """The plan of the only statement of `text`; every step must be IRIS SQL."""
    translator = Translator()
    (statement,) = translator.parse(text)
    made = translator.plan(statement, schema, ("public",), parameter_oids)
    for step in made.steps:
        iris.parse(step.sql)
    return made


def steps(text: str) -> list[str]:
    """The steps of the plan, one text each: IRIS SQL, binds, and how it runs."""
    return [shown(step) for step in plan(text).steps]


def shown(step: Step) -> str:
    parts = [step.sql]
    if step.binds:
        parts.append(_row(step.binds))
    parts += [_row(row) for row in step.batch]
    if step.yields not in (Yields.ROWS, Yields.NOTHING):
        parts.append(f"{step.yields.value} {step.name}")
    parts += [f"{key} {value}" for key in ("for_each", "unless", "only_if") if (value := getattr(step, key))]
    if step.ignore:
        parts.append(f"ignore {sorted(step.ignore)}")
    return " | ".join(parts)


def _row(binds: Sequence[Bind]) -> str:
    return "[" + ", ".join(_bind(bind) for bind in binds) + "]"


def _bind(bind: Bind) -> str:
    if isinstance(bind, Parameter):
        return f"${bind.index + 1}"
    if isinstance(bind, Constant):
        return repr(bind.value)
    if isinstance(bind, Captured):
        return f"{bind.step}.{bind.column}"
    assert isinstance(bind, SessionValue)
    return f"{bind.name}({', '.join(_bind(argument) for argument in bind.arguments)})"
