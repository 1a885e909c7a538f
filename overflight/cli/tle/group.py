"""``overflight tle``: element sets, from where they come to what is decided about them."""

import click

from overflight.cli.lazy import LazyGroup
from overflight.cli.options import example

MODULES = {
    "update": ("overflight.cli.tle.update:update", "Fetch element sets from their sources."),
    "sources": ("overflight.cli.tle.sources:sources", "Show the sources, and why one is stopped."),
    "load": ("overflight.cli.tle.load:load", "Load element sets from files."),
    "list": ("overflight.cli.tle.show:list_", "List the element sets in force."),
    "show": ("overflight.cli.tle.show:show", "Show the element set in force of a satellite."),
    "history": ("overflight.cli.tle.show:history", "List all that is stored of a satellite."),
    "diff": ("overflight.cli.tle.show:diff", "Compare two versions of a satellite's elements."),
    "accept": ("overflight.cli.tle.decide:accept", "Take a set out of quarantine."),
    "rollback": ("overflight.cli.tle.decide:rollback", "Put the set before in force again."),
    "unpin": ("overflight.cli.tle.decide:unpin", "Undo a rollback."),
    "adopt": ("overflight.cli.tle.decide:adopt", "Give a satellite its real catalog number."),
    "design": ("overflight.cli.tle.design:design", "Make a set for a satellite not yet launched."),
    "export": ("overflight.cli.tle.export:export", "Write element sets in any format."),
    "backtest": ("overflight.cli.tle.backtest:backtest", "Hold predictions against history."),
}


@click.group(
    cls=LazyGroup,
    modules=MODULES,
    epilog=example("tle update", "tle load stations.txt", "tle show iss"),
)
def tle() -> None:
    """Element sets: fetch, load, show, and decide which is in force."""
