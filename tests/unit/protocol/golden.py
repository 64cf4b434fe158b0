"""Messages with what must become of them, and ways to bring an engine into the state where they may come."""

from __future__ import annotations

from dataclasses import dataclass

from pgiris.protocol import (
    BadMessage,
    Bind,
    CancelRequest,
    Close,
    CopyData,
    CopyDone,
    CopyFail,
    Describe,
    Event,
    Execute,
    Flush,
    FunctionCall,
    GSSENCRequest,
    GSSResponse,
    Parse,
    PasswordMessage,
    Query,
    SASLInitialResponse,
    SASLResponse,
    ServerProtocol,
    SSLRequest,
    StartupMessage,
    Sync,
    Terminate,
)
from tests.wire import messages as m


def new() -> ServerProtocol:
    return ServerProtocol()


def started(engine: ServerProtocol | None = None) -> ServerProtocol:
    engine = engine or ServerProtocol()
    engine.receive(m.startup())
    assert isinstance(engine.next_event(), StartupMessage)
    return engine


def awaiting_password() -> ServerProtocol:
    engine = started()
    engine.authentication_cleartext_password()
    return engine


def awaiting_sasl_initial() -> ServerProtocol:
    engine = started()
    engine.authentication_sasl(["SCRAM-SHA-256"])
    return engine


def awaiting_sasl() -> ServerProtocol:
    engine = started()
    engine.authentication_sasl_continue(b"r=x")
    return engine


def awaiting_gss() -> ServerProtocol:
    engine = started()
    engine.authentication_gss()
    return engine


def ready(engine: ServerProtocol | None = None) -> ServerProtocol:
    engine = started(engine)
    engine.authentication_ok()
    engine.backend_key_data(1, b"keys")
    engine.ready_for_query("I")
    engine.data_to_send()
    return engine


def in_copy() -> ServerProtocol:
    engine = ready()
    engine.receive(m.query("copy t from stdin"))
    assert engine.next_event() == Query("copy t from stdin")
    engine.copy_in_response(0, [0])
    engine.data_to_send()
    return engine


def in_copy_extended() -> ServerProtocol:
    engine = ready()
    engine.receive(m.execute())
    assert engine.next_event() == Execute("")
    engine.copy_in_response(0, [0])
    engine.data_to_send()
    return engine


STATES = {
    "new": new,
    "password": awaiting_password,
    "sasl_initial": awaiting_sasl_initial,
    "sasl": awaiting_sasl,
    "gss": awaiting_gss,
    "ready": ready,
    "copy": in_copy,
    "copy_extended": in_copy_extended,
}


@dataclass(frozen=True)
class Golden:
    """`raw`, received in `state`, makes `event`."""

    name: str
    state: str
    raw: bytes
    event: Event


@dataclass(frozen=True)
class Refused:
    """`raw`, received in `state`, makes a BadMessage with this error."""

    name: str
    state: str
    raw: bytes
    severity: str
    sqlstate: str
    message: str


GOLDEN = [
    # protocol-flow, "Start-up"
    Golden(
        "start",
        "new",
        m.startup({"user": "me", "database": "db", "application_name": "é"}),
        StartupMessage(m.PROTOCOL_3_0, "me", "db", named=(("application_name", "é"),)),
    ),
    Golden("start, no database", "new", m.startup(), StartupMessage(m.PROTOCOL_3_0, "me", "me")),
    Golden(
        "start, last one counts",
        "new",
        m.packet(m.PROTOCOL_3_0, b"user\0a\0user\0b\0\0"),
        StartupMessage(m.PROTOCOL_3_0, "b", "b"),
    ),
    Golden(
        "start, extensions",
        "new",
        m.startup({"user": "me", "_pq_.a": "1", "options": "-c a=b", "replication": "true"}, 0x0003270F),
        StartupMessage(0x0003270F, "me", "me", "-c a=b", "true", (), ("_pq_.a",)),
    ),
    Golden("ssl", "new", m.packet(m.SSL_REQUEST), SSLRequest()),
    Golden("gss encryption", "new", m.packet(m.GSSENC_REQUEST), GSSENCRequest()),
    Golden("cancel 3.0", "new", m.cancel_request(-7, b"abcd"), CancelRequest(-7, b"abcd")),
    Golden("cancel 3.2", "new", m.cancel_request(7, b"k" * 256), CancelRequest(7, b"k" * 256)),
    # protocol-message-formats
    Golden("password", "password", m.message(b"p", b"s\xffcret\0"), PasswordMessage(b"s\xffcret")),
    Golden("empty password", "password", m.message(b"p", b"\0"), PasswordMessage(b"")),
    Golden(
        "sasl initial",
        "sasl_initial",
        m.message(b"p", b"SCRAM-SHA-256\0\0\0\0\3n,,"),
        SASLInitialResponse("SCRAM-SHA-256", b"n,,"),
    ),
    Golden(
        "sasl initial, no data",
        "sasl_initial",
        m.message(b"p", b"X\0\xff\xff\xff\xff"),
        SASLInitialResponse("X", None),
    ),
    Golden("sasl", "sasl", m.message(b"p", b"c=x\0"), SASLResponse(b"c=x\0")),
    Golden("gss", "gss", m.message(b"p", b"\0\1"), GSSResponse(b"\0\1")),
    Golden("query", "ready", m.query("select 'é'"), Query("select 'é'")),
    Golden("empty query", "ready", m.query(""), Query("")),
    Golden("parse", "ready", m.parse("select $1", "s", [23, 0]), Parse("s", "select $1", (23, 0))),
    Golden("parse, large oid", "ready", m.parse("x", "", [0xFFFFFFFF]), Parse("", "x", (0xFFFFFFFF,))),
    Golden("bind nothing", "ready", m.bind(), Bind("", "")),
    Golden(
        "bind",
        "ready",
        m.bind("p", "s", [b"a", None, b"", b"\0\xff"], [0, 1, 0, 1], [1]),
        Bind("p", "s", (0, 1, 0, 1), (b"a", None, b"", b"\0\xff"), (1,)),
    ),
    Golden(
        "bind 65,535 parameters",
        "ready",
        m.bind("", "s", [None] * 65535, [1]),
        Bind("", "s", (1,), (None,) * 65535),
    ),
    Golden("describe a statement", "ready", m.describe("S", "é"), Describe("S", "é")),
    Golden("describe a portal", "ready", m.describe("P"), Describe("P", "")),
    Golden("execute", "ready", m.execute("p", 7), Execute("p", 7)),
    Golden("execute, negative limit", "ready", m.execute("", -1), Execute("", 0)),
    Golden("close", "ready", m.close("P", "p"), Close("P", "p")),
    Golden("sync", "ready", m.SYNC, Sync()),
    Golden("flush", "ready", m.FLUSH, Flush()),
    Golden("terminate", "ready", m.TERMINATE, Terminate()),
    Golden("terminate with a body", "ready", m.message(b"X", b"bye"), Terminate()),
    Golden(
        "function call",
        "ready",
        m.message(b"F", b"\0\0\0\x09\0\1\0\1\0\2\0\0\0\1a\xff\xff\xff\xff\0\1"),
        FunctionCall(9, (1,), (b"a", None), 1),
    ),
    Golden("copy data", "copy", m.copy_data(b"1\n"), CopyData(b"1\n")),
    Golden("no copy data", "copy", m.copy_data(b""), CopyData(b"")),
    Golden("copy done", "copy", m.COPY_DONE, CopyDone()),
    Golden("copy done with a body", "copy", m.message(b"c", b"xx"), CopyDone()),
    Golden("copy fail", "copy", m.copy_fail("no"), CopyFail("no")),
    Golden("copy fail with more behind", "copy", m.message(b"f", b"no\0yes"), CopyFail("no")),
    Golden("copy data, extended", "copy_extended", m.copy_data(b"1\n"), CopyData(b"1\n")),
]

STRING = "invalid string in message"
SHORT = "insufficient data left in message"
FORMAT = "invalid message format"
LAYOUT = "invalid startup packet layout: expected terminator as last byte"


def _bad(name: str, tag: bytes, body: bytes, text: str, sqlstate: str = "08P01", state: str = "ready") -> Refused:
    return Refused(name, state, m.message(tag, body), "ERROR", sqlstate, text)


def _fatal(name: str, raw: bytes, text: str, sqlstate: str = "08P01", state: str = "new") -> Refused:
    return Refused(name, state, raw, "FATAL", sqlstate, text)


def _encoding(shown: str) -> str:
    return f'invalid byte sequence for encoding "UTF8": {shown}'


# As PostgreSQL 15 answers, but for the two notes in the package docstring.
REFUSED = [
    _fatal("packet too long", b"\0\0\x27\x15" + b"x" * 20, "invalid length of startup packet"),
    _fatal("packet too short", b"\0\0\0\x07xxx", "invalid length of startup packet"),
    _fatal("packet of negative length", b"\xff\xff\xff\xffxxx", "invalid length of startup packet"),
    _fatal("HTTP", b"GET / HTTP/1.1\r\n\r\n", "invalid length of startup packet"),
    _fatal("no parameters", m.packet(m.PROTOCOL_3_0), LAYOUT),
    _fatal("no terminator", m.packet(m.PROTOCOL_3_0, b"user\0me\0"), LAYOUT),
    _fatal("name without value", m.packet(m.PROTOCOL_3_0, b"user\0me\0a\0"), LAYOUT),
    _fatal("more behind the terminator", m.packet(m.PROTOCOL_3_0, b"user\0me\0\0xx"), LAYOUT),
    _fatal("no zero byte at all", m.packet(m.PROTOCOL_3_0, b"user"), LAYOUT),
    _fatal("no user", m.startup({}), "no PostgreSQL user name specified in startup packet", "28000"),
    _fatal("empty user", m.startup({"user": ""}), "no PostgreSQL user name specified in startup packet", "28000"),
    _fatal("user not UTF-8", m.packet(m.PROTOCOL_3_0, b"user\0\xff\0\0"), _encoding("0xff"), "22021"),
    _fatal("database not UTF-8", m.packet(m.PROTOCOL_3_0, b"user\0a\0database\0\xff\0\0"), _encoding("0xff"), "22021"),
    _fatal(
        "version 4.0",
        m.startup(version=0x00040000),
        "unsupported frontend protocol 4.0: server supports 3.0 to 3.2",
        "0A000",
    ),
    _fatal(
        "version 2.0",
        m.startup(version=0x00020000),
        "unsupported frontend protocol 2.0: server supports 3.0 to 3.2",
        "0A000",
    ),
    _fatal("cancel key too short", m.cancel_request(1, b"abc"), "invalid length of cancel packet"),
    _fatal("cancel key too long", m.cancel_request(1, b"a" * 257), "invalid length of cancel packet"),
    _fatal("cancel without pid", m.packet(m.CANCEL_REQUEST), "invalid length of cancel packet"),
    _fatal("ssl with a body", m.packet(m.SSL_REQUEST, b"x"), "invalid length of startup packet"),
    _fatal("query for a password", m.query("x"), "expected password response, got message type 81", state="password"),
    _fatal("query for SASL", m.query("x"), "expected SASL response, got message type 81", state="sasl_initial"),
    _fatal("query for SASL", m.query("x"), "expected SASL response, got message type 81", state="sasl"),
    _fatal("query for GSS", m.query("x"), "expected GSS response, got message type 81", state="gss"),
    _fatal("password with a zero byte", m.message(b"p", b"a\0b\0"), "invalid password packet size", state="password"),
    _fatal("password without an end", m.message(b"p", b"a"), "invalid password packet size", state="password"),
    _fatal("no password at all", m.message(b"p"), "invalid password packet size", state="password"),
    _fatal("password too long", b"p\0\1\0\0", "invalid message length", state="password"),
    _fatal("sasl initial, no name", m.message(b"p", b"X"), STRING, state="sasl_initial"),
    _fatal("sasl initial, no length", m.message(b"p", b"X\0\0\0\0"), SHORT, state="sasl_initial"),
    _fatal("sasl initial, short", m.message(b"p", b"X\0\0\0\0\2a"), SHORT, state="sasl_initial"),
    _fatal("sasl initial, long", m.message(b"p", b"X\0\0\0\0\1ab"), FORMAT, state="sasl_initial"),
    _fatal("sasl initial, negative", m.message(b"p", b"X\0\xff\xff\xff\xfe"), SHORT, state="sasl_initial"),
    _fatal("sasl initial, none but some", m.message(b"p", b"X\0\xff\xff\xff\xffa"), FORMAT, state="sasl_initial"),
    _fatal("unknown type", m.message(b"!"), "invalid frontend message type 33", state="ready"),
    _fatal("unknown type, alone", b"!", "invalid frontend message type 33", state="ready"),
    _fatal("password when ready", m.message(b"p", b"x\0"), "invalid frontend message type 112", state="ready"),
    _fatal("length 3", b"Q\0\0\0\3", "invalid message length", state="ready"),
    _fatal("negative length", b"Q\xff\xff\xff\xff", "invalid message length", state="ready"),
    _fatal("query of 1 GiB", b"Q\x40\0\0\0", "invalid message length", state="ready"),
    _fatal("sync of 12 kB", b"S\0\0\x30\0", "invalid message length", state="ready"),
    _bad("query without an end", b"Q", b"select 1", STRING),
    _bad("query of nothing", b"Q", b"", STRING),
    _bad("query with a zero byte", b"Q", b"select 1\0xx\0", FORMAT),
    _bad("query not UTF-8", b"Q", b"'\xff'\0", _encoding("0xff"), "22021"),
    _bad("query cut in a character", b"Q", b"'\xf0\x9f\x98'\0", _encoding("0xf0 0x9f 0x98 0x27"), "22021"),
    _bad("query ends in a character", b"Q", b"\xe2\x82\0", _encoding("0xe2 0x82"), "22021"),
    _bad("query with a surrogate", b"Q", b"\xed\xa0\x80\0", _encoding("0xed 0xa0 0x80"), "22021"),
    _bad("query with a long form", b"Q", b"\xc0\x80\0", _encoding("0xc0 0x80"), "22021"),
    _bad("parse of nothing", b"P", b"", STRING),
    _bad("parse without SQL", b"P", b"s\0", STRING),
    _bad("parse without a count", b"P", b"\0select 1\0\0", SHORT),
    _bad("parse, OIDs missing", b"P", b"\0select 1\0\xff\xff", SHORT),
    _bad("parse, more behind", b"P", b"\0select 1\0\0\0a", FORMAT),
    _bad("parse not UTF-8", b"P", b"\0'\xff'\0\0\0", _encoding("0xff"), "22021"),
    _bad("name not UTF-8", b"P", b"\xff\0x\0\0\0", _encoding("0xff"), "22021"),
    _bad("bind of nothing", b"B", b"", STRING),
    _bad("bind without formats", b"B", b"\0\0", SHORT),
    _bad("bind, formats missing", b"B", b"\0\0\0\2\0\0", SHORT),
    _bad("bind, no values", b"B", b"\0\0\0\0\0", SHORT),
    _bad("bind, values missing", b"B", b"\0\0\0\0\xff\xff", SHORT),
    _bad("bind, value cut", b"B", b"\0\0\0\0\0\1\0\0\0\x09a\0\0", SHORT),
    _bad("bind, value of huge length", b"B", b"\0\0\0\0\0\1\x7f\xff\xff\xffa\0\0", SHORT),
    _bad("bind, negative length", b"B", b"\0\0\0\0\0\1\xff\xff\xff\xfea\0\0", SHORT),
    _bad("bind, no result formats", b"B", b"\0\0\0\0\0\0", SHORT),
    _bad("bind, result formats missing", b"B", b"\0\0\0\0\0\0\0\1", SHORT),
    _bad("bind, more behind", b"B", b"\0\0\0\0\0\0\0\0a", FORMAT),
    _bad("describe of nothing", b"D", b"", "no data left in message"),
    _bad("describe without a name", b"D", b"S", STRING),
    _bad("describe, more behind", b"D", b"Sa\0b", FORMAT),
    _bad("describe something else", b"D", b"Xab\0", "invalid DESCRIBE message subtype 88"),
    _bad("close something else", b"C", b"Xab\0", "invalid CLOSE message subtype 88"),
    _bad("close of nothing", b"C", b"", "no data left in message"),
    _bad("execute of nothing", b"E", b"", STRING),
    _bad("execute cut", b"E", b"\0\0\0", SHORT),
    _bad("execute, more behind", b"E", b"\0\0\0\0\0\0", FORMAT),
    _bad("sync with a body", b"S", b"xx", FORMAT),
    _bad("flush with a body", b"H", b"xx", FORMAT),
    _bad("function call cut", b"F", b"abc", SHORT),
    _bad("function call, no result format", b"F", b"\0\0\0\1\0\0\0\0", SHORT),
    _bad("function call, more behind", b"F", b"\0\0\0\1\0\0\0\0\0\0x", FORMAT),
    _bad("copy fail without an end", b"f", b"no", STRING, state="copy"),
    _bad("copy fail not UTF-8", b"f", b"\xff\0", _encoding("0xff"), "22021", state="copy_extended"),
    Refused(
        "query in a copy",
        "copy",
        m.query("select 1"),
        "ERROR",
        "08P01",
        "unexpected message type 0x51 during COPY from stdin",
    ),
    Refused(
        "terminate in a copy",
        "copy_extended",
        m.TERMINATE,
        "ERROR",
        "08P01",
        "unexpected message type 0x58 during COPY from stdin",
    ),
    Refused(
        "unknown type in a copy",
        "copy",
        m.message(b"!"),
        "ERROR",
        "08P01",
        "unexpected message type 0x21 during COPY from stdin",
    ),
]


def check_refused(event: Event | None, case: Refused) -> None:
    assert isinstance(event, BadMessage)
    assert (event.error.severity, event.error.sqlstate, event.error.message) == (
        case.severity,
        case.sqlstate,
        case.message,
    )
