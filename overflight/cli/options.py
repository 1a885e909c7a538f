"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click

Command = Callable[..., Any]


def format_option(*formats: str) -> Callable[[Command], Command]:
    """Add ``--format``, the first of ``formats`` its default, and its short form ``--json``."""
    choices = formats or ("table", "json")

    def decorate(command: Command) -> Command:
        json_flag = click.option(
            "--json",
            "output_format",
            flag_value="json",
            help="The same as --format json.",
        )
        chosen = click.option(
            "--format",
            "output_format",
            type=click.Choice(choices),
            default=choices[0],
            show_default=True,
            help="How to print.",
        )
        return chosen(json_flag(command))

    return decorate


def renamed_option(old: str, new: str) -> Callable[[Command], Command]:
    """Refuse an option by the name it once had, with the one it has now."""

    def refuse(ctx: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            raise click.UsageError(f"no option '{old}': it is called '{new}' now", ctx)

    return click.option(old, hidden=True, expose_value=False, callback=refuse)


def example(*lines: str) -> str:
    """Return an epilog that shows how the command is typed."""
    return "\b\nExample:\n" + "\n".join(f"  overflight {line}" for line in lines)
