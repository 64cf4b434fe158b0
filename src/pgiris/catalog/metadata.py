"""The package's own tables, as the catalog reads them. They are written with DDL: see ``pgiris.sql.metadata``."""

from __future__ import annotations

from pgiris.sql.metadata import COLUMN_TYPE, CREATE_COLUMN_TYPE, READ_COLUMN_TYPE, SCHEMA

__all__ = ["COLUMN_TYPE", "CREATE_COLUMN_TYPE", "READ_COLUMN_TYPE", "SCHEMA"]
