"""What is asked of passes: of which satellites, in which window, and which of them count."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orbit.defaults import THRESHOLD_DEG
from orbit.ephemeris import Ephemeris, propagate
from orbit.errors import OrbitError, PropagationError
from orbit.finding.engines import Engine
from orbit.observers import Observers
from orbit.passes import Passes, find_passes
from overflight.element_files import ElementFile
from overflight.errors import NoElements
from overflight.preview.histories import Uncertainties
from tle import ElementSet, elements_in_force, newest_by_satellite, select_satellite
from tle.versions.adoption import current_ids
from tle.versions.in_force import satellite_names

if TYPE_CHECKING:
    from orbit.horizon import HorizonMask
    from tle.storage.port import Database

MAX_SATELLITES = 20
LISTED = 5  # of a longer list in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PassQuery:
    """Which passes a person wants, wherever the observers are."""

    start: datetime
    end: datetime
    satellites: tuple[str, ...] = ()
    """Numbers, names or aliases; none: those of the settings, or of the file."""
    all_satellites: bool = False
    """More than ``MAX_SATELLITES`` of the file."""
    min_elevation_deg: float = THRESHOLD_DEG
    min_culmination_deg: float | None = None
    visible_only: bool = False
    horizon_mask: "HorizonMask | None" = None
    """What hides the sky, the same for every observer; None: nothing does."""


def choose_satellites(
    query: PassQuery,
    *,
    followed: Sequence[int],
    file: ElementFile | None,
    database: "Database | None",
    now: datetime,
) -> tuple[list[ElementSet], list[str]]:
    """Return the element sets a query is about, and notes on those that are left out.

    Args:
        query: what a person wants.
        followed: catalog numbers taken from the database where none are named.
        file: where to take the elements from; without it, those in force in the database.
        database: what has been stored, if anything has.
        now: sets that wait for a later time are not in force yet.

    Raises:
        NoElements: elements that were asked for are missing.
        SelectionError: a satellite's name is unknown or ambiguous.
    """
    if file is not None:
        return _choose_of_file(query, file)
    return _choose_of_stored(query, followed, database, now)


def propagate_each(
    chosen: Sequence[ElementSet],
    query: PassQuery,
    failures: list[PropagationError],
    uncertainties: Uncertainties,
) -> Iterator[Ephemeris]:
    """Yield where each satellite is over the window; append to ``failures`` why one is left out.

    One by one, because a thousand of them do not fit into memory.

    Raises:
        OrbitError: none can be propagated.
    """
    for element_set in chosen:
        try:
            if query.horizon_mask is not None:  # above_masks will look so far beyond the window
                revolution = timedelta(seconds=element_set.period_s)
                propagate(element_set, query.start - revolution, query.end + revolution)
            learnt = uncertainties.get(element_set.norad_id)
            yield propagate(element_set, query.start, query.end, uncertainty=learnt)
        except PropagationError as error:
            failures.append(error)
    if failures and len(failures) == len(chosen):
        raise OrbitError(listed(failures, separator="\n")) from failures[0]


def find_above(
    ephemeris: Ephemeris, observers: Observers, query: PassQuery, *, engine: Engine | None = None
) -> Passes:
    """Find the passes of one satellite above the threshold, and above the mask if there is one.

    Raises:
        OrbitError: the threshold is not from -5 to 89 degrees.
    """
    threshold_deg = query.min_elevation_deg
    passes = find_passes(ephemeris, observers, min_elevation_deg=threshold_deg, engine=engine)
    if query.horizon_mask is None:
        return passes
    from orbit.masking import above_masks  # noqa: PLC0415 - most previews have no mask

    masks = [query.horizon_mask] * len(observers)
    return above_masks(passes, masks, min_elevation_deg=threshold_deg)


def keep_high(passes: Passes, query: PassQuery) -> Passes:
    """Leave out the passes that do not climb as high as is asked for."""
    if query.min_culmination_deg is None:
        return passes
    return passes.take(passes.max_elevation_deg >= query.min_culmination_deg)


def keep_wanted(passes: Passes, query: PassQuery) -> Passes:
    """Leave out the passes that are too low, or cannot be seen where that is asked for."""
    high = keep_high(passes, query)
    return high.take(high.visible) if query.visible_only else high


def listed(items: Sequence[object], *, separator: str = ", ") -> str:
    """Put items in a sentence, and count those beyond ``LISTED``."""
    more = len(items) - LISTED
    text = separator.join(map(str, items[:LISTED]))
    return f"{text} and {more} more" if more > 0 else text


# --- of which satellites -------------------------------------------------------------------------


def _choose_of_file(query: PassQuery, file: ElementFile) -> tuple[list[ElementSet], list[str]]:
    known = newest_by_satellite(element_set for element_set, _ in file.parsed.sets)
    names = [(each.norad_id, each.name) for each in known.values()]
    wanted = _named(query.satellites, names) or list(known)
    if missing := [number for number in wanted if number not in known]:
        message = f"{file.name} holds no element set of satellite {listed(missing)}"
        raise NoElements(message + _refusals(file), norad_ids=missing)
    if not wanted:
        raise NoElements(f"{file.name} holds no element set that can be used" + _refusals(file))
    if query.satellites or query.all_satellites or len(wanted) <= MAX_SATELLITES:
        return [known[number] for number in wanted], []
    note = (
        f"{file.name} holds {len(wanted)} satellites; these are the first {MAX_SATELLITES}. "
        "Choose some with -s, or ask for --all-satellites"
    )
    return [known[number] for number in wanted[:MAX_SATELLITES]], [note]


def _choose_of_stored(
    query: PassQuery, followed: Sequence[int], database: "Database | None", now: datetime
) -> tuple[list[ElementSet], list[str]]:
    if database is None:
        wanted = _named(query.satellites, []) or list(followed)
        raise NoElements(_not_loaded(wanted, []), norad_ids=wanted)
    with database.reading() as reader:
        names = satellite_names(reader) if query.satellites else []
        wanted = _named(query.satellites, names) or list(followed)
        current = current_ids(reader, wanted)
        known = {each.norad_id: each for each in elements_in_force(reader, wanted, now=now)}
        chosen = [known[number] for number in dict.fromkeys(current.values()) if number in known]
        missing = [number for number in wanted if current[number] not in known]
        if missing and (query.satellites or not chosen):
            raise NoElements(_not_loaded(missing, satellite_names(reader)), norad_ids=missing)
    if not missing:
        return chosen, []
    return chosen, [f"no element set of satellite {listed(missing)} is loaded; it is left out"]


def _named(names: Iterable[str], known: Sequence[tuple[int, str]]) -> list[int]:
    """Return the catalog numbers that are meant, each once, in the order asked."""
    return list(dict.fromkeys(select_satellite(name, known) for name in names))


def _not_loaded(missing: Sequence[int], names: Sequence[tuple[int, str]]) -> str:
    message = f"no element set of satellite {listed(missing)} is loaded"
    if names:
        present = [f"{number} {name}".strip() for number, name in names]
        message += f"; loaded: {listed(present)}.\nChoose with -s, or fetch"
    else:
        message += ".\nFetch"
    return (
        f"{message} current ones:\n"
        "  overflight tle update\n"
        "or load a file of them:\n"
        "  overflight tle load FILE\n"
        "or use one without storing it:\n"
        "  overflight passes PLACE --elements FILE"
    )


def _refusals(file: ElementFile) -> str:
    refused = [f"\n  line {each.line}: {each.reason}" for each in file.parsed.refusals]
    return f"; refused:{listed(refused, separator='')}" if refused else ""
