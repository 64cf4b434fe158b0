"""A session's settings: an immutable map, so that BEGIN, savepoints and rollback are assignments.

Four layers, the first that knows a name wins: SET LOCAL (until the transaction ends), SET (until the session
ends), what the start-up packet said, the server's defaults; the last two are what RESET goes back to.
https://www.postgresql.org/docs/15/sql-set.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from pgiris import sqlstate
from pgiris.errors import FATAL, PgError
from pgiris.rows.format import OutputSettings
from pgiris.session.setting_values import SettingValue, parse, quote_identifier, show, split_identifiers
from pgiris.session.settings_table import BY_NAME, REPORTED, SETTINGS, Context, Kind, Setting

_EMPTY: Final[Mapping[str, SettingValue]] = {}
CHARACTERISTICS: Final = frozenset({"transaction_isolation", "transaction_read_only", "transaction_deferrable"})
"""The settings that belong to a transaction; between transactions they show their defaults."""

_MAX_CUSTOM_SETTINGS: Final = 500
_LIST_INPUT: Final = frozenset({"datestyle"})
_LIST_QUOTE: Final = frozenset({"search_path", "temp_tablespaces"})

_CANNOT: Final[Mapping[Context, str]] = {
    Context.INTERNAL: "cannot be changed",
    Context.POSTMASTER: "cannot be changed without restarting the server",
    Context.SIGHUP: "cannot be changed now",
    Context.BACKEND: "cannot be set after connection start",
}
_ALIASES: Final[Mapping[str, str]] = {"time zone": "timezone", "names": "client_encoding"}


def _boot_value(setting: Setting) -> SettingValue:
    if setting.kind is Kind.STRING:
        return setting.default
    return parse(setting, setting.default, "")


_BOOT: Final[Mapping[str, SettingValue]] = {name: _boot_value(setting) for name, setting in BY_NAME.items()}


def server_defaults(values: Mapping[str, SettingValue]) -> Mapping[str, SettingValue]:
    """The defaults of every session of a server: the table's, with what the configuration says."""
    return {**_BOOT, **{name.lower(): value for name, value in values.items()}}


def unrecognized(name: str) -> PgError:
    return PgError(sqlstate.UNDEFINED_OBJECT, f'unrecognized configuration parameter "{name}"')


class Settings:
    """All settings of a session at one moment. Never changed: every change gives a new one."""

    __slots__ = ("_local", "_output", "_search_path", "_server", "_session", "_startup")

    def __init__(
        self,
        server: Mapping[str, SettingValue],
        startup: Mapping[str, SettingValue] = _EMPTY,
        session: Mapping[str, SettingValue] = _EMPTY,
        local: Mapping[str, SettingValue] = _EMPTY,
    ) -> None:
        self._server = server
        self._startup = startup
        self._session = session
        self._local = local
        self._output: OutputSettings | None = None
        self._search_path: tuple[str, ...] | None = None

    # -- reading ----------------------------------------------------------------------------------------------

    def value(self, name: str) -> SettingValue:
        """The value of a setting, by its name in lower case. Raises PgError 42704."""
        for layer in (self._local, self._session, self._startup, self._server):
            if name in layer:
                return layer[name]
        raise unrecognized(name)

    def integer(self, name: str) -> int:
        value = self.value(name)
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        return str(self.value(name))

    def show(self, name: str) -> tuple[str, str]:
        """The setting's own spelling, and its value as SHOW prints it. Raises PgError 42704."""
        folded = _fold(name)
        setting = BY_NAME.get(folded)
        if setting is None:
            if not self._knows(folded):
                raise unrecognized(name)
            return name, str(self.value(folded))
        if folded == "seed":
            return setting.name, "unavailable"
        return setting.name, show(setting, self._effective(folded))

    def show_all(self) -> Iterable[tuple[str, str, str]]:
        """Name, value and description of every setting, in the order of SHOW ALL."""
        for setting in SETTINGS:
            if not setting.hidden:
                yield (*self.show(setting.name), setting.description)

    def reported(self) -> tuple[tuple[str, str], ...]:
        """The settings that ParameterStatus reports, with their values."""
        return tuple(self.show(setting.name) for setting in REPORTED)

    @property
    def output(self) -> OutputSettings:
        """What counts for the text of values."""
        if self._output is None:
            self._output = OutputSettings(
                date_style=self.text("datestyle"),
                interval_style=self.text("intervalstyle"),
                time_zone=self.text("timezone"),
                bytea_output=self.text("bytea_output"),
                extra_float_digits=self.integer("extra_float_digits"),
                client_encoding=self.text("client_encoding"),
            )
        return self._output

    @property
    def search_path(self) -> tuple[str, ...]:
        """The schemas of search_path in order; ``"$user"`` is the session's user."""
        if self._search_path is None:
            names = split_identifiers(self.text("search_path")) or ()
            self._search_path = tuple(self.text("session_authorization") if name == "$user" else name for name in names)
        return self._search_path

    # -- changing ---------------------------------------------------------------------------------------------

    def with_values(self, name: str, values: tuple[str, ...] | None, *, local: bool = False) -> Settings:
        """SET name TO values; None is DEFAULT. Raises PgError 42704, 22023, 42602, 55P02."""
        if values is None:
            return self.reset(name, local=local)
        return self.with_text(name, _join(_fold(name), name, values), local=local)

    def with_text(self, name: str, text: str, *, local: bool = False) -> Settings:
        """set_config(name, text, local): the text of the whole value."""
        folded = _fold(name)
        setting = BY_NAME.get(folded)
        if setting is None:
            return self._with(folded, self._custom(name, folded, text), local)
        _check_context(setting)
        return self._with(folded, self._parsed(setting, name, text), local)

    def with_value(self, name: str, value: SettingValue, *, local: bool = False) -> Settings:
        """Set a value that is known to be right."""
        return self._with(name, value, local)

    def reset(self, name: str, *, local: bool = False) -> Settings:
        """RESET name: back to the session's default. Raises PgError 42704, 55P02."""
        folded = _fold(name)
        setting = BY_NAME.get(folded)
        if setting is None:
            if not self._knows(folded) and "." not in folded:
                raise unrecognized(name)
            return self._with(folded, self._startup.get(folded, ""), local)
        _check_context(setting)
        if local:
            return self._with(folded, self._default(folded), local)
        return self._layered(_without(self._session, folded), _without(self._local, folded))

    def reset_all(self) -> Settings:
        """RESET ALL. What belongs to the transaction stays."""
        kept = {name: value for name, value in self._local.items() if name in CHARACTERISTICS}
        roles = {name: value for name, value in self._session.items() if name in ("role", "session_authorization")}
        return self._layered(roles, kept)

    def without_local(self) -> Settings:
        """The settings after the transaction: what SET LOCAL said is gone."""
        return self._layered(self._session, _EMPTY) if self._local else self

    def with_characteristics_of(self, other: Settings) -> Settings:
        """These settings with the characteristics that `other`'s transaction has."""
        kept = {name: value for name, value in other._local.items() if name in CHARACTERISTICS}
        return self._layered(self._session, {**self._local, **kept})

    def with_defaults(self, pairs: Iterable[tuple[str, str]]) -> Settings:
        """What the start-up packet asks for becomes the session's default. Errors are FATAL."""
        startup = dict(self._startup)
        base = Settings(self._server, startup)
        for name, text in pairs:
            folded = _fold(name)
            setting = BY_NAME.get(folded)
            try:
                if setting is None:
                    startup[folded] = base._custom(name, folded, text)
                else:
                    _check_context(setting, startup=True)
                    startup[folded] = base._parsed(setting, name, text)
            except PgError as error:
                error.severity = FATAL
                raise
        return Settings(self._server, startup, self._session, self._local)

    # -- inside -----------------------------------------------------------------------------------------------

    def _effective(self, folded: str) -> SettingValue:
        """The transaction's own characteristics show their default while no transaction set them."""
        if folded in CHARACTERISTICS and folded not in self._local:
            return self.value(f"default_{folded}")
        return self.value(folded)

    def _default(self, folded: str) -> SettingValue:
        return self._startup[folded] if folded in self._startup else self._server[folded]

    def _knows(self, folded: str) -> bool:
        return any(folded in layer for layer in (self._local, self._session, self._startup, self._server))

    def _layered(self, session: Mapping[str, SettingValue], local: Mapping[str, SettingValue]) -> Settings:
        return Settings(self._server, self._startup, session, local)

    def _parsed(self, setting: Setting, name: str, text: str) -> SettingValue:
        if setting.name in ("role", "session_authorization"):
            return self._role(setting, text)
        if setting.kind is not Kind.STRING and name != setting.name:
            setting = replace(setting, name=name)  # errors show the name as it was written
        return parse(setting, text, self.value(_fold(name)))

    def _role(self, setting: Setting, text: str) -> str:
        """IRIS logs a process in once: a session can only name the user it already is."""
        own = str(self._default("session_authorization"))
        if text == own or (setting.name == "role" and text == "none"):
            return text
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f'role "{text}" does not exist')

    def _custom(self, name: str, folded: str, text: str) -> str:
        parts = folded.split(".")
        if len(parts) < 2:
            raise unrecognized(name)
        if not all(_is_identifier(part) for part in parts):
            raise PgError(
                sqlstate.INVALID_NAME,
                f'invalid configuration parameter name "{name}"',
                detail="Custom parameter names must be two or more simple identifiers separated by dots.",
            )
        if (
            not self._knows(folded)
            and len(self._session) + len(self._local) + len(self._startup) >= _MAX_CUSTOM_SETTINGS
        ):
            raise PgError(sqlstate.CONFIGURATION_LIMIT_EXCEEDED, "too many settings in this session")
        return text

    def _with(self, folded: str, value: SettingValue, local: bool) -> Settings:
        if local:
            return self._layered(self._session, {**self._local, folded: value})
        return self._layered({**self._session, folded: value}, _without(self._local, folded))


def _without(layer: Mapping[str, SettingValue], folded: str) -> Mapping[str, SettingValue]:
    if folded not in layer:
        return layer
    return {name: value for name, value in layer.items() if name != folded}


def _fold(name: str) -> str:
    folded = name.lower()
    return _ALIASES.get(folded, folded)


def _is_identifier(part: str) -> bool:
    return bool(part) and not part[0].isdigit() and all(letter.isalnum() or letter in "_$" for letter in part)


def _join(folded: str, name: str, values: tuple[str, ...]) -> str:
    """The values of a SET as one text: list settings take several, and some quote each."""
    if folded in _LIST_QUOTE:
        return ", ".join(quote_identifier(value) for value in values)
    if len(values) > 1 and folded not in _LIST_INPUT:
        raise PgError(sqlstate.INVALID_PARAMETER_VALUE, f"SET {name} takes only one argument")
    return ", ".join(values)


def _check_context(setting: Setting, *, startup: bool = False) -> None:
    reason = _CANNOT.get(setting.context)
    if reason is None or (startup and setting.context is Context.BACKEND):
        return
    raise PgError(sqlstate.CANT_CHANGE_RUNTIME_PARAM, f'parameter "{setting.name}" {reason}')
