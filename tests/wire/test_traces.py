"""The golden traces, against PostgreSQL and against pgiris."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Protocol

import pytest

from tests.wire import messages
from tests.wire.client import Client
from tests.wire.trace_file import READY, SERVERS, Case, Round, load, matches, parse

CASES = load(Path(__file__).parent / "traces")
SILENCE = 0.3
"""Seconds without a byte that count as silence where that is expected."""


BYTES = ("<S>", "<N>", "<G>")
"""Answers to requests for encryption."""


class Address(Protocol):
    """Where a server listens, and who may log in."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def database(self) -> str: ...


def params() -> list[object]:
    made: list[object] = []
    for server in SERVERS:
        marks = [pytest.mark.postgres] if server == "postgres" else []
        if server == "pgiris" and importlib.util.find_spec("pgiris.server.serve") is None:
            marks = [pytest.mark.skip(reason="pgiris.server does not exist yet")]
        for case in CASES:
            gap = [pytest.mark.xfail(reason=case.gaps[server], strict=True)] if server in case.gaps else []
            made.append(pytest.param(server, case, id=f"{server}-{case.id}", marks=[*marks, *gap]))
    return made


@pytest.mark.parametrize(("name", "case"), params())
def test_a_server_answers_as_the_trace_says(name: str, case: Case, request: pytest.FixtureRequest) -> None:
    address: Address = request.getfixturevalue("postgres" if name == "postgres" else "server")
    names = {"user": address.user, "database": address.database}
    with Client(address.host, address.port) as client:
        if not case.fresh:
            client.send(messages.startup(names))
            assert client.transcript(1)[-1] == "ZI"
        for number, step in enumerate(case.rounds):
            client.send(step.data(names))
            expected = step.expected_from(name)
            seen = " ".join(receive(client, expected))
            assert matches(expected, seen), f"round {number + 1}\nexpected: {expected}\nseen:     {seen}"
        if READY.search(expected):
            client.send(messages.TERMINATE)
            assert client.transcript(0) == ["<closed>"], "something came behind the last round"


def receive(client: Client, expected: str) -> list[str]:
    shown: list[str] = []
    if expected.startswith(BYTES):
        shown.append(client.receive_byte())
    if expected in BYTES:
        return shown
    if expected.endswith(("<silent>", "<closed>")):
        return shown + client.transcript(0, SILENCE if expected.endswith("<silent>") else None)
    return shown + client.transcript(len(READY.findall(expected)))


def test_a_trace_file_is_read_as_its_docstring_says() -> None:
    text = """
    # comment
    == a
    ! pgiris COPY is missing
    > query('x'), SYNC
    > [SYNC] * 2
    < C(SET) *
    < ZI
    <pgiris ZE
    >> query('y')
    < ZI
    """
    (case,) = parse(text, "f")
    assert case.gaps == {"pgiris": "COPY is missing"}
    assert case.rounds[0].data({}) == messages.query("x") + messages.SYNC * 3
    assert case.rounds[0].expected_from("postgres") == "C(SET) * ZI"
    assert case.rounds[0].expected_from("pgiris") == "ZE"
    assert len(case.rounds) == 2


@pytest.mark.parametrize("text", ["> SYNC", "== a\n< ZI", "== a\n> SYNC\n<other ZI", "== a\n! pgiris", "== a\n?"])
def test_what_makes_no_sense_in_a_trace_file_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not belong here"):
        parse(text, "f")


@pytest.mark.parametrize(
    ("expected", "seen", "answer"),
    [
        ("ZI", "ZI", True),
        ("ZI", "ZT", False),
        ("a * c", "a b c", True),
        ("S(*) ZI", "S(a=b) ZI", True),
        ("(", "(", True),
    ],
)
def test_a_star_stands_for_anything(expected: str, seen: str, answer: bool) -> None:
    assert matches(expected, seen) is answer


def test_every_case_has_rounds_and_a_name_of_its_own() -> None:
    assert len({case.id for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.rounds, case.id
        for step in case.rounds:
            assert isinstance(step, Round)
            assert step.expected, case.id
