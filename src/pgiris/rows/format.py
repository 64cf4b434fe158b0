"""How the rows of one result are to be encoded; plain data, so that it can be sent to a worker process."""

from __future__ import annotations

import msgspec


class OutputSettings(msgspec.Struct, frozen=True):
    """The session settings that change how values print."""

    date_style: str = "ISO, MDY"
    interval_style: str = "postgres"
    time_zone: str = "UTC"
    bytea_output: str = "hex"
    extra_float_digits: int = 1
    client_encoding: str = "UTF8"


class ColumnFormat(msgspec.Struct, frozen=True):
    """One result column: its PostgreSQL type, the format that Bind chose, and the IRIS type it comes as.

    `iris_type` is the ODBC type code of the statement's metadata (types.tsv, column odbc_type_code); 0 when unknown.
    `scale` is the least number of digits after the point of a numeric without a typmod; -1 when unknown.
    """

    type_oid: int
    typmod: int = -1
    format: int = 0
    iris_type: int = 0
    scale: int = -1


class RowFormat(msgspec.Struct, frozen=True):
    """The columns of a result, and the settings that count for it."""

    columns: tuple[ColumnFormat, ...]
    settings: OutputSettings = OutputSettings()
