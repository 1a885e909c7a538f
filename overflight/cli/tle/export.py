"""``overflight tle export``: write element sets in any format, from the store or from a file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example
from tle.exporting import EXPORT_FORMATS, export_elements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overflight.cli.context import Context
    from tle import ElementSet


@click.command(
    epilog=example(
        "tle export --format tle",
        "tle export iss 48274 --format omm-csv --output stations.csv",
        "tle export --elements stations.tle --format omm-xml",
    )
)
@click.argument("satellites", nargs=-1, metavar="[SATELLITE]...")
@click.option(
    "--format", "format_", type=click.Choice(EXPORT_FORMATS), required=True, help="What to write."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write; without it, to the screen.",
)
@click.option("--elements", metavar="FILE|-", help="Take the sets of this file, all that are good.")
@click.pass_obj
def export(
    context: "Context",
    satellites: tuple[str, ...],
    format_: str,
    output: Path | None,
    elements: str | None,
) -> int:
    """Write the element sets in force of SATELLITE..., or all of them.

    Names are looked up whole. The exit code is 1 if there was nothing to write, or if a set of
    the file was refused. A TLE rounds, and holds no number above 339999; the others are exact.
    """
    if elements is None:
        sets, refused = _in_force(context), 0
    else:
        sets, refused = _from_file(elements)
    chosen = _chosen(sets, satellites)
    if not chosen:
        console.say("there is no element set to export; load a file: overflight tle load FILE")
        return 1
    _write(export_elements(chosen, format_), output)
    return 1 if refused else 0


def _in_force(context: "Context") -> "list[ElementSet]":
    from tle import elements_in_force

    if not context.has_database:
        return []
    with context.database.reading() as reader:
        return elements_in_force(reader, now=context.now())


def _from_file(path: str) -> "tuple[list[ElementSet], int]":
    from overflight.cli.tle.load import say_refused
    from overflight.element_files import read_element_file

    parsed = read_element_file(path).parsed
    say_refused(parsed, path)
    return [element_set for element_set, _ in parsed.sets], len(parsed.refusals)


def _chosen(sets: "list[ElementSet]", queries: tuple[str, ...]) -> "list[ElementSet]":
    from tle import UnknownSatellite, select_satellite

    if not queries:
        return sets
    known = [(each.norad_id, each.name) for each in sets]
    chosen = []
    for query in queries:
        norad_id = select_satellite(query, known)
        found = [each for each in sets if each.norad_id == norad_id]
        if not found:
            raise UnknownSatellite(query=query, near=())
        chosen += found
    return chosen


def _write(pieces: "Iterable[str]", output: Path | None) -> None:
    """Write a text whole or not at all: what cannot be exported leaves nothing behind."""
    text = "".join(pieces)
    if output is None:
        console.print_line(text.removesuffix("\n"))
        return
    from overflight.files import whole_file

    with whole_file(output) as partial:
        partial.write_text(text, encoding="utf-8", newline="")
