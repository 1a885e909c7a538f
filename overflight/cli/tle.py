"""``overflight tle``: load, list and show element sets."""

from typing import TYPE_CHECKING, Any

import click

from overflight import console
from overflight.cli.lazy import HelpfulGroup
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from overflight.cli.root import Context
    from tle import ElementSet, Loaded

NOTHING_LOADED = "no element sets are loaded; load a file: overflight tle load FILE"


@click.group(cls=HelpfulGroup, epilog=example("tle load stations.txt", "tle show iss"))
def tle() -> None:
    """Load, list and show element sets."""


@tle.command(epilog=example("tle load stations.txt", "tle load - < gp.json"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...|-")
@click.pass_obj
def load(context: "Context", files: tuple[str, ...]) -> int:
    """Load element sets from files: TLE, 3LE, OMM as JSON or CSV, told apart by content.

    Good sets among bad ones are kept; then the exit code is 1.
    """
    from overflight.element_files import read_elements
    from tle import NotElements, load_elements

    failed = 0
    for path in files:
        try:
            parsed = read_elements(path)
        except (NotElements, OSError) as error:
            reason = f"{path}: {error.strerror}" if isinstance(error, OSError) else str(error)
            console.say(f"refused: {reason}")
            failed += 1
            continue
        loaded = load_elements(context.database, parsed.sets, source=path, now=context.now())
        for one in loaded:
            console.print_line(_told(one))
        for refusal in parsed.refusals:
            label = f"{refusal.norad_id or '?'} {refusal.name}".strip()
            console.say(f"refused: {label}: {path}, line {refusal.line}: {refusal.reason}")
        failed += len(parsed.refusals)
    return 1 if failed else 0


def _told(loaded: "Loaded") -> str:
    element_set = loaded.element_set
    what = {
        "added": "added",
        "unchanged": "unchanged",
        "named": "stored before without a name, now named",
        "older": f"older than the one in force ({loaded.in_force_epoch:%Y-%m-%dT%H:%MZ})",
    }[loaded.status.value]
    epoch = f"{element_set.epoch:%Y-%m-%dT%H:%M:%SZ}"
    return f"{element_set.norad_id} {element_set.name or '-'}: epoch {epoch}, {what}"


@tle.command("list", epilog=example("tle list", "tle list --json"))
@format_option("table", "json")
@click.pass_obj
def list_(context: "Context", output_format: str) -> None:
    """List the element sets in force, one a satellite."""
    from tle import elements_in_force

    now = context.now()
    in_force: list[ElementSet] = []
    if context.has_database:
        with context.database.reading() as reader:
            in_force = elements_in_force(reader)
    if output_format == "json":
        ages = {e.norad_id: round(e.age_days(now), 4) for e in in_force}
        console.print_json([_to_json(e) | {"age_days": ages[e.norad_id]} for e in in_force])
        return
    if not in_force:
        console.say(NOTHING_LOADED)
        return
    console.print_table(
        ("number", "name", "epoch", "age, days", "revolutions a day", "inclination"),
        [
            (
                str(e.norad_id),
                e.name or "-",
                f"{e.epoch:%Y-%m-%d %H:%M:%S}",
                f"{e.age_days(now):.1f}",
                f"{e.mean_motion_rev_per_day:.4f}",
                f"{e.inclination_deg:.2f}°",
            )
            for e in in_force
        ],
    )


@tle.command(epilog=example("tle show 25544", "tle show iss --json"))
@click.argument("satellite")
@format_option("table", "json")
@click.pass_obj
def show(context: "Context", satellite: str, output_format: str) -> int:
    """Show the element set in force of SATELLITE: a number, a whole name, or an alias."""
    from tle import elements_in_force, select_satellites, versions

    if not context.has_database:
        console.say(NOTHING_LOADED)
        return 1
    with context.database.reading() as reader:
        known = [(e.norad_id, e.name) for e in elements_in_force(reader)]
        norad_id = select_satellites(satellite, known)
        stored = versions(reader, norad_id)
    if not stored:
        console.say(f"no element set of satellite {norad_id}; load one: overflight tle load FILE")
        return 1
    newest = stored[0]
    facts = _to_json(newest.element_set) | {
        "age_days": round(newest.element_set.age_days(context.now()), 4),
        "source": newest.source,
        "loaded_at": newest.loaded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "versions": len(stored),
    }
    if output_format == "json":
        console.print_json(facts)
    else:
        console.print_facts([(key, str(value)) for key, value in facts.items()])
    return 0


def _to_json(element_set: "ElementSet") -> dict[str, Any]:
    from dataclasses import asdict

    facts = asdict(element_set)
    return facts | {"epoch": element_set.epoch.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
