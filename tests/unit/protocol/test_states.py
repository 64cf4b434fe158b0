"""The transition tables: whole, and without dead ends."""

from __future__ import annotations

import dataclasses

import pytest

from pgiris.protocol import backend, frontend, states
from pgiris.protocol.backend import ErrorResponse, ReadyForQuery
from pgiris.protocol.states import BY_TAG, CLIENT, SERVER, State

FRONTEND = [
    entry
    for entry in vars(frontend).values()
    if isinstance(entry, type) and issubclass(entry, frontend.FrontendMessage) and dataclasses.is_dataclass(entry)
]


def test_every_state_says_what_the_server_may_say() -> None:
    assert set(SERVER) == set(State)


def test_every_message_of_the_client_may_come_in_some_state() -> None:
    assert {message for table in CLIENT.values() for message in table} == set(FRONTEND)


def test_no_state_lists_two_messages_with_one_tag() -> None:
    for state, messages in CLIENT.items():
        assert len(BY_TAG[state]) == len(messages)


def reachable(state: State) -> set[State]:
    seen: set[State] = set()
    pending = [state]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        following = {after for after in CLIENT.get(current, {}).values() if after is not None}
        following |= set(SERVER[current].values())
        if State.FLUSH in following:
            following.add(State.READY)
        if State.DESCRIBE_STATEMENT in following:
            following.add(State.DESCRIBE_ROWS)
        pending.extend(following)
    return seen


@pytest.mark.parametrize("state", [state for state in State if state > State.SESSION_START and state < State.BROKEN])
def test_from_every_state_of_a_session_ready_can_be_reached(state: State) -> None:
    assert State.READY in reachable(state)


def test_every_state_of_a_session_is_reached() -> None:
    assert set(State) - reachable(State.AUTHENTICATION) <= {
        *{State.STARTUP, State.ENCRYPTION_ASKED, State.HANDSHAKE, State.BROKEN, State.OUT_OF_STEP},
    }


@pytest.mark.parametrize("state", list(State))
def test_either_the_client_or_the_server_has_the_word(state: State) -> None:
    if state in CLIENT and state not in states.IN_COPY:
        assert not SERVER[state]


@pytest.mark.parametrize(
    "message",
    [frontend.Parse, frontend.Bind, frontend.Execute, frontend.Close, frontend.Describe, frontend.Flush],
)
def test_an_error_in_an_extended_query_skips_to_sync(message: type[frontend.FrontendMessage]) -> None:
    state = CLIENT[State.READY][message]
    assert state is not None
    assert SERVER[state][ErrorResponse] is State.SKIPPING


@pytest.mark.parametrize("message", [frontend.Query, frontend.Sync, frontend.FunctionCall])
def test_an_error_elsewhere_leaves_ready_for_query(message: type[frontend.FrontendMessage]) -> None:
    state = CLIENT[State.READY][message]
    assert state is not None
    assert SERVER[SERVER[state][ErrorResponse]] == {ReadyForQuery: State.READY}


def test_while_skipping_all_messages_of_a_session_are_known() -> None:
    assert set(CLIENT[State.SKIPPING]) == set(CLIENT[State.READY])


def test_notices_may_be_said_during_a_query_and_notifications_when_idle() -> None:
    assert State.QUERY in states.ANY_TIME[backend.NoticeResponse]
    assert State.READY in states.ANY_TIME[backend.NotificationResponse]
    assert State.AUTHENTICATION not in states.ANY_TIME[backend.ParameterStatus]
