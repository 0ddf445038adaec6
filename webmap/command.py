"""The commands `planner serve` and `planner password`, found by the command line through their entry points."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geodata.errors import Fault
from geodata.messages import translator
from planner.errors import ConfigurationError

if TYPE_CHECKING:
    from webmap.cache import Swept

_ = translator("webmap")

THREADS = 8


@click.command()
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="Plan store; `plans` when left out.",
)
@click.option("--host", help="Address to listen on; 127.0.0.1 when left out.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port; 8765 when left out, 0 for any free one."
)
@click.option(
    "--settings",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file: users, tile servers; see docs/web.md.",
)
def serve(store: Path | None, host: str | None, port: int | None, path: Path | None) -> None:
    """Show the plans of a store to people with a browser: maps, tables, comparison, search, downloads."""
    from waitress import create_server

    from webmap.app import create_app
    from webmap.settings import read_settings

    settings = read_settings(path, store=store, host=host, port=port)
    if settings.store.exists() and not settings.store.is_dir():
        raise ConfigurationError(Fault(_("the plan store is no folder"), str(settings.store)))
    app = create_app(settings)
    # A crowd at once waits its turn; that is no fault to be told for every reader.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listening = listen(settings.host, settings.port)
    server = create_server(
        app, sockets=[listening], threads=THREADS, ident=None, connection_limit=1000, channel_timeout=60,
        max_request_body_size=1_048_576, clear_untrusted_proxy_headers=True,
    )  # fmt: skip
    app.extensions["shelf"].prepare(_say_swept)
    where = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"http://{where}:{listening.getsockname()[1]}/")
    sys.stdout.flush()
    click.echo(_("press Ctrl+C to stop"), err=True)
    server.run()


def _say_swept(swept: Swept) -> None:
    said = _("removed what nobody reads any more from the cache: {count} folders, {size} MB")
    click.echo(said.format(count=swept.folders, size=round(swept.size / 1e6)), err=True)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, or say why it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
    except OSError as error:
        listening.close()
        fix = _("choose another with --port, or stop the program that uses it")
        what = _("cannot listen on {host}, port {port}: {error}")
        said = what.format(host=host, port=port, error=error.strerror or error)
        raise ConfigurationError(Fault(said, "planner serve", fix=fix)) from error
    return listening


@click.command()
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for when left out.",
)
def password(password: str) -> None:
    """Print the hash of a password, for `password_hash` in the settings of `planner serve`."""
    from werkzeug.security import generate_password_hash

    if len(password) < 10:
        raise ConfigurationError(
            Fault(_("a password needs at least 10 characters"), "planner password")
        )
    click.echo(generate_password_hash(password))
