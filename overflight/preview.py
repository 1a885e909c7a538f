"""What ``overflight passes`` answers: the passes of some satellites over a place, and why none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from orbit.earth import EQUATORIAL_RADIUS_KM
from orbit.ephemeris import MIN_THRESHOLD_DEG, propagate
from orbit.errors import OrbitError, PropagationError
from orbit.observers import Observer, Observers
from orbit.passes import Passes, find_passes
from orbit.places import resolve_place, time_zone_at
from orbit.rows import Pass, rows
from overflight.errors import OverflightError
from tle import (
    ElementSet,
    Parsed,
    Refusal,
    elements_in_force,
    newest_by_satellite,
    select_satellites,
)

if TYPE_CHECKING:
    from overflight.settings import Settings
    from tle.ports import Database

MAX_SATELLITES = 20
LISTED = 5  # of a longer list in a sentence


class NoElements(OverflightError):  # noqa: N818 - the name says what is wrong
    """No element set of the satellites asked for is at hand; ``norad_ids`` are those missing."""

    def __init__(self, message: str, *, norad_ids: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.norad_ids = tuple(norad_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which passes a person wants to see."""

    place: str
    """One of the settings, or whatever ``resolve_place`` takes."""
    start: datetime
    end: datetime
    height_m: float | None = None
    """Above WGS84; None: that of the place in the settings, else 0."""
    satellites: tuple[str, ...] = ()
    """Numbers, names or aliases; none: those of the settings, or of the file."""
    all_satellites: bool = False
    """More than ``MAX_SATELLITES`` of the file."""
    min_elevation_deg: float = 10.0
    min_culmination_deg: float | None = None
    visible_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementFile:
    """A file whose element sets are used instead of the stored ones."""

    name: str
    parsed: Parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Passes by culmination, and what a person should know about them."""

    observer: Observer
    element_sets: list[ElementSet]
    """Those that could be propagated to the window."""
    passes: list[Pass]
    notes: list[str]
    """How the question was understood, what is missing, and why a satellite has no pass."""
    refused: list[Refusal]
    """The sets of the file that cannot be used."""


def preview(
    question: Question,
    *,
    settings: "Settings",
    file: ElementFile | None = None,
    database: "Database | None" = None,
) -> Preview:
    """Find the passes of each satellite over one place.

    Args:
        question: what a person wants to see.
        settings: the places and satellites of their own, and the grid of the pass ids.
        file: where to take the elements from; without it, those in force in the database.
        database: what has been stored, if anything has; passes keep the ids they have there.

    Raises:
        NoElements: elements that were asked for are not at hand.
        SelectionError: a satellite's name is unknown or ambiguous.
        PlacesError: the place cannot be read, or is not known.
        OrbitError: no element set at all can be propagated to the window.
    """
    observer, notes = _find_observer(question, settings)
    if file is not None:
        chosen, said = _choose_of_file(question, file)
    else:
        chosen, said = _choose_of_stored(question, settings.satellites, database)
    element_sets, found, reasons = _find(chosen, observer, question, settings.privacy.grid_deg)
    if found and database is not None:
        found = _with_stored_ids(database, found, settings.privacy.grid_deg)
    return Preview(
        observer=observer,
        element_sets=element_sets,
        passes=found,
        notes=[*notes, *said, *reasons],
        refused=file.parsed.refusals if file else [],
    )


# --- where from ---------------------------------------------------------------------------------


def _find_observer(question: Question, settings: "Settings") -> tuple[Observer, list[str]]:
    own_places = {name.casefold(): place for name, place in settings.places.items()}
    if own := own_places.get(question.place.casefold()):
        observer = Observer(
            name=question.place,
            latitude_deg=own.latitude_deg,
            longitude_deg=own.longitude_deg,
            height_m=own.height_m if question.height_m is None else question.height_m,
            time_zone=own.time_zone or time_zone_at(own.latitude_deg, own.longitude_deg),
        )
        return observer, []
    resolved = resolve_place(question.place)
    observer = Observer(
        name=resolved.place.label,
        latitude_deg=resolved.place.latitude_deg,
        longitude_deg=resolved.place.longitude_deg,
        height_m=question.height_m or 0.0,
        time_zone=resolved.place.time_zone,
    )
    if not resolved.others:
        return observer, []
    others = _listed([other.label for other in resolved.others], separator="; ")
    return observer, [f"taken as {observer.name}; there are also {others}"]


# --- of which satellites ------------------------------------------------------------------------


def _choose_of_file(question: Question, file: ElementFile) -> tuple[list[ElementSet], list[str]]:
    known = newest_by_satellite(element_set for element_set, _ in file.parsed.sets)
    wanted = _named(question.satellites, known) or list(known)
    if missing := [number for number in wanted if number not in known]:
        message = f"{file.name} holds no element set of satellite {_listed(missing)}"
        raise NoElements(message + _refusals(file), norad_ids=missing)
    if not wanted:
        raise NoElements(f"{file.name} holds no element set that can be used" + _refusals(file))
    if question.satellites or question.all_satellites or len(wanted) <= MAX_SATELLITES:
        return [known[number] for number in wanted], []
    note = (
        f"{file.name} holds {len(wanted)} satellites; these are the first {MAX_SATELLITES}. "
        "Choose some with -s, or ask for --all-satellites"
    )
    return [known[number] for number in wanted[:MAX_SATELLITES]], [note]


def _choose_of_stored(
    question: Question, followed: Sequence[int], database: "Database | None"
) -> tuple[list[ElementSet], list[str]]:
    known = _in_force(database, None if question.satellites else followed)
    wanted = _named(question.satellites, known) or list(followed)
    chosen = [known[number] for number in wanted if number in known]
    missing = [number for number in wanted if number not in known]
    if missing and (question.satellites or not chosen):
        raise NoElements(_not_loaded(missing, _in_force(database)), norad_ids=missing)
    if not missing:
        return chosen, []
    return chosen, [f"no element set of satellite {_listed(missing)} is loaded; it is left out"]


def _named(queries: Iterable[str], known: Mapping[int, ElementSet]) -> list[int]:
    """Return the catalog numbers that are meant, each once, in the order asked."""
    names = [(element_set.norad_id, element_set.name) for element_set in known.values()]
    return list(dict.fromkeys(select_satellites(query, names) for query in queries))


def _in_force(
    database: "Database | None", norad_ids: Sequence[int] | None = None
) -> dict[int, ElementSet]:
    if database is None:
        return {}
    with database.reading() as reader:
        return {each.norad_id: each for each in elements_in_force(reader, norad_ids)}


def _not_loaded(missing: Sequence[int], loaded: Mapping[int, ElementSet]) -> str:
    message = f"no element set of satellite {_listed(missing)} is loaded"
    if loaded:
        present = [f"{number} {each.name}".strip() for number, each in loaded.items()]
        message += f"; loaded: {_listed(present)}.\nChoose with -s, or load"
    else:
        message += ".\nLoad"
    return (
        f"{message} a file of current ones:\n"
        "  overflight tle load FILE\n"
        "or use one without storing it:\n"
        "  overflight passes PLACE --elements FILE"
    )


def _refusals(file: ElementFile) -> str:
    refused = [f"\n  line {each.line}: {each.reason}" for each in file.parsed.refusals]
    return f"; refused:{_listed(refused, separator='')}" if refused else ""


def _listed(items: Sequence[object], *, separator: str = ", ") -> str:
    more = len(items) - LISTED
    listed = separator.join(map(str, items[:LISTED]))
    return f"{listed} and {more} more" if more > 0 else listed


# --- which passes -------------------------------------------------------------------------------


def _find(
    chosen: Sequence[ElementSet], observer: Observer, question: Question, grid_deg: float
) -> tuple[list[ElementSet], list[Pass], list[str]]:
    """Return the sets that could be used, their passes by culmination, and reasons for none."""
    observers = Observers.of([observer])
    used: list[ElementSet] = []
    found: list[Pass] = []
    reasons: list[str] = []
    failures: list[PropagationError] = []
    for element_set in chosen:
        try:
            passes, reason = _of_one(element_set, observers, question)
        except PropagationError as error:
            failures.append(error)
            continue
        used.append(element_set)
        found.extend(rows(passes, [observer], grid_deg=grid_deg))
        reasons.extend(reason)
    if failures and not used:
        raise OrbitError(_listed(failures, separator="\n")) from failures[0]
    found.sort(key=lambda pass_: pass_.culmination.time)
    return used, found, [*map(str, failures), *reasons]


def _of_one(
    element_set: ElementSet, observers: Observers, question: Question
) -> tuple[Passes, Sequence[str]]:
    ephemeris = propagate(element_set, question.start, question.end)
    passes = find_passes(ephemeris, observers, min_elevation_deg=question.min_elevation_deg)
    if not len(passes):
        return passes, [_why_none(element_set, passes, observers, question)]
    name = element_set.name or str(element_set.norad_id)
    count = len(passes)
    if question.min_culmination_deg is not None:
        highest_deg = passes.culmination.elevation_deg.max()
        passes = passes.take(passes.culmination.elevation_deg >= question.min_culmination_deg)
        if not len(passes):
            reason = (
                f"{name}: {_counted(count)}, but the highest culminates at {highest_deg:.1f} deg, "
                f"below the {question.min_culmination_deg:g} deg asked for"
            )
            return passes, [reason]
    if question.visible_only:
        count = len(passes)
        passes = passes.take(passes.visible(observers))
        if not len(passes):
            reason = (
                f"{name}: {_counted(count)}, but none can be seen: each time the sky is too bright "
                "or the satellite is in the Earth's shadow"
            )
            return passes, [reason]
    return passes, []


def _counted(count: int) -> str:
    return "one pass" if count == 1 else f"{count} passes"


def _why_none(
    element_set: ElementSet, none: Passes, observers: Observers, question: Question
) -> str:
    """Say why a satellite has no pass: always too far, too low this time, or a short window."""
    name = element_set.name or str(element_set.norad_id)
    lower = find_passes(none.ephemeris, observers, min_elevation_deg=MIN_THRESHOLD_DEG)
    if len(lower):
        highest_deg = float(np.max(lower.culmination.elevation_deg))
        return (
            f"{name}: no pass above {question.min_elevation_deg:g} deg in this window; "
            f"it culminates at {highest_deg:.1f} deg at most"
        )
    reach_deg = min(element_set.inclination_deg, 180.0 - element_set.inclination_deg)
    sight_rad = np.arccos(EQUATORIAL_RADIUS_KM / none.ephemeris.radius_km.max())
    seen_deg = reach_deg + float(np.degrees(sight_rad))
    latitude_deg = float(observers.latitude_deg[0])
    if abs(latitude_deg) > seen_deg:
        return (
            f"{name}: it stays below the horizon; its orbit reaches latitude {reach_deg:.1f} deg "
            f"and is seen to {seen_deg:.1f} deg, this place lies at {latitude_deg:.1f} deg"
        )
    if (question.end - question.start).total_seconds() > 2 * element_set.period_s:
        return f"{name}: it does not come above the horizon of this place in this window"
    return f"{name}: no pass in this window; try a longer one"


def _with_stored_ids(database: "Database", found: list[Pass], grid_deg: float) -> list[Pass]:
    """Give passes the ids under which the daemon has planned them."""
    from messaging.stored_passes import with_stored_ids  # noqa: PLC0415 - nothing stored, no need

    with database.reading() as reader:
        return with_stored_ids(reader, found, grid_deg=grid_deg)
