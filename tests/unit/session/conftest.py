"""Conversations that end with their test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from .conversation import Conversation

Talk = Callable[..., Conversation]


@pytest_asyncio.fixture
async def talk() -> AsyncIterator[Talk]:
    """Makes conversations; afterwards nothing of their sessions is left in the pool."""
    made: list[Conversation] = []

    def make(*arguments: object, **options: object) -> Conversation:
        made.append(Conversation(*arguments, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for conversation in made:
        await conversation.hang_up()
        assert not conversation.pool.leased
