from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from pgiris.backend.opening import open_pool
from pgiris.catalog.snapshot import SchemaCache
from pgiris.config import BackendSettings, Settings
from pgiris.demo.client import InternalClient, connected
from pgiris.demo.load import load
from pgiris.demo.tables import TABLES, DemoTable
from pgiris.errors import PgError
from pgiris.session.settings import server_defaults
from pgiris.session.surroundings import Services
from pgiris.sql.translate import Translator

LITTLE = DemoTable(
    "little", 2, "CREATE TABLE little (id integer PRIMARY KEY, name text)", lambda: ((n, f"n{n}") for n in range(300))
)
CHILD = DemoTable(
    "child", 1, "CREATE TABLE child (id integer NOT NULL REFERENCES little (id))", lambda: ((n,) for n in range(10))
)
SOME = (LITTLE, CHILD)


@pytest_asyncio.fixture
async def client() -> AsyncIterator[InternalClient]:
    schemas = SchemaCache()
    async with open_pool(Settings(backend=BackendSettings(data=":memory:"))) as pool:
        services = Services(translator=Translator(), pool=pool, schemas=lambda _: schemas, defaults=server_defaults({}))
        async with connected(services, "_SYSTEM", "USER") as opened:
            yield opened


async def count(client: InternalClient, table: str) -> int:
    return int((await client.query(f"SELECT count(*) FROM {table}"))[0][0] or 0)


async def test_all_tables_are_filled_and_queries_find_what_they_should(client: InternalClient) -> None:
    assert await load(client)
    found = {table.name: await count(client, table.name) for table in TABLES}
    assert found == {
        "flower": 150,
        "customer": 1_000,
        "product": 200,
        "orders": 10_000,
        "order_item": 30_000,
        "document": 2_000,
    }
    nearest = await client.query(
        "SELECT id, species FROM flower WHERE id <> 1 ORDER BY measures <-> '[5.1,3.5,1.4,0.2]' LIMIT 1"
    )
    assert nearest == [("18", "setosa")]
    differing = await client.query(
        "SELECT o.id FROM orders o JOIN order_item i ON i.order_id = o.id GROUP BY o.id, o.total "
        "HAVING sum(i.quantity * i.price) <> o.total"
    )
    assert differing == []


async def test_a_second_load_changes_nothing_whatever_became_of_the_data(client: InternalClient) -> None:
    assert await load(client, SOME)
    await client.query("DROP TABLE child")
    await client.query("DELETE FROM little WHERE id > 9")
    assert not await load(client, SOME)
    assert await count(client, "little") == 10


async def test_a_load_that_broke_off_is_done_again(client: InternalClient) -> None:
    def broken() -> Iterator[tuple[object, ...]]:
        yield from [(n, "x") for n in range(200)]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await load(client, (LITTLE._replace(rows=broken), CHILD))
    await client.query("ROLLBACK")
    assert await load(client, SOME)
    assert (await count(client, "little"), await count(client, "child")) == (300, 10)
    assert not await load(client, SOME)


async def test_tables_of_somebody_else_are_left_alone(client: InternalClient) -> None:
    await client.query("CREATE TABLE child (mine integer)")
    await client.query("INSERT INTO child VALUES (1)")
    assert not await load(client, SOME)
    assert await client.query("SELECT mine FROM child") == [("1",)]
    with pytest.raises(PgError) as failure:
        await client.query("SELECT * FROM little")
    assert failure.value.sqlstate == "42P01"


async def test_the_client_raises_what_the_server_answers_and_goes_on(client: InternalClient) -> None:
    with pytest.raises(PgError) as failure:
        await client.query("SELECT 1 +")
    assert failure.value.sqlstate == "42601"
    assert await client.query("SELECT 1, NULL, 'ä'") == [("1", None, "ä")]
