"""``overflight tle design``: a synthetic element set for a satellite that does not fly yet."""

import re
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example
from overflight.errors import NumberTakenError
from tle.motion.design import TEMPORARY_IDS

if TYPE_CHECKING:
    from datetime import datetime

    from overflight.cli.context import Context
    from tle import ElementSet
    from tle.storage.port import Reader

SOURCE = "synthetic"
FIRST_NUMBER = 99_001  # of those given without being asked for
LOCAL_TIME = re.compile(r"(?P<hours>[01]?\d|2[0-3]):(?P<minutes>[0-5]\d)", re.ASCII)
DAYS_PER_MONTH = 30


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
@click.option("--number", "norad_id", metavar="NUMBER",
              type=click.IntRange(TEMPORARY_IDS.start, TEMPORARY_IDS.stop - 1),
              help=f"Catalog number, {TEMPORARY_IDS.start} to {TEMPORARY_IDS.stop - 1}.  "
              f"[default: the first free from {FIRST_NUMBER}]")  # fmt: skip
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
    from tle.motion.design import design_elements

    now = context.now()
    start = parse_time(epoch, now=now).replace(microsecond=0)
    element_set = design_elements(
        altitude_km=altitude_km,
        inclination_deg=inclination_deg,
        ltan_hours=ltan_hours,
        name=name,
        norad_id=_choose_number(context, norad_id, now=now),
        epoch=start,
    )
    _store(context, element_set, is_first=norad_id is None, now=now)
    if ltan_hours is not None:
        console.say(_on_local_time(altitude_km, inclination_deg))
    _say_what_next(element_set.norad_id)


def _choose_number(context: "Context", wanted: int | None, *, now: "datetime") -> int:
    """Return the wanted number, or the first that nobody has; never a real satellite's."""
    if not context.has_database:
        return wanted or FIRST_NUMBER
    with context.database.reading() as reader:
        if wanted is None:
            return _free_number(reader, now=now)
        if _is_real(reader, wanted, now=now):
            raise NumberTakenError(
                f"expected a number that no real satellite has, got {wanted}, under which real "
                "elements are found; leave --number out to get the first free one from "
                f"{FIRST_NUMBER}"
            )
    return wanted


def _free_number(reader: "Reader", *, now: "datetime") -> int:
    from tle.versions.in_force import stored_versions

    for number in range(FIRST_NUMBER, TEMPORARY_IDS.stop):
        if not stored_versions(reader, number, now=now):
            return number
    raise NumberTakenError(
        f"no number from {FIRST_NUMBER} is free; name one to use again: --number {FIRST_NUMBER}"
    )


def _is_real(reader: "Reader", number: int, *, now: "datetime") -> bool:
    from tle.versions.adoption import current_ids
    from tle.versions.in_force import stored_versions

    is_adopted = current_ids(reader, [number])[number] != number
    return is_adopted or any(
        not each.element_set.synthetic for each in stored_versions(reader, number, now=now)
    )


def _store(
    context: "Context", element_set: "ElementSet", *, is_first: bool, now: "datetime"
) -> None:
    """Store a design and tell what became of it.

    Args:
        context: where to.
        element_set: the design.
        is_first: its number was free a moment ago; another run may have taken it since.
        now: when it is stored.
    """
    from tle import LoadStatus, load_elements
    from tle.versions.in_force import stored_versions

    number = element_set.norad_id
    [loaded] = load_elements(context.database, [(element_set, 1)], source=SOURCE, now=now)
    console.print_line(
        f"{number} {element_set.name}: epoch {element_set.epoch:%Y-%m-%dT%H:%M:%SZ}, "
        f"one revolution in {element_set.period_s / 60:.1f} min"
    )
    with context.database.reading() as reader:
        others = len(stored_versions(reader, number, now=now)) - 1
    if is_first and (others or loaded.status is LoadStatus.UNCHANGED):
        console.warn(
            f"another design has just taken {number}, too: see 'overflight tle history {number}', "
            "and design one of the two again"
        )
    if loaded.status in {LoadStatus.OLDER, LoadStatus.PENDING}:
        console.warn(f"not in force now ({loaded.status}): see 'overflight tle history {number}'")


def _on_local_time(altitude_km: float, inclination_deg: float) -> str:
    from tle.motion.design import local_time_drift_min_per_day, sun_synchronous_inclination_deg

    synchronous_deg = sun_synchronous_inclination_deg(altitude_km)
    drift_min = DAYS_PER_MONTH * local_time_drift_min_per_day(
        altitude_km=altitude_km, inclination_deg=inclination_deg
    )
    moves = f"at {inclination_deg:g}° it moves by {drift_min:+.0f} min in {DAYS_PER_MONTH} days"
    if synchronous_deg is None:
        return f"no orbit at {altitude_km:g} km keeps its local time; {moves}"
    return f"{synchronous_deg:.2f}° would keep the local time at {altitude_km:g} km; {moves}"


def _say_what_next(number: int) -> None:
    console.say(f"preview its passes: overflight passes CITY -s {number}")
    console.say(
        f"rehearse: write satellites = [{number}] in a campaign, 'overflight campaign load' it, "
        "then 'overflight rehearse'"
    )
    console.say(f"once it flies: overflight tle adopt {number} ITS-NUMBER")
