"""``overflight passes``: preview the passes over a place."""

import math
import re
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from orbit.defaults import THRESHOLD_DEG
from overflight import console
from overflight.cli.options import example, format_option
from overflight.cli.passes.options import Options, asked, given_elements, warn_of_refused

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from orbit.observers import Observer
    from overflight.cli.context import Context
    from overflight.preview.one_place import Preview

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


@click.command(
    cls=SouthernPlace,
    epilog=example(
        "passes Berlin",
        'passes "Paris, Texas" --visible --days 3',
        "passes -33.9,18.4 -s iss --format json",
        "passes --places cities.csv --days 2 --output passes.npz",
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
    default=THRESHOLD_DEG,
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
@click.option(
    "--mask",
    "mask_file",
    metavar="FILE",
    help="What hides the sky: lines of azimuth_deg,min_elevation_deg.",
)
@click.option("--zone", default="local", show_default=True, help="local, utc or a zone's name.")
@format_option("table", "json", "jsonl", "csv", "npz", "parquet")
@click.option(
    "--places", "places_file", metavar="FILE", help="Instead of PLACE: many of them, as CSV."
)
@click.option("--output", metavar="FILE", help="Where to write those of --places.")
@click.pass_obj
def passes(context: "Context", /, **given: Any) -> int:
    """Preview the passes over PLACE, or find those over all places of a file.

    PLACE is a city ("Paris, Texas"), coordinates (52.52,13.41), a Maidenhead locator (JO62), or a
    place named in overflight.toml; without it, the default place. If a file holds element sets
    that cannot be used, the others are shown, and the exit code is 1.

    --mask takes CSV with a line for each corner of the skyline, such as 90,12.5: due east the sky
    begins at 12.5 degrees. Between the corners it is straight, and from the last one on to the
    first. A pass is then what is above --min-elevation and the skyline without a break; where
    there are several such parts, the one that climbs highest. With --places, every place has this
    mask.

    --places takes CSV with the columns name, latitude, longitude (degrees) and, if you like,
    height (m); a million rows are fine, and - is standard input. Passes come by place, in the
    order of the file, then by culmination. The ending of --output tells the format unless --format
    does; without both it is csv to standard output. npz and parquet hold columns: "observer" is
    the row of the place, from 0; aos_ms, culmination_ms and los_ms are milliseconds since 1970
    UTC; where there is no AOS or LOS, npz has -2**63 and parquet null. Parquet needs the extra
    "parquet". Pass ids are computed, not looked up among those planned.
    """
    options, now = Options(**given), context.now()
    if options.places_file is None:
        return _preview(context, options, now)
    from overflight.cli.passes.many_places import find_over_places

    return find_over_places(context, options, now)


def _preview(context: "Context", options: Options, now: "datetime") -> int:
    from overflight.cli.passes.first_run import with_offer
    from overflight.preview.one_place import PlaceQuery, preview

    if options.output is not None or options.output_format in {"npz", "parquet"}:
        raise click.UsageError(
            "--output, npz and parquet go with --places FILE; for one place, send csv or json on: "
            "--format csv > FILE"
        )
    place = _place(options) or context.settings.default_place
    if not place:
        raise click.UsageError(
            "which place? Name one (overflight passes Berlin), or set default_place in "
            "overflight.toml"
        )
    query = PlaceQuery(place=place, height_m=options.height_m, **asked(options, now))
    file = given_elements(options.elements_file)

    def find() -> "Preview":
        return preview(
            query, settings=context.settings, file=file, database=context.stored, now=now
        )

    answer = find() if file else with_offer(context, find)
    zone = _zone(options.zone, answer.observer)
    warn_of_refused(file)
    for note in answer.notes:
        console.say(note)
    if options.output_format == "table":
        from overflight.cli.passes.table import print_preview

        print_preview(answer, zone, start=query.start, now=now)
    elif options.output_format == "json":
        console.print_json([pass_.to_json() for pass_ in answer.passes])
    else:
        from overflight.preview.text_files import TEXT_WRITERS

        TEXT_WRITERS[options.output_format](sys.stdout, [answer.passes])
    return 1 if answer.refused else 0


def _place(options: Options) -> str | None:
    latitude_deg, longitude_deg = options.latitude_deg, options.longitude_deg
    if latitude_deg is None and longitude_deg is None:
        return options.place
    if latitude_deg is None or longitude_deg is None or options.place:
        raise click.UsageError("expected PLACE, or both --lat and --lon")
    if not (math.isfinite(latitude_deg) and math.isfinite(longitude_deg)):
        raise click.UsageError(f"--lat {latitude_deg} --lon {longitude_deg}: expected degrees")
    return f"{latitude_deg:f},{longitude_deg:f}"


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
