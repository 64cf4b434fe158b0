"""What the session knows and IRIS does not: now(), current_user, current_setting() …, as values for binds.

Values are in PostgreSQL's internal form (``pgiris.types``); ``SessionBinder`` hands them on in IRIS's.
https://www.postgresql.org/docs/15/functions-info.html, functions-datetime.html, functions-admin.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, LocalProtocolError, PgError
from pgiris.protocol.wire import TEXT_FORMAT
from pgiris.rows.iris import to_iris
from pgiris.session.parameters import context_of
from pgiris.session.setting_values import parse_boolean
from pgiris.session.surroundings import Identity, Runtime
from pgiris.session.transaction import Transaction
from pgiris.sql.analysis import PgType
from pgiris.sql.plan import Bind, Constant, Parameter, SessionValue
from pgiris.sql.rewrite import constants
from pgiris.types.registry import decode, encode
from pgiris.types.timezones import FixedZone, time_zone
from pgiris.types.values import TimeTz

Arguments = Sequence[object]

_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND
UNBOUNDED: Final = 2**31 - 1
"""What a LIMIT of NULL means to IRIS (see ``sql.rewrite.limits``)."""


class SessionBinder:
    """Evaluates the binds of a plan. Belongs to one session."""

    __slots__ = ("_identity", "_runtime", "_schemas", "_state", "start_time", "statement_time")

    def __init__(
        self,
        identity: Identity,
        runtime: Runtime,
        state: Transaction,
        start_time: int,
        schemas: Callable[[], Sequence[str]],
    ) -> None:
        self._identity = identity
        self._runtime = runtime
        self._state = state
        self._schemas = schemas
        self.start_time = start_time
        """When the server started."""
        self.statement_time = 0
        """When the message of the running statement came."""

    def value(self, bind: Bind, parameters: Sequence[object]) -> object:
        """The value of a bind in IRIS's form. Raises PgError."""
        if isinstance(bind, Parameter):
            return to_iris(parameters[bind.index], bind.type_oid, bind.iris_type)
        if isinstance(bind, SessionValue):
            return to_iris(self.internal(bind, parameters), bind.type_oid, bind.iris_type)
        if isinstance(bind, Constant):
            return bind.value
        raise LocalProtocolError(f"no value for {bind}")

    def internal(self, bind: Bind, parameters: Sequence[object]) -> object:
        """The value of a bind in PostgreSQL's form; a constant's is what it is."""
        if isinstance(bind, Parameter):
            return parameters[bind.index]
        if isinstance(bind, Constant):
            return bind.value
        if not isinstance(bind, SessionValue):
            raise LocalProtocolError(f"no value for {bind}")
        function = FUNCTIONS.get(bind.name)
        if function is None:
            raise FeatureNotSupported(f"function {bind.name}()")
        return function(self, [self.internal(argument, parameters) for argument in bind.arguments])

    # -- time -------------------------------------------------------------------------------------------------

    def _rounded(self, moment: int, arguments: Arguments) -> int:
        """`moment` to the precision that the first argument asks for."""
        digits = arguments[0] if arguments else None
        if not isinstance(digits, int) or digits >= 6:
            return moment
        unit: int = 10 ** (6 - max(digits, 0))
        return (moment + unit // 2) // unit * unit

    def _local(self, moment: int) -> tuple[int, int]:
        """The clock of the session's TimeZone at `moment`, and its offset in seconds east of UTC."""
        offset, _ = time_zone(self._state.settings.text("timezone")).at_utc(moment // _SECOND)
        return moment + offset * _SECOND, offset

    def transaction_time(self, arguments: Arguments) -> int:
        return self._rounded(self._state.start_time, arguments)

    def statement_timestamp(self, arguments: Arguments) -> int:
        return self.statement_time

    def clock_timestamp(self, arguments: Arguments) -> int:
        return self._runtime.now()

    def local_timestamp(self, arguments: Arguments) -> int:
        return self._local(self._rounded(self._state.start_time, arguments))[0]

    def current_date(self, arguments: Arguments) -> int:
        return self._local(self._state.start_time)[0] // _DAY

    def local_time(self, arguments: Arguments) -> int:
        return self.local_timestamp(arguments) % _DAY

    def current_time(self, arguments: Arguments) -> TimeTz:
        clock, offset = self._local(self._rounded(self._state.start_time, arguments))
        return TimeTz(clock % _DAY, -offset)

    def postmaster_start_time(self, arguments: Arguments) -> int:
        return self.start_time

    # -- who and where ----------------------------------------------------------------------------------------

    def current_user(self, arguments: Arguments) -> str:
        role = self._state.settings.text("role")
        return self._identity.user if role == "none" else role

    def session_user(self, arguments: Arguments) -> str:
        return self._identity.user

    def current_database(self, arguments: Arguments) -> str:
        return self._identity.database

    def current_schema(self, arguments: Arguments) -> str | None:
        """The schema where new tables go."""
        return next(iter(self._schemas()), None)

    def current_schemas(self, arguments: Arguments) -> list[str]:
        """current_schemas(include_implicit)."""
        return [*(["pg_catalog"] if arguments and _truth(arguments[0]) else []), *self._schemas()]

    def client_encoding(self, arguments: Arguments) -> str:
        return self._state.settings.text("client_encoding")

    def temporary_schema(self, arguments: Arguments) -> int:
        """There are no temporary tables, so there is no schema for them."""
        return 0

    def backend_pid(self, arguments: Arguments) -> int:
        return self._identity.pid

    def client_address(self, arguments: Arguments) -> str | None:
        return self._identity.client_address

    def client_port(self, arguments: Arguments) -> int | None:
        return self._identity.client_port

    def server_address(self, arguments: Arguments) -> str | None:
        return self._identity.server_address

    def server_port(self, arguments: Arguments) -> int | None:
        return self._identity.server_port

    def version(self, arguments: Arguments) -> str:
        return f"PostgreSQL {self._state.settings.text('server_version')} on InterSystems IRIS"

    def unlock_all(self, arguments: Arguments) -> str:
        """pg_advisory_unlock_all(), which pools call: no function here takes such a lock, so there is none to free."""
        return ""

    def no(self, arguments: Arguments) -> bool:
        return False

    # -- settings ---------------------------------------------------------------------------------------------

    def current_setting(self, arguments: Arguments) -> str | None:
        """current_setting(name [, missing_ok])."""
        name = arguments[0]
        if name is None:
            return None
        missing_ok = len(arguments) > 1 and _truth(arguments[1])
        try:
            return self._state.settings.show(str(name))[1]
        except PgError as error:
            if missing_ok and error.sqlstate == sqlstate.UNDEFINED_OBJECT:
                return None
            raise

    def set_config(self, arguments: Arguments) -> str | None:
        """set_config(name, value, is_local); a NULL value resets."""
        name, value, is_local = arguments
        if name is None:
            raise PgError(sqlstate.NULL_VALUE_NOT_ALLOWED, "SET requires parameter name")
        local = _truth(is_local)
        settings = self._state.settings
        if value is None:
            self._state.settings = settings.reset(str(name), local=local)
        else:
            self._state.settings = settings.with_text(str(name), str(value), local=local)
        return self._state.settings.show(str(name))[1]

    def input(self, arguments: Arguments) -> object:
        """A literal whose meaning depends on the session's settings: input(type OID, text)."""
        oid, text = arguments
        assert isinstance(oid, int)
        context = replace(context_of(self._state), client_encoding="UTF8")
        return None if text is None else decode(oid, TEXT_FORMAT, str(text).encode(), context)

    def cast(self, arguments: Arguments) -> object:
        """A parameter's value in another type: the value, its type, the type and type modifier it is to have."""
        value, source, oid, typmod = arguments
        if value is None:
            return None
        assert isinstance(source, int)
        assert isinstance(oid, int)
        assert isinstance(typmod, int)
        result = constants.convert(value, PgType(source), PgType(oid, typmod), explicit=True)
        if result is not constants.NOT_CONSTANT and not isinstance(result, constants.Deferred):
            return result
        context = replace(context_of(self._state), client_encoding="UTF8")
        return decode(oid, TEXT_FORMAT, encode(source, TEXT_FORMAT, value, context), context)

    def zone_offset(self, arguments: Arguments) -> int:
        """Seconds that the session's clock is ahead of UTC."""
        zone = time_zone(self._state.settings.text("timezone"))
        if not isinstance(zone, FixedZone):
            raise FeatureNotSupported(
                f'date arithmetic on timestamp with time zone in the time zone "{zone.name}"',
                detail="The zone's offset from UTC changes, and IRIS knows no time zones.",
                hint="SET TIME ZONE to a fixed offset, or convert with AT TIME ZONE 'UTC' first.",
            )
        return zone.offset

    def zone_offset_back(self, arguments: Arguments) -> int:
        return -self.zone_offset(arguments)

    # -- counts -----------------------------------------------------------------------------------------------

    def limit(self, arguments: Arguments) -> int:
        count = arguments[0]
        if count is None:
            return UNBOUNDED
        if not isinstance(count, int) or count < 0:
            raise PgError(sqlstate.INVALID_ROW_COUNT_IN_LIMIT_CLAUSE, "LIMIT must not be negative")
        return min(count, UNBOUNDED)

    def offset(self, arguments: Arguments) -> int:
        count = arguments[0]
        if count is None:
            return 0
        if not isinstance(count, int) or count < 0:
            raise PgError(sqlstate.INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE, "OFFSET must not be negative")
        return count


def _truth(value: object) -> bool:
    """A boolean argument: in PostgreSQL's form, or in IRIS's when it is a constant."""
    if isinstance(value, str):
        return bool(parse_boolean(value))
    return bool(value)


FUNCTIONS: Final[Mapping[str, Callable[[SessionBinder, Arguments], object]]] = {
    "now": SessionBinder.transaction_time,
    "current_timestamp": SessionBinder.transaction_time,
    "transaction_timestamp": SessionBinder.transaction_time,
    "statement_timestamp": SessionBinder.statement_timestamp,
    "clock_timestamp": SessionBinder.clock_timestamp,
    "localtimestamp": SessionBinder.local_timestamp,
    "localtime": SessionBinder.local_time,
    "current_date": SessionBinder.current_date,
    "current_time": SessionBinder.current_time,
    "pg_postmaster_start_time": SessionBinder.postmaster_start_time,
    "pg_conf_load_time": SessionBinder.postmaster_start_time,
    "current_user": SessionBinder.current_user,
    "current_role": SessionBinder.current_user,
    "user": SessionBinder.current_user,
    "session_user": SessionBinder.session_user,
    "current_database": SessionBinder.current_database,
    "current_catalog": SessionBinder.current_database,
    "current_schema": SessionBinder.current_schema,
    "current_schemas": SessionBinder.current_schemas,
    "pg_client_encoding": SessionBinder.client_encoding,
    "pg_my_temp_schema": SessionBinder.temporary_schema,
    "pg_backend_pid": SessionBinder.backend_pid,
    "inet_client_addr": SessionBinder.client_address,
    "inet_client_port": SessionBinder.client_port,
    "inet_server_addr": SessionBinder.server_address,
    "inet_server_port": SessionBinder.server_port,
    "version": SessionBinder.version,
    "pg_is_in_recovery": SessionBinder.no,
    "pg_advisory_unlock_all": SessionBinder.unlock_all,
    "current_setting": SessionBinder.current_setting,
    "set_config": SessionBinder.set_config,
    "input": SessionBinder.input,
    "cast": SessionBinder.cast,
    "zone_offset": SessionBinder.zone_offset,
    "zone_offset_back": SessionBinder.zone_offset_back,
    "limit": SessionBinder.limit,
    "offset": SessionBinder.offset,
}
"""By the names that plans use: PostgreSQL's functions, input functions of types, and the checks of LIMIT and OFFSET."""
