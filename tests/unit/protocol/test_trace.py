"""Traces read as libpq's do, and never hold a secret."""

from __future__ import annotations

import pytest

from pgiris.errors import PgError
from pgiris.protocol import Field, PasswordMessage, Query, SASLInitialResponse, ServerProtocol, StartupMessage
from pgiris.protocol import trace as t
from pgiris.protocol.frontend import Bind, Describe, Execute, FrontendMessage, Parse, Sync
from tests.unit.protocol.golden import GOLDEN, REFUSED, STATES, ready
from tests.wire import messages as m


@pytest.mark.parametrize(
    ("message", "raw", "line"),
    [
        (Query, m.query("SELECT 1.0"), 'F\t15\tQuery\t "SELECT 1.0"'),
        (Parse, m.parse("SELECT $1", "", [23]), 'F\t21\tParse\t "" "SELECT $1" 1 23'),
        (Bind, m.bind("", "s", [b"1", None], [0, 1]), 'F\t26\tBind\t "" "s" 2 0 1 2 1 \'1\' -1 0'),
        (Describe, m.describe("P", ""), 'F\t6\tDescribe\t P ""'),
        (Execute, m.execute("", 0), 'F\t9\tExecute\t "" 0'),
        (Sync, m.SYNC, "F\t4\tSync"),
        (Query, m.message(b"Q", b"a\0b"), "F\t7\tQuery\t \"a\" 'b'"),
        (Query, m.message(b"Q", b"a\n"), "F\t6\tQuery\t malformed 'a\\x0a'"),
        (PasswordMessage, m.message(b"p", b"hush\0"), "F\t9\tPasswordMessage\t ..."),
        (SASLInitialResponse, m.message(b"p", b"A\0\0\0\0\4hush"), 'F\t14\tSASLInitialResponse\t "A" ...'),
    ],
)
def test_a_message_of_the_client(message: type[FrontendMessage], raw: bytes, line: str) -> None:
    assert t.frontend(message, raw[5:]) == line


def test_messages_of_the_server() -> None:
    lines: list[str] = []
    engine = ready(ServerProtocol(trace=lines.append))
    engine.receive(m.query("select 1"))
    engine.next_event()
    engine.row_description([Field("?column?", 0, 0, 23, 4, -1, 0)])
    engine.rows(b"D\0\0\0\x0b\0\1\0\0\0\x011" + b"D\0\0\0\x0a\0\1\xff\xff\xff\xff")
    engine.command_complete("SELECT 2")
    engine.error(PgError("22012", "division by zero"))
    engine.ready_for_query("I")
    assert lines == [
        'F\t17\tStartupMessage\t 3 0 "user" "me" "database" "me"',
        "B\t8\tAuthentication\t 0",
        "B\t12\tBackendKeyData\t 1 ...",
        "B\t5\tReadyForQuery\t I",
        'F\t13\tQuery\t "select 1"',
        'B\t33\tRowDescription\t 1 "?column?" 0 0 23 4 -1 0',
        "B\t11\tDataRow\t 1 1 '1'",
        "B\t10\tDataRow\t 1 -1",
        'B\t13\tCommandComplete\t "SELECT 2"',
        'B\t44\tErrorResponse\t S "ERROR" V "ERROR" C "22012" M "division by zero" \\x00',
        "B\t5\tReadyForQuery\t I",
    ]


def test_packets_without_a_tag() -> None:
    lines: list[str] = []
    engine = ServerProtocol(trace=lines.append)
    engine.receive(m.packet(m.SSL_REQUEST))
    engine.next_event()
    engine.refuse_encryption()
    engine.receive(m.cancel_request(7, b"hush"))
    engine.next_event()
    assert lines == ["F\t8\tSSLRequest", "B\t1\tEncryptionResponse\t N", "F\t16\tCancelRequest\t 7 ..."]


def test_long_values_and_lists_are_cut() -> None:
    line = t.frontend(Bind, m.bind("", "", [b"x" * 1000] * 1000)[5:])
    assert len(line) < 15_000
    assert "..." in line


def test_secrets_never_appear() -> None:
    lines: list[str] = []
    engine = ServerProtocol(trace=lines.append)
    engine.receive(m.startup({"user": "me"}, m.PROTOCOL_3_2))
    assert isinstance(engine.next_event(), StartupMessage)
    engine.authentication_cleartext_password()
    engine.receive(m.message(b"p", b"hush\0"))
    engine.next_event()
    engine.authentication_md5_password(b"hush")
    engine.receive(m.message(b"p", b"hush\0"))
    engine.next_event()
    engine.authentication_ok()
    engine.backend_key_data(1, b"hushhush")
    assert "hush" not in "".join(lines)


@pytest.mark.parametrize("case", [*GOLDEN, *REFUSED], ids=lambda case: case.name)
def test_whatever_comes_can_be_traced(case: object) -> None:
    lines: list[str] = []
    engine = STATES[case.state]()  # type: ignore[attr-defined]
    engine._trace = lines.append
    engine.receive(case.raw)  # type: ignore[attr-defined]
    list(engine.events())
    assert all("\n" not in line for line in lines)
