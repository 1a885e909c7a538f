"""``overflight config``: write and show the settings."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.cells import cell
from overflight.cli.lazy import HelpfulGroup
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from overflight.cli.context import Context


@click.group(cls=HelpfulGroup, epilog=example("config show"))
def config() -> None:
    """Write and show the settings."""


@config.command(epilog=example("config init"))
@click.pass_obj
def init(context: "Context") -> None:
    """Write an overflight.toml that explains every key into the home.

    A file that is there is never overwritten.
    """
    from overflight.home import create_home
    from overflight.settings.text import example_settings
    from overflight.settings.values import FILE_NAME

    create_home(context.home)
    path = context.home / FILE_NAME
    _write_new(path, example_settings())
    console.say(f"wrote {path}: remove the '#' before a key to change it")


@config.command(epilog=example("config show", "--set smtp.port=2525 config show --format json"))
@format_option("table", "json")
@click.pass_obj
def show(context: "Context", output_format: str) -> None:
    """Show every setting and where its value came from.

    --set beats an environment variable, which beats overflight.toml, which beats the default.
    JSON adds the name of the variable and a line of help. Passwords are hidden.
    """
    from overflight.settings.text import describe

    settings = describe(context.settings)
    if output_format == "json":
        console.print_json(settings)
        return
    rows = [(setting.key, cell(setting.value), setting.origin) for setting in settings]
    console.print_table(("key", "value", "origin"), rows)


@config.command(epilog=example("config path"))
@click.pass_obj
def path(context: "Context") -> None:
    """Print where overflight.toml is looked for."""
    from overflight.settings.values import FILE_NAME

    console.print_line(str(context.home / FILE_NAME))


def _write_new(path: Path, text: str) -> None:
    """Write a file that only its owner may read, unless there is one."""
    from messaging.errors import Problem
    from overflight.errors import SettingsError
    from overflight.files import create_private

    try:
        create_private(path, text.encode())
    except FileExistsError:
        advice = "edit it, or move it away and run 'overflight config init' again"
        problem = Problem(origin=str(path), expected="no file yet", got="one", advice=advice)
        raise SettingsError(problem) from None
