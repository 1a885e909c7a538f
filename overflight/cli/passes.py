"""``overflight passes``: preview the passes over a place."""

import csv
import json
import math
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from overflight import console
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from orbit.observers import Observer
    from orbit.rows import Pass, Sight
    from overflight.cli.root import Context
    from tle import ElementSet

MAX_SATELLITES = 20
WARN_AGE_DAYS = 3.0  # by then one ISS prediction in thirty is off by more than a minute
SOUTHERN = re.compile(r"-(\d+(\.\d*)?|\.\d+)\s*[,;\s]")  # coordinates, not an option
COMPASS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
    "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip
HEADERS = ("date", "rises", "", "highest", "", "", "sets", "", "lasts", "seen")


class PlaceFirst(click.Command):
    """A command whose PLACE may begin with a minus: ``-33.9,18.4``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move such a place behind ``--``."""
        southern = [arg for arg in args if SOUTHERN.match(arg)]
        rest = [arg for arg in args if not SOUTHERN.match(arg)]
        return super().parse_args(ctx, [*rest, *(["--", *southern] if southern else [])])


@click.command(
    cls=PlaceFirst,
    epilog=example(
        "passes Berlin",
        'passes "Paris, Texas" --visible --days 3',
        "passes -33.9,18.4 -s iss --format json",
    ),
)
@click.argument("place", required=False)
@click.option("--lat", "latitude_deg", type=float, help="Latitude instead of PLACE, deg.")
@click.option("--lon", "longitude_deg", type=float, help="Longitude, deg, east positive.")
@click.option("--height", "height_m", type=float, default=0.0, help="Height, m.  [default: 0]")
@click.option("-s", "--satellite", "satellites", multiple=True, help="Number, name or alias.")
@click.option("--elements", "--tle", "elements_file", help="Use this file; nothing is stored.")
@click.option("--all-satellites", is_flag=True, help=f"More than {MAX_SATELLITES} of the file.")
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
def passes(context: "Context", /, **options: Any) -> None:
    """Preview the passes over PLACE.

    PLACE is a city ("Paris, Texas"), coordinates (52.52,13.41), a Maidenhead locator (JO62), or a
    place named in overflight.toml; without it, the default place.
    """
    from overflight.preview import Wanted, preview
    from overflight.when import parse_window

    now = context.now()
    observer = _observer(context, options)
    element_sets = _element_sets(context, options)
    start, end = parse_window(
        start=options["start"],
        end=options["end"],
        days=options["days"],
        hours=options["hours"],
        default_days=7,
        now=now,
    )
    wanted = Wanted(
        start=start,
        end=end,
        min_elevation_deg=options["min_elevation_deg"],
        min_culmination_deg=options["min_culmination_deg"],
        visible_only=options["visible_only"],
    )
    answer = preview(element_sets, observer, wanted, grid_deg=context.settings.privacy.grid_deg)
    found = _with_stored_ids(context, answer.passes)
    for reason in answer.reasons:
        console.say(reason)
    zone = _zone(options["zone"], observer)
    match options["output_format"]:
        case "json":
            console.print_json([pass_.to_json() for pass_ in found])
        case "jsonl":
            for pass_ in found:
                console.print_line(json.dumps(pass_.to_json(), ensure_ascii=False))
        case "csv":
            _print_csv(found)
        case _:
            _print_table(found, _headline(found, observer, element_sets, zone, start, now), zone)
            _warn_of_age(found, element_sets)


# --- what was asked ------------------------------------------------------------------------------


def _observer(context: "Context", options: dict[str, Any]) -> "Observer":
    from orbit.observers import Observer
    from orbit.places import resolve_place, time_zone_at

    place, latitude_deg, longitude_deg = (
        options[key] for key in ("place", "latitude_deg", "longitude_deg")
    )
    if (latitude_deg is None) != (longitude_deg is None) or (place and latitude_deg is not None):
        raise click.UsageError("expected PLACE, or both --lat and --lon")
    if latitude_deg is not None:
        if not (math.isfinite(latitude_deg) and math.isfinite(longitude_deg)):
            raise click.UsageError(f"--lat {latitude_deg} --lon {longitude_deg}: expected degrees")
        place = f"{latitude_deg:f},{longitude_deg:f}"
    place = place or context.settings.default_place
    if not place:
        raise click.UsageError(
            "which place? Name one (overflight passes Berlin), or set default_place in "
            "overflight.toml"
        )
    if own := _own_place(context, place):
        return Observer(
            name=place,
            latitude_deg=own.latitude_deg,
            longitude_deg=own.longitude_deg,
            height_m=options["height_m"] or own.height_m,
            time_zone=own.time_zone or time_zone_at(own.latitude_deg, own.longitude_deg),
        )
    resolved = resolve_place(place)
    if resolved.others:
        others = "; ".join(other.label for other in resolved.others[:5])
        more = len(resolved.others) - 5
        console.say(
            f"taken as {resolved.place.label}; there are also {others}"
            + (f" and {more} more" if more > 0 else "")
        )
    return Observer(
        name=resolved.place.label,
        latitude_deg=resolved.place.latitude_deg,
        longitude_deg=resolved.place.longitude_deg,
        height_m=options["height_m"],
        time_zone=resolved.place.time_zone,
    )


def _own_place(context: "Context", name: str) -> Any:
    places = context.settings.places
    return next((p for n, p in places.items() if n.casefold() == name.casefold()), None)


def _element_sets(context: "Context", options: dict[str, Any]) -> "list[ElementSet]":
    from tle import select_satellites

    from_file = options["elements_file"]
    known = _of_file(from_file) if from_file else _in_force(context)
    names = [(e.norad_id, e.name) for e in known.values()]
    wanted = [select_satellites(query, names) for query in options["satellites"]]
    if not wanted and not from_file:
        wanted = list(context.settings.satellites)
        if known and not any(number in known for number in wanted):
            wanted = list(known)[:MAX_SATELLITES]
        elif known:
            absent = ", ".join(str(number) for number in wanted if number not in known)
            if absent:
                console.say(f"no element set of satellite {absent} is loaded; it is left out")
            wanted = [number for number in wanted if number in known]
    elif not wanted:
        wanted = list(known)
        if len(wanted) > MAX_SATELLITES and not options["all_satellites"]:
            console.say(
                f"{from_file} holds {len(wanted)} satellites; these are the first "
                f"{MAX_SATELLITES}. Choose some with -s, or ask for --all-satellites"
            )
            wanted = wanted[:MAX_SATELLITES]
    missing = [number for number in dict.fromkeys(wanted) if number not in known]
    if missing:
        raise click.ClickException(_no_elements(missing, from_file))
    return [known[number] for number in dict.fromkeys(wanted)]


def _no_elements(missing: Sequence[int], from_file: str | None) -> str:
    listed = ", ".join(map(str, missing))
    if from_file:
        return f"{from_file} holds no element set of satellite {listed}"
    return (
        f"no element set of satellite {listed} is loaded.\n"
        "Load a file of current ones:\n"
        "  overflight tle load FILE\n"
        "or use one without storing it:\n"
        "  overflight passes PLACE --elements FILE"
    )


def _of_file(path: str) -> "dict[int, ElementSet]":
    """Return the newest set of each satellite in a file."""
    from overflight.element_files import read_elements

    parsed = read_elements(path)
    for refusal in parsed.refusals:
        console.warn(f"{path}, line {refusal.line}: {refusal.reason}")
    newest: dict[int, ElementSet] = {}
    for element_set, _ in parsed.sets:
        held = newest.get(element_set.norad_id)
        if held is None or held.epoch <= element_set.epoch:
            newest[element_set.norad_id] = element_set
    return newest


def _in_force(context: "Context") -> "dict[int, ElementSet]":
    from tle import elements_in_force

    if not context.has_database:
        return {}
    with context.database.reading() as reader:
        return {e.norad_id: e for e in elements_in_force(reader)}


def _with_stored_ids(context: "Context", found: "list[Pass]") -> "list[Pass]":
    """Give passes the ids under which the daemon has planned them (walls.md, 5)."""
    if not found or not context.has_database:
        return found
    from messaging.stored_passes import with_stored_ids

    with context.database.reading() as reader:
        return with_stored_ids(reader, found, grid_deg=context.settings.privacy.grid_deg)


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


# --- how it is shown -----------------------------------------------------------------------------


def _print_csv(found: "list[Pass]") -> None:
    flat = [_flatten(pass_.to_json()) for pass_ in found]
    columns = list(flat[0]) if flat else list(_flatten(_EMPTY))
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)


_SIGHT = {"time": "", "azimuth_deg": "", "elevation_deg": "", "range_km": ""}
_EMPTY = {
    "pass_id": "",
    "satellite": "",
    "norad_id": "",
    "observer": {"name": "", "latitude_deg": 0, "longitude_deg": 0, "height_m": 0, "time_zone": ""},
    "aos": _SIGHT,
    "culmination": _SIGHT,
    "los": _SIGHT,
    "duration_s": "",
    "in_progress": "",
    "always_up": "",
    "visible": "",
    "sun_elevation_deg": "",
    "element_epoch": "",
    "element_age_days": "",
    "confidence": "",
}


def _flatten(row: dict[str, Any]) -> dict[str, Any]:
    """Return one level: ``aos.time`` becomes ``aos_time``; a null sight becomes empty cells."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if key in ("aos", "culmination", "los"):
            value = value or _SIGHT  # noqa: PLW2901 - null and empty look the same in CSV
        if isinstance(value, dict):
            flat |= {f"{key}_{inner}": cell for inner, cell in value.items()}
        else:
            flat[key] = json.dumps(value) if isinstance(value, bool) else value
    return flat


def _print_table(found: "list[Pass]", headline: str, zone: "tzinfo") -> None:
    from tle import everyday_name

    console.print_line(headline)
    if not found:
        return
    several = len({pass_.norad_id for pass_ in found}) > 1
    headers = (*HEADERS[:1], *(("sat",) if several else ()), *HEADERS[1:])
    rows = []
    for pass_ in found:
        day = pass_.culmination.time.astimezone(zone)
        name = everyday_name(pass_.norad_id, pass_.satellite)
        rows.append(
            (
                f"{day:%a %d %b}",
                *((name,) if several else ()),
                *_moment(pass_.aos, zone),
                f"{day:%H:%M:%S}",
                f"{pass_.culmination.elevation_deg:.0f}°",
                _compass(pass_.culmination),
                *_moment(pass_.los, zone),
                "always up" if pass_.always_up else _lasts(pass_.duration_s),
                "yes" if pass_.visible else "",
            )
        )
    console.print_table(headers, rows)


def _warn_of_age(found: "list[Pass]", element_sets: "Sequence[ElementSet]") -> None:
    for element_set in element_sets:
        ages_days = [p.element_age_days for p in found if p.norad_id == element_set.norad_id]
        if ages_days and abs(ages_days[0]) > WARN_AGE_DAYS:
            console.warn(
                f"the elements of {element_set.name or element_set.norad_id} are "
                f"{ages_days[0]:.1f} days old at the first pass and {ages_days[-1]:.1f} at the "
                "last: times may be off by seconds to minutes; load newer ones"
            )


def _headline(
    found: "list[Pass]",
    observer: "Observer",
    element_sets: "Sequence[ElementSet]",
    zone: "tzinfo",
    start: "datetime",
    now: "datetime",
) -> str:
    """Say where, with what elements (their age when the window begins), and what comes next."""
    from overflight.when import in_words
    from tle import everyday_name

    position = f"{observer.latitude_deg:.2f}, {observer.longitude_deg:.2f}"
    has_name = not observer.name.startswith(position[:3])
    place = f"{observer.name} ({position})" if has_name else observer.name
    ages = ", ".join(
        f"{everyday_name(e.norad_id, e.name)} elements {e.age_days(start):.1f} d old"
        for e in element_sets
    )
    coming = next((p for p in found if p.los is None or p.los.time > now), None)
    if coming is None:
        following = "no pass to come"
    elif coming.aos is None or coming.aos.time <= now:
        following = "a pass is on now"
    else:
        following = f"next pass in {in_words(coming.aos.time - now)}"
    return f"{place}, {zone}; {ages}; {following}"


def _moment(sight: "Sight | None", zone: "tzinfo") -> tuple[str, str]:
    if sight is None:
        return "-", "-"
    return f"{sight.time.astimezone(zone):%H:%M:%S}", _compass(sight)


def _compass(sight: "Sight") -> str:
    return COMPASS[round(sight.azimuth_deg / 22.5) % 16]


def _lasts(duration_s: float | None) -> str:
    if duration_s is None:
        return "-"
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes}:{seconds:02d}"
