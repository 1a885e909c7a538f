"""``overflight tle list, show, history, diff``: what the store holds."""

from typing import TYPE_CHECKING, Any

import click

from overflight import console
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from datetime import datetime

    from overflight.cli.context import Context
    from tle import ElementSet, StoredElementSet

NOTHING_LOADED = (
    "no element sets are loaded; fetch some: overflight tle update, "
    "or load a file: overflight tle load FILE"
)


@click.command("list", epilog=example("tle list", "tle list --json"))
@format_option("table", "json")
@click.pass_obj
def list_(context: "Context", output_format: str) -> None:
    """List the element sets in force, one a satellite."""
    from tle import elements_in_force

    now = context.now()
    in_force: list[ElementSet] = []
    if context.has_database:
        with context.database.reading() as reader:
            in_force = elements_in_force(reader, now=now)
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


@click.command(epilog=example("tle show 25544", "tle show iss --json"))
@click.argument("satellite")
@format_option("table", "json")
@click.pass_obj
def show(context: "Context", satellite: str, output_format: str) -> int:
    """Show the element set in force of SATELLITE: a number, a whole name, or an alias."""
    norad_id, stored = _stored(context, satellite)
    chosen = next((each for each in stored if each.is_in_force), None)
    if chosen is None:
        return _say_nothing_stored(norad_id)
    facts = _to_json(chosen.element_set) | {
        "age_days": round(chosen.element_set.age_days(context.now()), 4),
        "source": chosen.source,
        "loaded_at": _iso(chosen.loaded_at),
        "standing": chosen.standing.value,
        "versions": len(stored),
    }
    if output_format == "json":
        console.print_json(facts)
    else:
        console.print_facts([(key, str(value)) for key, value in facts.items()])
    return 0


@click.command(epilog=example("tle history 25544", "tle history iss --json"))
@click.argument("satellite")
@format_option("table", "json")
@click.pass_obj
def history(context: "Context", satellite: str, output_format: str) -> int:
    """List all that is stored of SATELLITE, by epoch from the newest."""
    norad_id, stored = _stored(context, satellite)
    if output_format == "json":
        console.print_json([_version_to_json(each) for each in stored])
        return 0
    if not stored:
        return _say_nothing_stored(norad_id)
    console.print_table(
        ("version", "epoch", "stands", "jump check", "loaded", "source", "hash"),
        [
            (
                str(each.element_set_no),
                f"{each.element_set.epoch:%Y-%m-%d %H:%M:%S}",
                each.standing.value,
                each.verdict if each.accepted_at is None else f"{each.verdict}, accepted",
                f"{each.loaded_at:%Y-%m-%d %H:%M}",
                each.source,
                each.element_set.content_hash[:8],
            )
            for each in stored
        ],
    )
    for each in stored:
        if each.reason:
            console.say(f"version {each.element_set_no}: {each.reason}")
    return 0


@click.command(epilog=example("tle diff 25544", "tle diff iss 17 12"))
@click.argument("satellite")
@click.argument("version", type=int, required=False)
@click.argument("other", type=int, required=False)
@click.pass_obj
def diff(context: "Context", satellite: str, version: int | None, other: int | None) -> int:
    """Compare two versions of SATELLITE's elements, numbered as in overflight tle history.

    Without numbers: the newest stored with the one in force, or the one in force with the one
    before it. With one number: that version with the one in force.
    """
    from overflight.views.element_diff import choose_versions, differences

    norad_id, stored = _stored(context, satellite)
    if not stored:
        return _say_nothing_stored(norad_id)
    old, new = choose_versions(stored, version, other)
    for label, each in (("old", old), ("new", new)):
        console.print_line(
            f"{label}: version {each.element_set_no}, epoch "
            f"{each.element_set.epoch:%Y-%m-%dT%H:%M:%SZ}, {each.standing.value}, {each.source}"
        )
    console.print_table(
        ("field", "old", "new", "change"), differences(old.element_set, new.element_set)
    )
    return 0


# --- shared -------------------------------------------------------------------------------------


def _stored(context: "Context", satellite: str) -> "tuple[int, list[StoredElementSet]]":
    """Return the number that a person means, and all that is stored under it."""
    from tle import select_satellites, stored_versions
    from tle.versions.in_force import satellite_names

    if not context.has_database:
        return select_satellites(satellite, []), []
    with context.database.reading() as reader:
        norad_id = select_satellites(satellite, satellite_names(reader))
        return norad_id, stored_versions(reader, norad_id, now=context.now())


def _say_nothing_stored(norad_id: int) -> int:
    console.say(f"no element set of satellite {norad_id}; load one: overflight tle load FILE")
    return 1


def _version_to_json(stored: "StoredElementSet") -> dict[str, Any]:
    return _to_json(stored.element_set) | {
        "version": stored.element_set_no,
        "standing": stored.standing.value,
        "verdict": stored.verdict,
        "reason": stored.reason,
        "accepted_at": None if stored.accepted_at is None else _iso(stored.accepted_at),
        "source": stored.source,
        "loaded_at": _iso(stored.loaded_at),
        "content_hash": stored.element_set.content_hash,
    }


def _to_json(element_set: "ElementSet") -> dict[str, Any]:
    from dataclasses import asdict

    facts = asdict(element_set)
    return facts | {"epoch": element_set.epoch.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


def _iso(instant: "datetime") -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
