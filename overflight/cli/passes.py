"""``overflight passes``: preview the passes over a place."""

import csv
import json
import math
import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from overflight import console
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from orbit.observers import Observer
    from orbit.rows import Pass
    from overflight.cli.root import Context
    from overflight.preview import ElementFile, Question

SOUTHERN = re.compile(r"-(\d+(\.\d*)?|\.\d+)\s*[,;\s]")  # coordinates, not an option


class SouthernPlace(click.Command):
    """A command whose PLACE may begin with a minus: ``-33.9,18.4``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move such a place behind ``--``, unless an option waits for it or it is there already."""
        end = args.index("--") if "--" in args else len(args)
        options = (each for each in self.params if isinstance(each, click.Option))
        taking = {name for each in options if not each.is_flag for name in each.opts}
        rest: list[str] = []
        southern: list[str] = []
        for previous, arg in pairwise(["", *args[:end]]):
            is_place = SOUTHERN.match(arg) and previous not in taking
            (southern if is_place else rest).append(arg)
        if southern:
            args = [*rest, "--", *southern, *args[end + 1 :]]
        return super().parse_args(ctx, args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was typed, as click understands it."""

    place: str | None
    latitude_deg: float | None
    longitude_deg: float | None
    height_m: float | None
    satellites: tuple[str, ...]
    elements_file: str | None
    all_satellites: bool
    start: str
    days: float | None
    hours: float | None
    end: str | None
    min_elevation_deg: float
    min_culmination_deg: float | None
    visible_only: bool
    zone: str
    output_format: str


@click.command(
    cls=SouthernPlace,
    epilog=example(
        "passes Berlin",
        'passes "Paris, Texas" --visible --days 3',
        "passes -33.9,18.4 -s iss --format json",
    ),
)
@click.argument("place", required=False)
@click.option("--lat", "latitude_deg", type=float, help="Latitude instead of PLACE, deg.")
@click.option("--lon", "longitude_deg", type=float, help="Longitude, deg, east positive.")
@click.option("--height", "height_m", type=float, help="Height, m.  [default: the place's, or 0]")
@click.option("-s", "--satellite", "satellites", multiple=True, help="Number, name or alias.")
@click.option("--elements", "--tle", "elements_file", help="Use this file; nothing is stored.")
@click.option("--all-satellites", is_flag=True, help="More than 20 of the file.")
@click.option("--start", default="now", show_default=True, help="ISO time, now, today, tomorrow.")
@click.option("--days", type=float, help="Length of the window.  [default: 7]")
@click.option("--hours", type=float, help="The same in hours.")
@click.option("--end", help="The same as a time.")
@click.option(
    "-e",
    "--min-elevation",
    "min_elevation_deg",
    type=click.FloatRange(-5, 89),
    default=10.0,
    show_default=True,
    help="Elevation at which a pass begins and ends, deg.",
)
@click.option(
    "--min-culmination",
    "min_culmination_deg",
    type=click.FloatRange(0, 90),
    help="Only passes that climb this high, deg.",
)
@click.option("--visible", "visible_only", is_flag=True, help="Only passes that can be seen.")
@click.option("--zone", default="local", show_default=True, help="local, utc or a zone's name.")
@format_option("table", "json", "jsonl", "csv")
@click.pass_obj
def passes(context: "Context", /, **given: Any) -> int:
    """Preview the passes over PLACE.

    PLACE is a city ("Paris, Texas"), coordinates (52.52,13.41), a Maidenhead locator (JO62), or a
    place named in overflight.toml; without it, the default place. If a file holds element sets
    that cannot be used, the others are shown, and the exit code is 1.
    """
    from overflight.preview import preview

    options, now = Options(**given), context.now()
    question = _question(options, default_place=context.settings.default_place, now=now)
    file = _element_file(options.elements_file)
    database = context.database if context.has_database else None
    answer = preview(question, settings=context.settings, file=file, database=database)
    zone = _zone(options.zone, answer.observer)
    if file is not None:
        for refusal in answer.refused:
            console.warn(f"{file.name}, line {refusal.line}: {refusal.reason}")
    for note in answer.notes:
        console.say(note)
    if options.output_format == "table":
        from overflight.cli.passes_table import print_preview

        print_preview(answer, zone, start=question.start, now=now)
    else:
        _print_data(answer.passes, options.output_format)
    return 1 if answer.refused else 0


def _question(options: Options, *, default_place: str, now: "datetime") -> "Question":
    from overflight.preview import Question
    from overflight.when import parse_window

    place = _place(options) or default_place
    if not place:
        raise click.UsageError(
            "which place? Name one (overflight passes Berlin), or set default_place in "
            "overflight.toml"
        )
    start, end = parse_window(
        start=options.start,
        end=options.end,
        days=options.days,
        hours=options.hours,
        default_days=7,
        now=now,
    )
    return Question(
        place=place,
        start=start,
        end=end,
        height_m=options.height_m,
        satellites=options.satellites,
        all_satellites=options.all_satellites,
        min_elevation_deg=options.min_elevation_deg,
        min_culmination_deg=options.min_culmination_deg,
        visible_only=options.visible_only,
    )


def _place(options: Options) -> str | None:
    latitude_deg, longitude_deg = options.latitude_deg, options.longitude_deg
    if latitude_deg is None and longitude_deg is None:
        return options.place
    if latitude_deg is None or longitude_deg is None or options.place:
        raise click.UsageError("expected PLACE, or both --lat and --lon")
    if not (math.isfinite(latitude_deg) and math.isfinite(longitude_deg)):
        raise click.UsageError(f"--lat {latitude_deg} --lon {longitude_deg}: expected degrees")
    return f"{latitude_deg:f},{longitude_deg:f}"


def _element_file(path: str | None) -> "ElementFile | None":
    if path is None:
        return None
    if not path:
        raise click.UsageError("--elements: expected a file, or - for standard input, got nothing")
    from overflight.element_files import STDIN, read_elements
    from overflight.preview import ElementFile

    name = "standard input" if path == STDIN else path
    return ElementFile(name=name, parsed=read_elements(path))


def _zone(name: str, observer: "Observer") -> "tzinfo":
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    match name.casefold():
        case "local":
            name = observer.time_zone
        case "utc":
            name = "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.UsageError(
            f"no time zone '{name}'; expected local, utc, or a name such as Europe/Berlin"
        ) from None


def _print_data(found: "list[Pass]", output_format: str) -> None:
    match output_format:
        case "json":
            console.print_json([pass_.to_json() for pass_ in found])
        case "jsonl":
            for pass_ in found:
                console.print_line(json.dumps(pass_.to_json(), ensure_ascii=False))
        case "csv":
            from orbit.rows import CSV_COLUMNS

            writer = csv.DictWriter(sys.stdout, CSV_COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(pass_.to_cells() for pass_ in found)
