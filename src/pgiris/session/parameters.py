"""The values that Bind brings, decoded by the types of the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.protocol.frontend import Bind
from pgiris.protocol.wire import TEXT_FORMAT
from pgiris.session.transaction import Transaction
from pgiris.types.context import CodecContext, codec_context
from pgiris.types.registry import decode

if TYPE_CHECKING:
    from pgiris.session.session import Session

_WITHOUT_VALUE: Final = frozenset({sqlstate.CHARACTER_NOT_IN_REPERTOIRE, sqlstate.UNTRANSLATABLE_CHARACTER})
"""Errors of the encoding come before there is a text to show."""


UNREAD: Final = "incorrect binary data format"
"""What codecs say of a value that is longer than its type; here the parameter is known as well."""


def context_of(state: Transaction) -> CodecContext:
    """What codecs need to know of the session now."""
    output = state.settings.output
    context = codec_context(
        output.date_style,
        output.interval_style,
        output.time_zone,
        output.bytea_output,
        output.extra_float_digits,
        output.client_encoding,
    )
    return context.at(state.start_time)


def decode_parameters(
    session: Session, message: Bind, formats: Sequence[int], types: Sequence[int]
) -> tuple[object, ...]:
    """One value in PostgreSQL's form for each parameter. Raises PgError 22P02, 22P03, 22003, 22021 …, which say for
    which parameter."""
    context = context_of(session.state)
    values: list[object] = []
    for number, (data, code, oid) in enumerate(zip(message.parameters, formats, types), 1):
        try:
            values.append(None if data is None else decode(oid, code, data, context))
        except PgError as error:
            portal = f'portal "{message.portal}"' if message.portal else "unnamed portal"
            shown = " = '...'" if code == TEXT_FORMAT and error.sqlstate not in _WITHOUT_VALUE else ""
            if error.sqlstate == sqlstate.INVALID_BINARY_REPRESENTATION and error.message == UNREAD:
                error.message = f"{UNREAD} in bind parameter {number}"
            error.where = f"{portal} parameter ${number}{shown}"
            raise
    return tuple(values)
