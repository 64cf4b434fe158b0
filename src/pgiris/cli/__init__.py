"""The command line: ``pgiris serve | translate | check``.

Only what the parsing of arguments needs is imported here; each command imports the rest itself, so that
``pgiris --version`` answers at once. Exit status: 0 done; 1 it did not work, and one line on stderr says why;
2 the arguments or the settings are wrong.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pgiris import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from pgiris.config import Settings

BAD_SETTINGS = 2


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every command takes its settings from."""
    for option in (
        click.option(
            "-c", "--set", "assignments", multiple=True, metavar="NAME=VALUE", help="Any setting by its name."
        ),
        click.option("--data", metavar="DIR|:memory:", help="Directory of the stand-in's data.  [backend.data]"),
        click.option("--backend", metavar="KIND", help="Where IRIS SQL runs: local.  [backend.kind]"),
        click.option("--config", metavar="FILE", help="TOML file with settings; also PGIRIS_CONFIG."),
    ):
        command = option(command)
    return command


def load_settings(config: str | None, assignments: tuple[str, ...], options: dict[str, Any]) -> Settings:
    """The settings from file, environment and command line. Bad ones end the process, in one line."""
    from pgiris.config import ConfigError, fields, load

    try:
        given = {name: value for name, value in options.items() if value is not None}
        known = fields()
        for assignment in assignments:
            name, equals, value = assignment.partition("=")
            if not equals:
                raise ConfigError(f"{name}: NAME=VALUE is expected (on the command line)")
            if name not in known:
                raise ConfigError(f"{name}: unknown setting (on the command line)")
            given[name] = value
        return load(config, os.environ, given)
    except ConfigError as error:
        fail(str(error), BAD_SETTINGS)


def fail(message: str, status: int = 1) -> NoReturn:
    """End the process with one line on stderr."""
    click.echo(f"pgiris: {message}", err=True)
    raise SystemExit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pgiris", message="%(prog)s %(version)s")
def main() -> None:
    """Lets any PostgreSQL client talk to InterSystems IRIS."""


@main.command("serve")
@source_options
@click.option(
    "--listen", multiple=True, metavar="HOST:PORT", help="Address to listen on; 0 picks a port.  [server.listen]"
)
@click.option("--auth", metavar="METHOD", help="How clients prove who they are: trust.  [auth.method]")
@click.option("--demo/--no-demo", default=None, help="Load the demo data on first start.  [demo.enabled]")
@click.option("--log-level", metavar="LEVEL", help="debug, info, warning or error.  [log.level]")
@click.option("--log-format", metavar="FORMAT", help="console or json.  [log.format]")
def serve_command(config: str | None, assignments: tuple[str, ...], listen: tuple[str, ...], **options: Any) -> None:
    """Serve PostgreSQL clients until SIGTERM or SIGINT."""
    from pgiris.cli.serve import run

    settings = load_settings(
        config,
        assignments,
        {
            "server.listen": ",".join(listen) or None,
            "backend.kind": options["backend"],
            "backend.data": options["data"],
            "auth.method": options["auth"],
            "demo.enabled": options["demo"],
            "log.level": options["log_level"],
            "log.format": options["log_format"],
        },
    )
    raise SystemExit(run(settings))


@main.command("translate")
@source_options
@click.argument("sql")
def translate_command(
    sql: str, config: str | None, assignments: tuple[str, ...], backend: str | None, data: str | None
) -> None:
    """Print the IRIS SQL that would run for SQL ('-' reads it from stdin), or why it is refused.

    Tables are looked up in the data of --data; without that there are none.
    """
    from pgiris.cli.translate import run

    text = sys.stdin.read() if sql == "-" else sql
    settings = load_settings(config, assignments, {"backend.kind": backend, "backend.data": data or ":memory:"})
    raise SystemExit(run(text, settings))


@main.command("check")
@source_options
def check_command(config: str | None, assignments: tuple[str, ...], backend: str | None, data: str | None) -> None:
    """Report on the configuration and the environment; exit 1 when the server could not start."""
    from pgiris.cli.check import run

    settings = load_settings(config, assignments, {"backend.kind": backend, "backend.data": data})
    raise SystemExit(run(settings))
