"""LISTEN, NOTIFY, UNLISTEN: effect at commit, each notification once, delivery to idle and busy sessions."""

from __future__ import annotations

import pytest

from pgiris.session.notifications import MAX_WAITING, Channels

from .conftest import Talk
from .conversation import Conversation, query


@pytest.fixture
def two(talk: Talk) -> tuple[Conversation, Conversation]:
    channels = Channels()
    return talk(channels=channels), talk(channels=channels)


async def test_a_session_hears_itself_before_ready_for_query(talk: Talk) -> None:
    assert await talk().say(query("listen ch; notify ch, 'p'")) == "C(LISTEN) C(NOTIFY) A(ch,p) ZI"


async def test_equal_notifications_of_a_transaction_are_sent_once(talk: Talk) -> None:
    conversation = talk()
    await conversation.say(query("listen ch"))
    answer = await conversation.say(query("begin; notify ch, 'a'; notify ch, 'a'; notify ch, 'b'; commit"))
    assert answer.endswith("C(COMMIT) A(ch,a) A(ch,b) ZI")


async def test_what_is_rolled_back_is_not_heard(talk: Talk) -> None:
    conversation = talk()
    await conversation.say(query("listen ch"))
    assert "A(" not in await conversation.say(query("begin; notify ch; rollback"))
    answer = await conversation.say(
        query("begin; notify ch, 'kept'; savepoint s; notify ch, 'lost'; rollback to s; commit")
    )
    assert answer.endswith("A(ch,kept) ZI")
    await conversation.say(query("begin; unlisten *; rollback"))
    assert "A(ch,x)" in await conversation.say(query("notify ch, 'x'"))


async def test_an_idle_session_hears_at_once(two: tuple[Conversation, Conversation]) -> None:
    listener, speaker = two
    await listener.say(query("listen ch"))
    listener.wire.sent.clear()
    await speaker.say(query("notify ch, 'hello'"))
    assert listener.heard() == "A(ch,hello)"


async def test_a_session_in_a_transaction_hears_when_it_is_over(two: tuple[Conversation, Conversation]) -> None:
    listener, speaker = two
    await listener.say(query("listen ch"))
    await listener.say(query("begin"))
    listener.wire.sent.clear()
    await speaker.say(query("notify ch, 'hello'"))
    assert listener.heard() == ""
    assert await listener.say(query("commit")) == "C(COMMIT) A(ch,hello) ZI"


async def test_nobody_hears_after_unlisten_discard_or_the_end(two: tuple[Conversation, Conversation]) -> None:
    listener, speaker = two
    for silence in ("unlisten ch", "unlisten *", "discard all"):
        await listener.say(query("listen ch"))
        await listener.say(query(silence))
        listener.wire.sent.clear()
        await speaker.say(query("notify ch"))
        assert listener.heard() == ""
    await listener.say(query("listen ch"))
    await listener.hang_up()
    await speaker.say(query("notify ch"))


async def test_long_channels_and_payloads_are_refused(talk: Talk) -> None:
    conversation = talk()
    assert "E(ERROR,22023,'payload string too long')" in await conversation.say(query(f"notify ch, '{'x' * 8000}'"))
    assert "E(ERROR,22023,'channel name too long')" in await conversation.say(query(f"notify {'c' * 64}"))


async def test_a_client_that_never_listens_to_what_it_asked_for_is_sent_away(
    two: tuple[Conversation, Conversation],
) -> None:
    listener, speaker = two
    await listener.say(query("listen ch"))
    await listener.say(query("begin"))
    for number in range(0, MAX_WAITING + 100, 100):
        await speaker.say(query("begin;" + "".join(f"notify ch, '{number + n}';" for n in range(100)) + "commit"))
    await listener._settled()
    assert listener.ended
    assert "53400" in listener.heard()


async def test_close_drops_cursors_by_name_and_all_of_them(talk: Talk) -> None:
    conversation = talk()
    assert await conversation.say(query("close all")) == "C(CLOSE CURSOR ALL) ZI"
    assert await conversation.say(query("close c")) == "E(ERROR,34000,'cursor \"c\" does not exist') ZI"
