"""The scenario with JavaScript's, Java's, Go's and Rust's drivers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients import programs
from tests.clients.scenario import CHECKS
from tests.server import Address

pytestmark = pytest.mark.timeout(900)


def table(name: str) -> str:
    return "scenario_" + name.replace(" ", "_").replace("-", "_").lower()


@pytest.mark.parametrize("driver", ["pg", "postgres"])
@pytest.mark.parametrize("mode", ["unprepared", "prepared"])
def test_a_javascript_client_runs_the_scenario(driver: str, mode: str, scenario_server: Address) -> None:
    directory = programs.node()
    command = ["node", f"{driver}.mjs", scenario_server.dsn, table(f"js {driver} {mode}"), mode, "vectors"]
    assert tuple(programs.run(command, directory)) == CHECKS


@pytest.mark.parametrize("mode", ["simple", "extended", "extendedForPrepared"])
def test_jdbc_runs_the_scenario(mode: str, scenario_server: Address) -> None:
    directory = programs.jdbc()
    url = (
        f"jdbc:postgresql://{scenario_server.host}:{scenario_server.port}/{scenario_server.database}"
        f"?user={scenario_server.user}&preferQueryMode={mode}&binaryTransfer=true&prepareThreshold=3"
    )
    command = ["java", "-cp", str(Path("lib") / "*"), "Scenario.java", url, table(f"jdbc {mode}"), "vectors"]
    assert tuple(programs.run(command, directory)) == CHECKS


@pytest.mark.parametrize("driver", ["pgx", "pgx-exec", "pgx-simple", "pq"])
def test_a_go_client_runs_the_scenario(driver: str, scenario_server: Address) -> None:
    directory = programs.go()
    command = ["./scenario", driver, scenario_server.dsn, table(f"go {driver}"), "vectors"]
    assert tuple(programs.run(command, directory)) == CHECKS


def test_tokio_postgres_runs_the_scenario(scenario_server: Address) -> None:
    directory = programs.rust()
    command = ["target/debug/scenario", scenario_server.dsn, table("rust"), "vectors"]
    assert tuple(programs.run(command, directory)) == CHECKS
