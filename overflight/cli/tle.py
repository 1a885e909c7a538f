"""``overflight tle``: element sets, from where they come to what is decided about them."""

import click

from overflight.cli.lazy import LazyGroup
from overflight.cli.options import example

MODULES = {
    "update": ("overflight.cli.tle_update:update", "Fetch element sets from their sources."),
    "sources": ("overflight.cli.tle_sources:sources", "Show the sources, and why one is stopped."),
    "load": ("overflight.cli.tle_load:load", "Load element sets from files."),
    "list": ("overflight.cli.tle_show:list_", "List the element sets in force."),
    "show": ("overflight.cli.tle_show:show", "Show the element set in force of a satellite."),
    "history": ("overflight.cli.tle_show:history", "List all that is stored of a satellite."),
    "diff": ("overflight.cli.tle_show:diff", "Compare two versions of a satellite's elements."),
    "accept": ("overflight.cli.tle_decide:accept", "Take a set out of quarantine."),
    "rollback": ("overflight.cli.tle_decide:rollback", "Put the set before in force again."),
    "unpin": ("overflight.cli.tle_decide:unpin", "Undo a rollback."),
    "adopt": ("overflight.cli.tle_decide:adopt", "Give a satellite its real catalog number."),
    "design": ("overflight.cli.tle_design:design", "Make a set for a satellite not yet launched."),
    "export": ("overflight.cli.tle_export:export", "Write element sets in any format."),
    "backtest": ("overflight.cli.tle_backtest:backtest", "Hold predictions against history."),
}


@click.group(
    cls=LazyGroup,
    modules=MODULES,
    epilog=example("tle update", "tle load stations.txt", "tle show iss"),
)
def tle() -> None:
    """Element sets: fetch, load, show, and decide which is in force."""
