"""COPY between the client and IRIS: data stream through, a batch of rows at a time.

COPY FROM STDIN is one transaction: either all rows are there or none. The client is read no faster than IRIS takes
rows, and IRIS no faster than the client.

https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-COPY
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from pgiris import sqlstate
from pgiris.copy.formats import Decoder, Encoder, decoder, encoder
from pgiris.copy.options import CopyOptions, Format, Header
from pgiris.copy.rows import Row
from pgiris.copy.where import Target
from pgiris.errors import IrisError, PgError
from pgiris.protocol.engine import BadMessage
from pgiris.protocol.frontend import CopyData, CopyDone, CopyFail
from pgiris.session import iris_errors
from pgiris.session.parameters import context_of
from pgiris.session.results import row_format
from pgiris.session.running import Running
from pgiris.session.wire import ClientGone
from pgiris.sql import actions
from pgiris.sql.analysis import PgType
from pgiris.sql.plan import Constant, Parameter
from pgiris.sql.rewrite import constants
from pgiris.sql.schema import TableColumn
from pgiris.types.context import CodecContext
from pgiris.types.encodings import encode_text
from pgiris.types.registry import codec

if TYPE_CHECKING:
    from pgiris.session.session import Session

BATCH_ROWS: Final = 500
"""Rows that go to IRIS at once at most."""

BATCH_BYTES: Final = 256 * 1024
"""Bytes of data after which they go, however few they are."""


async def perform(session: Session, run: Running, *, alone: bool, pipeline: bool) -> None:
    """Carry out COPY; its command tag is in ``run.tag``. Raises PgError, IrisError, BackendLost, ClientGone."""
    action = run.plan.action
    run.started = run.done = True
    await session.lease.use_lock_timeout(session.state.settings.integer("lock_timeout"))
    if isinstance(action, actions.CopyIn):
        await session.transactions.admit(action.insert, alone=False, pipeline=pipeline)
        rows = await _copy_in(session, action)
    else:
        assert isinstance(action, actions.CopyOut)
        await session.transactions.admit(action.query, alone=alone, pipeline=pipeline)
        rows = await _CopyOut(session, action).run()
    run.tag = f"COPY {rows}"


# -- in ----------------------------------------------------------------------------------------------------------


async def _copy_in(session: Session, action: actions.CopyIn) -> int:
    """Take the client's data; the number of rows."""
    target = Target(action.relation, tuple(column.name for column in action.columns))
    encoding = session.state.settings.output.client_encoding
    reader = decoder(action.options, target, encoding)
    loader = _Loader(session, action, target, action.options.encoding or encoding)
    code = int(action.options.format is Format.BINARY)
    session.engine.copy_in_response(code, (code,) * len(action.columns))
    session.wire.flush()
    while True:
        event = await session.receive_in_copy()
        if isinstance(event, CopyData):
            await loader.take(reader.feed(event.data))
        elif isinstance(event, CopyDone):
            await loader.take(reader.finish())
            await loader.flush()
            return loader.count
        else:
            raise _stopped(event, reader)


def _stopped(event: object, reader: Decoder) -> Exception:
    """The client ends the COPY without its data being complete."""
    if isinstance(event, CopyFail):
        message = f"COPY from stdin failed: {event.reason}"
        return PgError(sqlstate.QUERY_CANCELED, message, where=reader.where)
    if isinstance(event, BadMessage):
        event.error.where = event.error.where or reader.where
        return event.error
    return ClientGone()


class _Loader:
    """Rows of data to batches of parameters."""

    def __init__(self, session: Session, action: actions.CopyIn, target: Target, encoding: str) -> None:
        self._session = session
        self._target = target
        self._step = action.insert.steps[0]
        context = context_of(session.state)
        binary = action.options.format is Format.BINARY
        context = replace(context, client_encoding=encoding if binary else "UTF8")
        self._columns = action.columns
        self._inputs = [_input(column, context, binary=binary) for column in action.columns]
        self._lines: list[int] = []
        self._batch: list[list[object]] = []
        self._bytes = 0
        self.count = 0
        """Rows that IRIS has taken."""

    async def take(self, rows: Iterator[Row]) -> None:
        """Read rows into batches, and send those that are full."""
        batch = self._batch
        for row in rows:
            batch.append(self._parameters(row))
            self._lines.append(row.line)
            self._bytes += _size(row)
            if len(batch) >= BATCH_ROWS or self._bytes >= BATCH_BYTES:
                await self.flush()

    def _parameters(self, row: Row) -> list[object]:
        """What IRIS gets for a row. Raises PgError with the line and the column."""
        values = self._values(row)
        binder = self._session.binder
        parameters: list[object] = []
        for bind in self._step.binds:
            if isinstance(bind, Constant):
                parameters.append(bind.value)
                continue
            try:
                parameters.append(binder.value(bind, values))
            except PgError as error:
                error.where = self._target.at_line(row.line, row.source)
                if isinstance(bind, Parameter):
                    column = self._columns[bind.index].name
                    error.where = self._target.at_column(row.line, column, row.fields[bind.index])
                raise
        return parameters

    def _values(self, row: Row) -> list[object]:
        """The values of a row in PostgreSQL's form."""
        values: list[object] = []
        for column, field, read in zip(self._columns, row.fields, self._inputs):
            if field is None:
                if not column.nullable and not column.identity:
                    raise self._null(row, column)
                values.append(None)
                continue
            try:
                values.append(read(field))
            except PgError as error:
                error.where = self._target.at_column(row.line, column.name, field)
                raise
        if row.error is not None:
            raise row.error
        return values

    def _null(self, row: Row, column: TableColumn) -> PgError:
        return PgError(
            sqlstate.NOT_NULL_VIOLATION,
            f'null value in column "{column.name}" of relation "{self._target.relation}" violates not-null constraint',
            where=self._target.at_line(row.line, row.source),
            table=self._target.relation,
            column=column.name,
        )

    async def flush(self) -> None:
        """Hand the batch to IRIS. Raises PgError; IrisError when it was interrupted."""
        if not self._batch:
            return
        session = self._session
        session.interruption.check()
        backend = await session.lease.backend()
        try:
            await backend.execute_many(self._step.sql, self._batch)
        except IrisError as error:
            if session.interruption.requested is not None:
                raise
            raise self._refused(error) from error
        self.count += len(self._batch)
        self._batch.clear()
        self._lines.clear()
        self._bytes = 0

    def _refused(self, error: IrisError) -> PgError:
        """IRIS refuses a row of the batch; which one it is, it says when it can."""
        made = iris_errors.to_pg_error(error, self._session.planning.schema)
        first, last = self._lines[0], self._lines[-1]
        if error.row is not None and error.row < len(self._lines):
            first = last = self._lines[error.row]
        place = f"line {first}" if first == last else f"lines {first} to {last}"
        made.where = f"COPY {self._target.relation}, {place}"
        return made


def _input(column: TableColumn, context: CodecContext, *, binary: bool) -> Callable[[str | bytes], object]:
    """What reads the fields of a column, as the type's input function does with the column's type modifier."""
    found = codec(column.type_oid)
    decode = found.binary.decode if binary else found.text.decode
    if column.typmod < 0:
        return lambda field: decode(field, context)
    source, target = PgType(column.type_oid), PgType(column.type_oid, column.typmod)

    def read(field: str | bytes) -> object:
        value = decode(field, context)
        fitted = constants.convert(value, source, target)
        return value if fitted is constants.NOT_CONSTANT else fitted

    return read


def _size(row: Row) -> int:
    return sum(map(len, filter(None, row.fields)))


# -- out ---------------------------------------------------------------------------------------------------------


class _CopyOut:
    """Rows of a query to the client."""

    def __init__(self, session: Session, action: actions.CopyOut) -> None:
        self._session = session
        self._query = action.query
        self._options: CopyOptions = action.options
        self._columns = action.query.columns or ()
        self._encoder: Encoder = encoder(action.options, [column.name for column in self._columns])
        self._start = self._encoder.begin()
        output = session.state.settings.output
        self._encoding = action.options.encoding or output.client_encoding
        self._output = msgspec.structs.replace(output, client_encoding=self._encoding)

    async def run(self) -> int:
        """Send all rows; their number."""
        session, engine = self._session, self._session.engine
        code = int(self._options.format is Format.BINARY)
        formats = (code,) * len(self._columns)
        engine.copy_out_response(code, formats)
        if self._options.header is not Header.NO:
            names = [encode_text(column.name, self._encoding) for column in self._columns]
            engine.copy_data(self._encoder.header(names))
        running = Running(self._query, (), row_format(self._columns, formats, self._output))
        try:
            rows = await session.runner.advance(running, 0, self._send)
        except BaseException:
            if session.lease.held:
                await session.runner.close(running)
            raise
        end = self._start + self._encoder.end()
        if end:
            engine.copy_data(end)
        engine.copy_done()
        return rows

    async def _send(self, data: bytes, rows: int) -> None:
        """A CopyData message for each row; returns when the client has taken enough of them."""
        session = self._session
        for fields in cells(data):
            session.engine.copy_data(self._start + self._encoder.row(fields))
            self._start = b""
        session.wire.flush_if_full()
        if session.wire.congested:
            await session.runtime.interruptible(session.wire.drain())


def cells(data: bytes) -> Iterator[Sequence[bytes | None]]:
    """The encoded cells of DataRow messages: a backend encodes for COPY as it does for any result."""
    at = 0
    while at < len(data):
        count = int.from_bytes(data[at + 5 : at + 7], "big")
        at += 7
        fields: list[bytes | None] = []
        for _ in range(count):
            size = int.from_bytes(data[at : at + 4], "big", signed=True)
            at += 4
            if size < 0:
                fields.append(None)
            else:
                fields.append(data[at : at + size])
                at += size
        yield fields
