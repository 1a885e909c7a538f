"""``overflight tle design``: a made-up element set for a satellite that does not fly yet."""

import re
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example
from overflight.errors import OverflightError

if TYPE_CHECKING:
    from datetime import datetime

    from overflight.cli.root import Context
    from tle import ElementSet
    from tle.ports import Reader

SOURCE = "synthetic"
FIRST_NUMBER = 99_001
LOCAL_TIME = re.compile(r"(?P<hours>[01]?\d|2[0-3]):(?P<minutes>[0-5]\d)", re.ASCII)
DAYS_PER_MONTH = 30


class NumberTakenError(OverflightError):
    """The number belongs to a satellite whose real elements are stored."""


def _hours(_ctx: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    time = LOCAL_TIME.fullmatch(text)
    if time is None:
        raise click.BadParameter(f"expected a local time such as 10:30, got '{text}'")
    return int(time["hours"]) + int(time["minutes"]) / 60


@click.command(
    epilog=example("tle design --altitude 500 --inclination 97.5 --ltan 10:30 --name Greeter")
)
@click.option("--altitude", "altitude_km", type=float, required=True, help="Mean height, km.")
@click.option("--inclination", "inclination_deg", type=float, required=True, help="Degrees.")
@click.option("--ltan", "ltan_hours", metavar="HH:MM", callback=_hours,
              help="Local mean solar time at the ascending node.")  # fmt: skip
@click.option("--name", required=True, help="What to call the satellite.")
@click.option("--number", "norad_id", type=click.IntRange(1), metavar="NUMBER",
              help=f"Catalog number.  [default: the first free from {FIRST_NUMBER}]")  # fmt: skip
@click.option("--epoch", default="now", show_default=True, help="ISO time, now, today, tomorrow.")
@click.pass_obj
def design(
    context: "Context",
    altitude_km: float,
    inclination_deg: float,
    ltan_hours: float | None,
    name: str,
    norad_id: int | None,
    epoch: str,
) -> None:
    """Make an element set for a satellite that does not fly yet: a circular orbit.

    The set is marked as synthetic. Preview its passes and rehearse campaigns with it; when the
    satellite flies, 'overflight tle adopt' gives it its real number.
    """
    from overflight.when import parse_time
    from tle import LoadStatus, load_elements
    from tle.design import design_elements

    now = context.now()
    start = parse_time(epoch, now=now).replace(microsecond=0)
    element_set = design_elements(
        altitude_km=altitude_km,
        inclination_deg=inclination_deg,
        ltan_hours=ltan_hours,
        name=name,
        norad_id=norad_id or FIRST_NUMBER,
        epoch=start,
    )
    with context.database.reading() as reader:
        number = _free_number(reader, norad_id, now=now)
    element_set = replace(element_set, norad_id=number)
    [loaded] = load_elements(context.database, [(element_set, 1)], source=SOURCE, now=now)
    console.print_line(
        f"{number} {element_set.name}: epoch {start:%Y-%m-%dT%H:%M:%SZ}, "
        f"one revolution in {element_set.period_s / 60:.1f} min"
    )
    if loaded.status in {LoadStatus.OLDER, LoadStatus.PENDING}:
        console.warn(f"not in force now ({loaded.status}): see 'overflight tle history {number}'")
    if ltan_hours is not None:
        console.say(_on_local_time(altitude_km, inclination_deg))
    _say_what_next(element_set)


def _free_number(reader: "Reader", wanted: int | None, *, now: "datetime") -> int:
    """Return the wanted number, or the first that has no sets; never a real satellite's."""
    from tle.in_force import versions

    if wanted is None:
        return next(n for n in count(FIRST_NUMBER) if not versions(reader, n, now=now))
    if any(each.source != SOURCE for each in versions(reader, wanted, now=now)):
        raise NumberTakenError(
            f"expected a number that no real satellite has, got {wanted}, whose elements were "
            f"loaded; leave --number out to get the first free one from {FIRST_NUMBER}"
        )
    return wanted


def _on_local_time(altitude_km: float, inclination_deg: float) -> str:
    from tle.design import local_time_drift_min_per_day, sun_synchronous_inclination_deg

    synchronous_deg = sun_synchronous_inclination_deg(altitude_km)
    drift_min = DAYS_PER_MONTH * local_time_drift_min_per_day(
        altitude_km=altitude_km, inclination_deg=inclination_deg
    )
    moves = f"at {inclination_deg:g}° it moves by {drift_min:+.0f} min in {DAYS_PER_MONTH} days"
    if synchronous_deg is None:
        return f"no orbit at {altitude_km:g} km keeps its local time; {moves}"
    return f"{synchronous_deg:.2f}° would keep the local time at {altitude_km:g} km; {moves}"


def _say_what_next(element_set: "ElementSet") -> None:
    number = element_set.norad_id
    console.say(f"preview its passes: overflight passes CITY -s {number}")
    console.say(
        f"rehearse: write satellites = [{number}] in a campaign, 'overflight campaign load' it, "
        "then 'overflight rehearse'"
    )
    console.say(f"once it flies: overflight tle adopt {number} ITS-NUMBER")
