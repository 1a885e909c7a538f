"""Click groups that import a command when called, and answer wrong verbs with the right one."""

from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

# What people type who know other tools; the answer names our verbs, of this group or below it.
OTHER_WORDS = {
    "add": ("import", "load", "init", "tle load", "customers import", "campaign load"),
    "daemon": ("run",),
    "delete": ("cancel", "stop"),
    "download": ("update", "tle update"),
    "fetch": ("update", "tle update"),
    "get": ("show",),
    "import": ("load", "customers import"),
    "load": ("import", "tle load", "campaign load"),
    "ls": ("list",),
    "next": ("passes",),
    "predict": ("passes",),
    "preview": ("passes",),
    "refresh": ("update", "tle update"),
    "remove": ("cancel", "stop"),
    "rm": ("cancel",),
    "send": ("run",),
    "serve": ("run",),
    "simulate": ("rehearse",),
    "start": ("run", "arm"),
    "update": ("tle update",),
    "upload": ("load", "import", "tle load", "customers import", "campaign load"),
}
LIKENESS = 0.65  # below it "load" would be "plan"


class HelpfulGroup(click.Group):
    """A group that names the nearest command when asked for one that does not exist."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a wrong name is a usage error with a suggestion."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            raise click.UsageError(self._unknown(ctx, name), ctx)
        return super().resolve_command(ctx, args)

    def _unknown(self, ctx: click.Context, name: str) -> str:
        known = self.list_commands(ctx)
        others = OTHER_WORDS.get(name.casefold(), ())
        meant = [words for words in others if words.partition(" ")[0] in known]
        near = meant or get_close_matches(name.casefold(), known, n=1, cutoff=LIKENESS)
        if near:
            verbs = " or ".join(f"'{ctx.command_path} {words}'" for words in near)
            return f"no command '{name}'; did you mean {verbs}?"
        return f"no command '{name}'; there are: {', '.join(known)}"


class LazyGroup(HelpfulGroup):
    """A group that knows its commands by the module that holds each."""

    def __init__(self, *args: Any, modules: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        """Take ``modules``: command name -> (module:attribute, one line of help)."""
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of a day's work, not of the alphabet."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - see above
        """Import and return one command."""
        if name not in self._modules:
            return None
        module, _, attribute = self._modules[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        rows = [(name, self._modules[name][1]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
