"""Mutated golden conversations against a session in memory: it answers, ends in order, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.session.conversation import (
    FLUSH,
    SYNC,
    TERMINATE,
    Conversation,
    bind,
    close,
    describe,
    execute,
    message,
    parse,
    query,
    render,
)
from tests.unit.session.test_conversations import ANSWERS, PLANS

MESSAGES: Sequence[bytes] = (
    query("select 1"),
    query("select 1; select 1/0; select 2"),
    query("begin"),
    query("insert; savepoint a; update; rollback to a"),
    query("commit"),
    query("rollback"),
    query("set application_name = 'x'; show all"),
    query("prepare q as select 1; execute q; deallocate all"),
    query("listen c; notify c, 'p'; unlisten *; close all; discard all"),
    query("selct"),
    parse("select 1", "s"),
    parse("values (1),(2)"),
    parse("select $1::int", "i", [23]),
    bind("", "i", [b"7"]),
    bind("", "i", [b"\0\0\0\7"], [1], [1]),
    bind("p", "s"),
    bind(),
    describe("S", "s"),
    describe("P", "p"),
    execute("p", 1),
    execute(),
    close("S", "s"),
    close("P", "p"),
    FLUSH,
    SYNC,
    TERMINATE,
    message(b"F", b"\0\0\0\1\0\0\0\0\0\0"),
    message(b"d", b"x"),
    message(b"c"),
    message(b"f", b"no\0"),
)

EDITS = st.tuples(st.integers(0, 2**16), st.sampled_from("cdi"), st.binary(min_size=1, max_size=6))


def damaged(messages: Sequence[bytes], edits: Sequence[tuple[int, str, bytes]]) -> bytes:
    """The messages in a row, with bytes changed, cut out and put in."""
    data = bytearray(b"".join(messages))
    for where, kind, piece in edits:
        at = where % (len(data) + 1)
        if kind == "c":
            data[at : at + len(piece)] = piece
        elif kind == "d":
            del data[at : at + len(piece)]
        else:
            data[at:at] = piece
    return bytes(data)


async def converse(data: bytes) -> bytes:
    conversation = Conversation(PLANS, ANSWERS)
    said = await conversation.say(data)
    del said
    heard = bytes(conversation.wire.sent)
    await conversation.hang_up()
    assert conversation.ended
    assert not conversation.pool.leased, "a backend was left behind"
    assert len(conversation.session.portals) == 0
    return heard


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=25), st.lists(EDITS, max_size=4))
def test_a_mutated_conversation_ends_in_order(messages: list[bytes], edits: list[tuple[int, str, bytes]]) -> None:
    heard = render(asyncio.run(converse(damaged(messages, edits))))
    assert "XX000" not in heard


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([m for m in MESSAGES if m[:1] not in b"XF"]), min_size=1, max_size=25))
def test_every_query_and_every_sync_gets_exactly_one_ready_for_query(messages: list[bytes]) -> None:
    heard = render(asyncio.run(converse(b"".join(messages) + SYNC)))
    words = heard.split()
    ready = sum(word in ("ZI", "ZT", "ZE") for word in words)
    skipped = False
    expected = 0
    # Only Sync ends the skipping that an error in an extended message begins, and a Query in it is dropped; so the
    # number lies between that of the Syncs and that of the Syncs and Queries together.
    for each in messages:
        expected += each[:1] in (b"Q", b"S")
        skipped = skipped or each[:1] in b"PBDEC"
    expected += 1
    syncs = 1 + sum(each[:1] == b"S" for each in messages)
    assert syncs <= ready <= expected
    if not skipped:
        assert ready == expected
    assert words[-1] in ("ZI", "ZT", "ZE")
