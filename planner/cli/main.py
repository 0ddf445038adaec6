"""The `planner` group: finds commands of upper layers by entry points, and turns errors into messages and exit codes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from importlib.metadata import entry_points

import click

from geodata.errors import FaultsError
from geodata.messages import Language, set_language, translator

_ = translator("planner")

INTERRUPTED = 130


class Group(click.Group):
    """Commands of this package, and those that other packages register under ``planner.commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(
            {
                *super().list_commands(ctx),
                *(entry.name for entry in entry_points(group="planner.commands")),
            }
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command by name; upper layers are imported only when their command is called."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for entry in entry_points(group="planner.commands"):
            if entry.name == cmd_name:
                command: click.Command = entry.load()
                return command
        return None


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help="Language of messages; else PLANNER_LANG, else the locale's.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="union-service-planner")
@click.pass_context
def planner(ctx: click.Context, lang: Language | None, *, debug: bool) -> None:
    """Plan federation districts, service stations, service points and rest stations from a register and a road file."""
    ctx.obj = {"debug": debug}
    set_language(lang or preferred_language())


def preferred_language() -> Language:
    """Return the language the environment asks for: PLANNER_LANG, else the locale, else English."""
    wanted = (
        os.environ.get("PLANNER_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    )
    return "zh" if wanted.lower().startswith("zh") else "en"


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code; a traceback is shown only with ``--debug``."""
    from planner.cli import commands

    commands.register(planner)
    words = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in words
    if arguments is None:
        # Whoever ends the process politely gets the same clean end as with Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        planner.main(args=words, prog_name="planner", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show(file=sys.stderr)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        say(_("interrupted; nothing half-written was left, run the same command again"))
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except FaultsError as error:
        say(str(error))
        if debug:
            traceback.print_exc()
        sys.exit(error.exit_code)
    except MemoryError:
        say(_("out of memory; use a smaller area or a larger machine"))
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last door: people get a sentence, --debug the traceback
        say(_("unexpected error: {error}").format(error=f"{type(error).__name__}: {error}"))
        say(_("please report it with the output of the same command and --debug"))
        if debug:
            traceback.print_exc()
        sys.exit(1)


def say(text: str) -> None:
    """Write a line for people on stderr."""
    click.echo(text, err=True)
