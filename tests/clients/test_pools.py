"""Pools, which clean a connection with statements of their own when it comes back."""

from __future__ import annotations

import asyncio

import asyncpg

from tests.server import Address


def test_asyncpgs_pool_takes_connections_back(scenario_server: Address) -> None:
    async def use() -> list[int]:
        async with asyncpg.create_pool(scenario_server.dsn, min_size=1, max_size=2) as pool:

            async def one(number: int) -> int:
                async with pool.acquire() as connection, connection.transaction():
                    return int(await connection.fetchval("SELECT $1::int + 1", number))

            return list(await asyncio.gather(*map(one, range(20))))

    assert asyncio.run(use()) == list(range(1, 21))
