"""The table of ``overflight passes``: the headline, the passes, and a warning about old elements.

Times are shown as finely as they are known: to the second, to the minute, or not at all.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from orbit.observers import Observer
from orbit.publishing.rows import Pass, Sight
from overflight import console
from overflight.preview.one_place import Preview
from overflight.when import in_words
from tle import ElementSet, everyday_name

WARN_AGE_DAYS = 3.0  # by then one ISS prediction in thirty is off by more than a minute
CAVEAT = "and by more after a manoeuvre; load newer ones"
SYNTHETIC = "synthetic elements"
NAMED = 3  # more satellites are counted
MINUTE = timedelta(minutes=1)
COMPASS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
    "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip
HEADERS = ("date", "rises", "", "highest", "", "", "sets", "", "lasts", "seen")


def print_preview(answer: Preview, zone: tzinfo, *, start: datetime, now: datetime) -> None:
    """Draw a preview; ``start`` is when its window begins."""
    console.print_line(_headline(answer, zone, start=start, now=now))
    if answer.passes:
        several = len({pass_.norad_id for pass_ in answer.passes}) > 1
        headers = (*HEADERS[:1], *(("sat",) if several else ()), *HEADERS[1:])
        rows = [_row(pass_, zone, with_name=several) for pass_ in answer.passes]
        console.print_table(headers, rows)
    for warning in _age_warnings(answer.passes):
        console.warn(warning)


# --- the headline -------------------------------------------------------------------------------


def _headline(answer: Preview, zone: tzinfo, *, start: datetime, now: datetime) -> str:
    """Say where, with what elements (their age when the window begins), and what comes next."""
    where = f"{_place(answer.observer)}, {zone}"
    elements = _elements(answer.element_sets, start)
    return "; ".join((where, elements, *_trust(answer.passes), _following(answer, zone, now)))


def _place(observer: Observer) -> str:
    latitude_deg, longitude_deg = observer.latitude_deg, observer.longitude_deg
    if observer.name == f"{latitude_deg:.4f}, {longitude_deg:.4f}":  # as resolve_place calls it
        return observer.name
    return f"{observer.name} ({latitude_deg:.2f}, {longitude_deg:.2f})"


def _elements(element_sets: Sequence[ElementSet], start: datetime) -> str:
    if len(element_sets) <= NAMED:
        return ", ".join(
            f"{everyday_name(each.norad_id, each.name)} {_kind(each, start)}"
            for each in element_sets
        )
    ages_days = [each.age_days(start) for each in element_sets if not each.synthetic]
    synthetic = len(element_sets) - len(ages_days)
    kinds = [f"{synthetic} with {SYNTHETIC}"] if synthetic else []
    if ages_days:
        which = "the others" if synthetic else "elements"
        kinds.append(f"{which} {min(ages_days):.1f} to {max(ages_days):.1f} d old")
    return ", ".join([f"{len(element_sets)} satellites", *kinds])


def _kind(element_set: ElementSet, start: datetime) -> str:
    if element_set.synthetic:
        return SYNTHETIC
    return f"elements {element_set.age_days(start):.1f} d old"


def _trust(found: Sequence[Pass]) -> Iterator[str]:
    """Say what the coarser times of the table mean, if it has any."""
    confidences = {pass_.confidence for pass_ in found}
    mixed = len(confidences) > 1
    if "provisional" in confidences:
        yield "some times are provisional" if mixed else "times are provisional"
    if "date_only" in confidences:
        yield "of some only the date is known" if mixed else "dates only"


def _following(answer: Preview, zone: tzinfo, now: datetime) -> str:
    coming = next((p for p in answer.passes if p.los is None or p.los.time > now), None)
    if coming is None:
        return "no pass to come"
    if coming.confidence == "date_only":
        return f"next pass on {_date(coming.culmination.time, zone)}"
    if coming.aos is None or coming.aos.time <= now:
        return "a pass is on now"
    span = coming.aos.time - now
    off = "" if coming.uncertainty_s is None else f" (±{_off(coming.uncertainty_s)})"
    if coming.confidence == "provisional":
        return f"next pass in about {in_words(max(round(span / MINUTE), 1) * MINUTE)}{off}"
    return f"next pass in {in_words(span)}{off}"


def _off(uncertainty_s: float) -> str:
    """Return by how much times may be off, as finely as that is known."""
    if uncertainty_s < 1.0:
        return f"{max(uncertainty_s, 0.1):.1f} s"
    if uncertainty_s < 100.0:  # noqa: PLR2004 - what people still read in seconds
        return f"{uncertainty_s:.0f} s"
    minutes = uncertainty_s / 60.0
    return f"{minutes:.0f} min" if minutes < 100.0 else "hours"  # noqa: PLR2004 - and in minutes


# --- the table ----------------------------------------------------------------------------------


def _row(pass_: Pass, zone: tzinfo, *, with_name: bool) -> tuple[str, ...]:
    name = everyday_name(pass_.norad_id, pass_.satellite)
    highest, confidence = pass_.culmination, pass_.confidence
    return (
        _date(_coarse(highest.time, confidence), zone),
        *((name,) if with_name else ()),
        *_moment(pass_.aos, confidence, zone),
        _clock(highest.time, confidence, zone),
        f"{highest.elevation_deg:.0f}°",
        _compass(highest),
        *_moment(pass_.los, confidence, zone),
        "always up" if pass_.always_up else _lasts(pass_.duration_s),
        "yes" if pass_.visible else "",
    )


def _moment(sight: Sight | None, confidence: str, zone: tzinfo) -> tuple[str, str]:
    if sight is None:
        return "-", "-"
    return _clock(sight.time, confidence, zone), _compass(sight)


def _clock(time: datetime, confidence: str, zone: tzinfo) -> str:
    match confidence:
        case "firm":
            return f"{time.astimezone(zone):%H:%M:%S}"
        case "provisional":
            return f"~{_coarse(time, confidence).astimezone(zone):%H:%M}"
        case _:
            return "-"


def _coarse(time: datetime, confidence: str) -> datetime:
    """Return a provisional time to the nearest minute, so that date and clock turn together."""
    if confidence != "provisional":
        return time
    return (time + MINUTE / 2).replace(second=0, microsecond=0)


def _date(time: datetime, zone: tzinfo) -> str:
    return f"{time.astimezone(zone):%a %d %b}"


def _compass(sight: Sight) -> str:
    return COMPASS[round(sight.azimuth_deg / 22.5) % 16]


def _lasts(duration_s: float | None) -> str:
    if duration_s is None:
        return "-"
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes}:{seconds:02d}"


# --- old elements -------------------------------------------------------------------------------


def _age_warnings(found: Sequence[Pass]) -> Iterator[str]:
    """Warn of elements that are old at the first pass; later passes speak by their coarser times.

    Within a long window even fresh elements grow old: that is not worth a warning each time. Nor
    are synthetic ones, which no newer ones replace.
    """
    known: dict[int, list[tuple[Pass, float]]] = {}
    for pass_ in found:
        if pass_.uncertainty_s is not None:
            known.setdefault(pass_.norad_id, []).append((pass_, pass_.uncertainty_s))
    ends = [(ours[0], ours[-1]) for ours in known.values()]
    old = [each for each in ends if abs(each[0][0].element_age_days) > WARN_AGE_DAYS]
    if len(old) > NAMED:
        worst_s = max(last_s for _, (_, last_s) in old)
        yield (
            f"the elements of {len(old)} satellites are more than {WARN_AGE_DAYS:g} days old at "
            f"their first pass: times may be off by up to {_off(worst_s)}, {CAVEAT}"
        )
        return
    for (first, first_s), (last, last_s) in old:
        yield (
            f"the elements of {first.satellite} are "
            f"{_from_to(f'{first.element_age_days:.1f}', f'{last.element_age_days:.1f}')} days "
            "old at these passes: times may be off by "
            f"{_from_to(_off(first_s), _off(last_s))}, {CAVEAT}"
        )


def _from_to(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"
