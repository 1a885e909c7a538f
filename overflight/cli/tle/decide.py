"""``overflight tle accept, rollback, unpin, adopt``: what a person decides about element sets."""

from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example
from overflight.cli.tle.load import PLANNED_ANEW, label

if TYPE_CHECKING:
    from overflight.cli.context import Context


@click.command(epilog=example("tle accept 25544"))
@click.argument("satellite")
@click.pass_obj
def accept(context: "Context", satellite: str) -> None:
    """Take the newest quarantined set of SATELLITE out of quarantine."""
    from tle.versions.decisions import accept as accept_newest

    norad_id = _number(context, satellite)
    accepted = accept_newest(context.database, norad_id, now=context.now())
    console.print_line(f"{label(accepted.element_set)}: accepted, {accepted.state.value}")
    console.say(PLANNED_ANEW)


@click.command(epilog=example("tle rollback 25544"))
@click.argument("satellite")
@click.pass_obj
def rollback(context: "Context", satellite: str) -> None:
    """Put the set of SATELLITE before the one in force in force again.

    It stays until a set comes whose epoch is newer than that of the one it replaces, or until
    overflight tle unpin. Repeated, it goes back a step further.
    """
    from tle.versions.decisions import roll_back

    norad_id = _number(context, satellite)
    chosen = roll_back(context.database, norad_id, now=context.now())
    console.print_line(f"{label(chosen)}: in force, pinned")
    console.say(PLANNED_ANEW)


@click.command(epilog=example("tle unpin 25544"))
@click.argument("satellite")
@click.pass_obj
def unpin(context: "Context", satellite: str) -> None:
    """Undo the rollback of SATELLITE: the newest epoch is in force again."""
    from tle.versions.decisions import unpin as take_pin_away

    norad_id = _number(context, satellite)
    chosen = take_pin_away(context.database, norad_id, now=context.now())
    console.print_line(f"{label(chosen)}: in force")
    console.say(PLANNED_ANEW)


@click.command(epilog=example("tle adopt 99001 25999"))
@click.argument("temporary", type=click.IntRange(1, 999_999_999))
@click.argument("number", type=click.IntRange(1, 999_999_999))
@click.option("--force", is_flag=True, help="Even if the two are on different orbits.")
@click.pass_obj
def adopt(context: "Context", temporary: int, number: int, force: bool) -> None:
    """Give the satellite known as TEMPORARY its real catalog NUMBER.

    Its element sets and its waiting messages carry over, campaigns and settings that name TEMPORARY
    mean NUMBER from now on, and so do sets that are still loaded under it. This cannot be undone.
    """
    from messaging.adoption import adopt_satellite

    sets, passes = adopt_satellite(
        context.database, temporary, number, now=context.now(), force=force
    )
    console.print_line(
        f"{temporary} is {number} now: {sets} element sets and {passes} planned passes moved"
    )


def _number(context: "Context", satellite: str) -> int:
    from tle import select_satellite
    from tle.versions.in_force import satellite_names

    with context.database.reading() as reader:
        return select_satellite(satellite, satellite_names(reader))
