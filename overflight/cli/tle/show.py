"""``overflight tle list, show, history, diff``: what the store holds."""

from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.cells import cell
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from datetime import datetime

    from overflight.cli.context import Context
    from overflight.views.elements import Versions

NOTHING_LOADED = (
    "no element sets are loaded; fetch some: overflight tle update, "
    "or load a file: overflight tle load FILE"
)


@click.command("list", epilog=example("tle list", "tle list --json"))
@format_option("table", "json")
@click.pass_obj
def list_(context: "Context", output_format: str) -> None:
    """List the element sets in force, one a satellite."""
    from overflight.views.elements import sets_in_force

    with context.reading() as reader:
        found = sets_in_force(reader, now=context.now())
    if output_format == "json":
        console.print_json([each.facts() for each in found])
        return
    if not found:
        console.say(NOTHING_LOADED)
        return
    console.print_table(
        ("number", "name", "epoch", "age, days", "revolutions a day", "inclination"),
        [
            (
                str(each.element_set.norad_id),
                each.element_set.name or "-",
                f"{each.element_set.epoch:%Y-%m-%d %H:%M:%S}",
                f"{each.age_days:.1f}",
                f"{each.element_set.mean_motion_rev_per_day:.4f}",
                f"{each.element_set.inclination_deg:.2f}°",
            )
            for each in found
        ],
    )


@click.command(epilog=example("tle show 25544", "tle show iss --json"))
@click.argument("satellite")
@format_option("table", "json")
@click.pass_obj
def show(context: "Context", satellite: str, output_format: str) -> int:
    """Show the element set in force of SATELLITE: a number, a whole name, or an alias."""
    now = context.now()
    found = _versions(context, satellite, now)
    facts = found.facts_in_force(now=now)
    if facts is None:
        return _say_nothing_stored(found)
    if output_format == "json":
        console.print_json(facts)
    else:
        console.print_facts((key, cell(value)) for key, value in facts.items())
    return 0


@click.command(epilog=example("tle history 25544", "tle history iss --json"))
@click.argument("satellite")
@format_option("table", "json")
@click.pass_obj
def history(context: "Context", satellite: str, output_format: str) -> int:
    """List all that is stored of SATELLITE, by epoch from the newest."""
    found = _versions(context, satellite, context.now())
    if output_format == "json":
        console.print_json(found.facts())
        return 0
    if not found.versions:
        return _say_nothing_stored(found)
    console.print_table(
        ("version", "epoch", "state", "jump check", "loaded", "source", "hash"),
        [
            (
                str(each.version_no),
                f"{each.element_set.epoch:%Y-%m-%d %H:%M:%S}",
                each.state.value,
                each.verdict if each.accepted_at is None else f"{each.verdict}, accepted",
                f"{each.loaded_at:%Y-%m-%d %H:%M}",
                each.source,
                each.element_set.content_hash[:8],
            )
            for each in found.versions
        ],
    )
    for each in found.versions:
        if each.reason:
            console.say(f"version {each.version_no}: {each.reason}")
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
    from overflight.views.elements import choose_versions, differences

    found = _versions(context, satellite, context.now())
    if not found.versions:
        return _say_nothing_stored(found)
    old, new = choose_versions(found.versions, version, other)
    for label, each in (("old", old), ("new", new)):
        console.print_line(
            f"{label}: version {each.version_no}, epoch "
            f"{each.element_set.epoch:%Y-%m-%dT%H:%M:%SZ}, {each.state.value}, {each.source}"
        )
    console.print_table(
        ("field", "old", "new", "change"), differences(old.element_set, new.element_set)
    )
    return 0


def _versions(context: "Context", satellite: str, now: "datetime") -> "Versions":
    from overflight.views.elements import versions_of

    with context.reading() as reader:
        return versions_of(reader, satellite, now=now)


def _say_nothing_stored(found: "Versions") -> int:
    console.say(f"no element set of satellite {found.norad_id}; load one: overflight tle load FILE")
    return 1
