"""Servers that end with their test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio

from .harness import House

Build = Callable[..., Awaitable[House]]


@pytest_asyncio.fixture
async def build() -> AsyncIterator[Build]:
    houses: list[House] = []

    async def make(**options: object) -> House:
        houses.append(await House.build(**options))  # type: ignore[arg-type]
        return houses[-1]

    yield make
    for house in houses:
        await house.close()
