"""The settings of a server: one frozen tree, and the four places it is read from.

Defaults < TOML file < ``PGIRIS_*`` environment < command line. A setting's full name is ``section.field``; in the
file it is ``field`` under ``[section]``, in the environment ``PGIRIS_SECTION_FIELD``. Unknown names and bad values
are refused with the full name. The reference page docs/configuration.md is generated from the fields.

Nothing else in pgiris reads the environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, get_type_hints

import msgspec
from msgspec import Meta

PREFIX: Final = "PGIRIS_"

CONFIG_VARIABLE: Final = "PGIRIS_CONFIG"
"""Names the TOML file when ``--config`` does not."""

OTHER_VARIABLES: Final = (CONFIG_VARIABLE,)
"""Variables with our prefix that are not settings."""

TEST_PREFIX: Final = "PGIRIS_TEST_"
"""Variables that begin so belong to the test suite."""

MEMORY: Final = ":memory:"
"""The value of backend.data that keeps everything in memory."""

MAX_PORT: Final = 65_535

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=86_400 * 365)]
Bytes = Annotated[int, Meta(ge=1024, le=2**30)]


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server listens, and how it ends."""

    listen: Annotated[
        tuple[str, ...],
        Meta(description="Addresses to listen on, each HOST:PORT ([HOST]:PORT for IPv6). Port 0 picks a free port."),
    ] = ("127.0.0.1:5432",)
    drain_timeout: Annotated[
        Seconds,
        Meta(description="Seconds that running statements get to finish when the server is told to stop."),
    ] = 10.0


class AuthSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may connect."""

    method: Annotated[
        Literal["trust"],
        Meta(description="How clients prove who they are. `trust`: they need not; every user name is believed."),
    ] = "trust"


class BackendSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where IRIS SQL runs."""

    kind: Annotated[
        Literal["local"],
        Meta(description="Where IRIS SQL runs. `local`: the stand-in for IRIS inside this process."),
    ] = "local"
    data: Annotated[
        str,
        Meta(
            description="Directory of the stand-in's data, made when it does not exist. "
            "`:memory:` keeps everything in memory, until the server ends.",
            min_length=1,
        ),
    ] = "data"
    namespace: Annotated[
        str,
        Meta(
            description="The IRIS namespace for a client that names no database.",
            min_length=1,
            max_length=255,
        ),
    ] = "USER"


class PoolSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many IRIS processes there are, and how sessions share them."""

    minimum: Annotated[
        Count, Meta(description="IRIS processes kept for each user and namespace, once used, however long idle.")
    ] = 1
    maximum: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)],
        Meta(description="IRIS processes at most, over all users and namespaces."),
    ] = 32
    queue: Annotated[Count, Meta(description="Sessions that may wait for an IRIS process at the same time.")] = 1000
    lease_timeout: Annotated[
        Seconds, Meta(description="Seconds a session waits for an IRIS process before it gets SQLSTATE 53300.")
    ] = 30.0
    idle_timeout: Annotated[
        Seconds, Meta(description="Seconds after which an idle IRIS process is ended; 0 keeps it for ever.")
    ] = 300.0
    reset_timeout: Annotated[
        Seconds,
        Meta(description="Seconds an IRIS process may take to become clean, or to end, before it is replaced."),
    ] = 10.0


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one client may use. Breaking a limit gives a PostgreSQL error."""

    connections: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)], Meta(description="Client connections at the same time.")
    ] = 1000
    startup_timeout: Annotated[
        Seconds, Meta(description="Seconds a client has from connecting until it is ready for queries.")
    ] = 60.0
    message_bytes: Annotated[Bytes, Meta(description="Bytes of a message from a client at most.")] = 64 * 1024 * 1024
    statements: Annotated[Count, Meta(description="Prepared statements of one session.")] = 10_000
    portals: Annotated[Count, Meta(description="Open portals of one session.")] = 1000
    plan_cache: Annotated[Count, Meta(description="Translated statements kept for all sessions.")] = 2000


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the server says on stderr."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least severe events that are written.")
    ] = "info"
    format: Annotated[
        Literal["console", "json"], Meta(description="`console` for people, `json` for machines: one object a line.")
    ] = "console"


class DemoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The demo data: flowers, a small shop, documents with vectors."""

    enabled: Annotated[bool, Meta(description="Load the demo data on first start, into schema `public`.")] = True


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a server."""

    server: ServerSettings = ServerSettings()
    auth: AuthSettings = AuthSettings()
    backend: BackendSettings = BackendSettings()
    pool: PoolSettings = PoolSettings()
    limits: LimitSettings = LimitSettings()
    log: LogSettings = LogSettings()
    demo: DemoSettings = DemoSettings()


class ConfigError(Exception):
    """A setting is unknown or bad. One line: the setting's full name, what is wrong, and where it was read."""


class Address(NamedTuple):
    """A TCP address to listen on."""

    host: str
    port: int


class Field(NamedTuple):
    """A setting, for the reference page and the loaders."""

    section: str
    name: str
    type: Any
    default: Any
    doc: str

    @property
    def full_name(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        return f"{PREFIX}{self.section}_{self.name}".upper()

    @property
    def is_list(self) -> bool:
        """In the environment and on the command line its values are separated by commas."""
        return isinstance(self.default, tuple)


class _Value(NamedTuple):
    value: Any
    source: str
    text: bool
    """It comes as text: numbers and truth values are read from it."""


def sections() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """The sections of the tree, in its order."""
    for section in msgspec.structs.fields(Settings):
        yield section.name, type(section.default)


def fields() -> dict[str, Field]:
    """Every setting by its full name, in the order of the tree."""
    found: dict[str, Field] = {}
    for section, struct in sections():
        hints = get_type_hints(struct, include_extras=True)
        for field in msgspec.structs.fields(struct):
            kind = hints[field.name]
            doc = next(meta.description for meta in reversed(kind.__metadata__) if meta.description)
            entry = Field(section, field.name, kind, field.default, doc)
            found[entry.full_name] = entry
    return found


def load(
    file: str | None = None,
    environment: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings. `file` is the TOML file's path (else PGIRIS_CONFIG names it), `options` the command line's
    values by full name, None for what was not given. Raises ConfigError."""
    environment = environment or {}
    known = fields()
    values: dict[str, _Value] = {}
    path = file if file is not None else environment.get(CONFIG_VARIABLE)
    if path:
        values.update(_from_file(Path(path), known))
    values.update(_from_environment(environment, known))
    for name, value in (options or {}).items():
        if value is not None:
            values[known[name].full_name] = _Value(value, "the command line", text=True)
    settings = _build(values, known)
    _check(settings)
    return settings


def _from_file(path: Path, known: Mapping[str, Field]) -> Iterator[tuple[str, _Value]]:
    try:
        content = msgspec.toml.decode(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    names = dict(sections())
    for section, table in content.items():
        if section not in names:
            raise ConfigError(f"{section}: unknown section (in {path}){_near(section, names)}")
        if not isinstance(table, dict):
            raise ConfigError(f"{section}: a table is expected, [{section}] (in {path})")
        for key, value in table.items():
            full = f"{section}.{key}"
            if full not in known:
                raise ConfigError(f"{full}: unknown setting (in {path}){_near(full, known)}")
            yield full, _Value(value, str(path), text=False)


def _from_environment(environment: Mapping[str, str], known: Mapping[str, Field]) -> Iterator[tuple[str, _Value]]:
    by_variable = {field.variable: field.full_name for field in known.values()}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES or variable.startswith(TEST_PREFIX):
            continue
        if variable not in by_variable:
            raise ConfigError(f"{variable}: unknown setting (in the environment){_near(variable, by_variable)}")
        yield by_variable[variable], _Value(value, variable, text=True)


def _near(name: str, names: Iterable[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; is {close[0]} meant?" if close else ""


def _build(values: Mapping[str, _Value], known: Mapping[str, Field]) -> Settings:
    built: dict[str, dict[str, Any]] = {}
    for full, given in values.items():
        field = known[full]
        built.setdefault(field.section, {})[field.name] = _convert(field, given)
    structs = dict(sections())
    tree: dict[str, Any] = {section: structs[section](**chosen) for section, chosen in built.items()}
    return Settings(**tree)


def _convert(field: Field, given: _Value) -> Any:
    value = given.value
    if isinstance(value, str) and field.is_list:
        value = [part.strip() for part in value.split(",")]
    try:
        return msgspec.convert(value, field.type, strict=not given.text)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{field.full_name}: {_lower(str(error))} (in {given.source})") from None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _check(settings: Settings) -> None:
    """What a field alone cannot say."""
    if not settings.server.listen:
        raise ConfigError("server.listen: at least one address is expected")
    for listen in settings.server.listen:
        parse_address(listen)
    if settings.pool.minimum > settings.pool.maximum:
        raise ConfigError(
            f"pool.minimum: {settings.pool.minimum} is more than pool.maximum, which is {settings.pool.maximum}"
        )


def parse_address(text: str) -> Address:
    """An address of ``server.listen``. Raises ConfigError."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ConfigError(f"server.listen: an IPv6 address needs brackets, [HOST]:PORT, in {text!r}")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > MAX_PORT:
        raise ConfigError(f"server.listen: HOST:PORT is expected, not {text!r}")
    return Address(host, int(port))
