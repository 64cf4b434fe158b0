"""Golden traces: text files of what is sent and what must come back.

::

    # A comment.

    == two statements
    > query('select 1 as a; select 2 as b')
    < T(a:23) D('1') C(SELECT 1) T(b:23) D('2') C(SELECT 1) ZI

A case begins with ``==`` and its name and has a connection of its own, which is started before the first round.
A round is what is sent together and what comes back; both may go over several lines.

``>``           what is sent: calls of the functions in `tests.wire.messages`, separated by commas
``>>``          the same, as the first thing on a fresh connection, which is not started by itself
``<``           what must come back, in the words of `tests.wire.client`; ``*`` stands for anything
``<postgres``   what must come back from PostgreSQL alone; the comment above it says why they differ
``<pgiris``     what must come back from pgiris alone
``! pgiris``    the case fails on pgiris for the reason that follows. Once it does not, the test says so.

The answer is read up to the last ReadyForQuery that is expected; ``<closed>`` and ``<silent>`` wait for that.
After the last round the connection is closed, and nothing more may have come.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.wire import messages

READY = re.compile(r"(?:^| )Z[ITE](?= |$)")
SERVERS = ("postgres", "pgiris")


@dataclass
class Round:
    """Expressions to send, and what must come back from whom; the key "" is for everybody."""

    sent: list[str] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)

    def data(self, names: Mapping[str, object]) -> bytes:
        """The bytes to send; `names` are known to the expressions."""
        known = {**vars(messages), **names}
        made = eval("[" + ",".join(self.sent) + "]", {"__builtins__": {"bytes": bytes, "range": range}}, known)
        return b"".join(item if isinstance(item, bytes) else b"".join(item) for item in made)

    def expected_from(self, server: str) -> str:
        return self.expected.get(server, self.expected.get("", ""))


@dataclass
class Case:
    """A conversation. `gaps` has the reasons why it fails, by server."""

    file: str
    name: str
    line: int
    fresh: bool = False
    gaps: dict[str, str] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.file}: {self.name}"


def parse(text: str, file: str) -> list[Case]:
    """The cases of a trace file. Raises ValueError with the line of what makes no sense."""
    cases: list[Case] = []
    for number, line in enumerate(text.splitlines(), 1):
        sign, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if not sign or sign.startswith("#"):
            continue
        if sign == "==":
            cases.append(Case(file, rest, number))
            continue
        if not cases or not _take(cases[-1], sign, rest):
            raise ValueError(f"{file}:{number}: {line!r} does not belong here")
    return cases


def _take(case: Case, sign: str, rest: str) -> bool:
    if sign == "!":
        server, _, reason = rest.partition(" ")
        case.gaps[server] = reason
        return server in SERVERS and bool(reason)
    if sign in (">", ">>"):
        if not case.rounds or case.rounds[-1].expected:
            case.fresh |= sign == ">>"
            case.rounds.append(Round())
        case.rounds[-1].sent.append(rest.rstrip(","))
        return True
    server = sign[1:]
    if sign[0] != "<" or server not in ("", *SERVERS) or not case.rounds:
        return False
    expected = case.rounds[-1].expected
    expected[server] = f"{expected[server]} {rest}" if server in expected else rest
    return True


def load(directory: Path) -> list[Case]:
    """All cases of a directory's ``.trace`` files."""
    return [case for path in sorted(directory.glob("*.trace")) for case in parse(path.read_text(), path.stem)]


def matches(expected: str, seen: str) -> bool:
    """Whether `seen` is what is expected, where ``*`` stands for anything."""
    pieces = [re.escape(piece) for piece in expected.split("*")]
    return re.fullmatch(".*".join(pieces), seen, re.DOTALL) is not None
