"""What ``overflight passes`` answers: the passes of some satellites over a place, and why none."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from orbit.earth import EQUATORIAL_RADIUS_KM
from orbit.horizon import MIN_ELEVATION_DEG
from orbit.observers import Observer, Observers
from orbit.passes import Passes, find_passes
from orbit.places import resolve_place, time_zone_at
from orbit.publishing.rows import Pass, rows
from overflight.element_files import ElementFile
from overflight.preview.histories import Uncertainties, learn_uncertainties
from overflight.preview.query import (
    PassQuery,
    choose_satellites,
    find_above,
    keep_high,
    keep_wanted,
    listed,
    propagate_each,
)
from tle import ElementSet, Refusal

if TYPE_CHECKING:
    from orbit.errors import PropagationError
    from orbit.horizon import HorizonMask
    from overflight.settings.values import Place, Settings
    from tle.storage.port import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceQuery(PassQuery):
    """Which passes a person wants over one place."""

    place: str
    """One of the settings, or whatever ``resolve_place`` takes."""
    height_m: float | None = None
    """Above WGS84; None: that of the place in the settings, else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Passes by culmination, and what a person should know about them."""

    observer: Observer
    element_sets: list[ElementSet]
    """Those that could be propagated to the window."""
    passes: list[Pass]
    notes: list[str]
    """How the place was understood, what is missing, and why a satellite has no pass."""
    refused: list[Refusal]
    """The sets of the file that cannot be used."""


def preview(
    query: PlaceQuery,
    *,
    settings: "Settings",
    file: ElementFile | None = None,
    database: "Database | None" = None,
    now: datetime,
) -> Preview:
    """Find the passes of each satellite over one place.

    Args:
        query: what a person wants to see.
        settings: the places and satellites of their own, and the grid of the pass ids. The mask
            of such a place counts where the query has none.
        file: where to take the elements from; without it, those in force in the database.
        database: what has been stored, if anything has; passes keep the ids they have there.
        now: what is stored for a later time is not in force yet.

    Raises:
        NoElements: elements that were asked for are missing.
        SelectionError: a satellite's name is unknown or ambiguous.
        PlacesError: the place cannot be read, or is not known.
        OrbitError: no element set at all can be propagated to the window.
    """
    own = _own_place(query, settings)
    observer, notes = _find_observer(query, own)
    if own and query.horizon_mask is None:
        query = replace(query, horizon_mask=_mask_of(own))
    chosen, said = choose_satellites(
        query, followed=settings.satellites, file=file, database=database, now=now
    )
    uncertainties = learn_uncertainties(chosen, file=file, database=database, now=now)
    element_sets, found, reasons = _find(
        chosen, uncertainties, observer, query, settings.privacy.grid_deg
    )
    found = _with_ids(found, query, settings.privacy.grid_deg, database)
    return Preview(
        observer=observer,
        element_sets=element_sets,
        passes=found,
        notes=[*notes, *said, *reasons],
        refused=file.parsed.refusals if file else [],
    )


# --- where from ---------------------------------------------------------------------------------


def _own_place(query: PlaceQuery, settings: "Settings") -> "Place | None":
    own_places = {name.casefold(): place for name, place in settings.places.items()}
    return own_places.get(query.place.casefold())


def _mask_of(own: "Place") -> "HorizonMask | None":
    if not own.horizon_mask:
        return None
    from messaging.people.horizons import parse_mask  # noqa: PLC0415 - few places have a mask

    return parse_mask(own.horizon_mask)


def _find_observer(query: PlaceQuery, own: "Place | None") -> tuple[Observer, list[str]]:
    if own:
        observer = Observer(
            name=query.place,
            latitude_deg=own.latitude_deg,
            longitude_deg=own.longitude_deg,
            height_m=own.height_m if query.height_m is None else query.height_m,
            time_zone=own.time_zone or time_zone_at(own.latitude_deg, own.longitude_deg),
        )
        return observer, []
    resolved = resolve_place(query.place)
    observer = Observer(
        name=resolved.place.label,
        latitude_deg=resolved.place.latitude_deg,
        longitude_deg=resolved.place.longitude_deg,
        height_m=query.height_m or 0.0,
        time_zone=resolved.place.time_zone,
    )
    if not resolved.others:
        return observer, []
    others = listed([other.label for other in resolved.others], separator="; ")
    return observer, [f"taken as {observer.name}; there are also {others}"]


# --- which passes -------------------------------------------------------------------------------


def _find(
    chosen: list[ElementSet],
    uncertainties: Uncertainties,
    observer: Observer,
    query: PlaceQuery,
    grid_deg: float,
) -> tuple[list[ElementSet], list[Pass], list[str]]:
    """Return the sets that could be used, their passes by culmination, and reasons for none."""
    observers = Observers.of([observer])
    used: list[ElementSet] = []
    found: list[Pass] = []
    reasons: list[str] = []
    failures: list[PropagationError] = []
    for ephemeris in propagate_each(chosen, query, failures, uncertainties):
        passes = find_above(ephemeris, observers, query)
        wanted = keep_wanted(passes, query)
        if not len(wanted):
            why = _why_none_wanted if len(passes) else _why_none
            reasons.append(why(passes, query))
        used.append(ephemeris.element_set)
        found.extend(rows(wanted, [observer], grid_deg=grid_deg))
    found.sort(key=lambda pass_: pass_.culmination.time)
    return used, found, [*map(str, failures), *reasons]


def _why_none_wanted(passes: Passes, query: PlaceQuery) -> str:
    """Say why none of the passes is wanted: all too low, or none can be seen."""
    name = _name(passes.ephemeris.element_set)
    high = keep_high(passes, query)
    if not len(high):
        return (
            f"{name}: {_counted(len(passes))}, but the highest culminates at "
            f"{passes.max_elevation_deg.max():.1f} deg, "
            f"below the {query.min_culmination_deg:g} deg asked for"
        )
    return (
        f"{name}: {_counted(len(high))}, but none can be seen: each time the sky is too bright "
        "or the satellite is in the Earth's shadow"
    )


def _counted(count: int) -> str:
    return "one pass" if count == 1 else f"{count} passes"


def _name(element_set: ElementSet) -> str:
    return element_set.name or str(element_set.norad_id)


def _why_none(none: Passes, query: PlaceQuery) -> str:
    """Say why a satellite has no pass: hidden, always too far, too low now, or a short window."""
    element_set = none.ephemeris.element_set
    name = _name(element_set)
    if query.horizon_mask is not None:
        unmasked = find_above(none.ephemeris, none.observers, replace(query, horizon_mask=None))
        if len(unmasked):
            return (
                f"{name}: {_counted(len(unmasked))}, but none clears the horizon mask; "
                f"without it the highest culminates at {unmasked.max_elevation_deg.max():.1f} deg"
            )
    lower = find_passes(none.ephemeris, none.observers, min_elevation_deg=MIN_ELEVATION_DEG)
    if len(lower):
        highest_deg = float(np.max(lower.culmination.elevation_deg))
        return (
            f"{name}: no pass above {query.min_elevation_deg:g} deg in this window; "
            f"it culminates at {highest_deg:.1f} deg at most"
        )
    reach_deg = min(element_set.inclination_deg, 180.0 - element_set.inclination_deg)
    sight_rad = np.arccos(EQUATORIAL_RADIUS_KM / none.ephemeris.radius_km.max())
    seen_deg = reach_deg + float(np.degrees(sight_rad))
    latitude_deg = float(none.observers.latitude_deg[0])
    if abs(latitude_deg) > seen_deg:
        return (
            f"{name}: it stays below the horizon; its orbit reaches latitude {reach_deg:.1f} deg "
            f"and is seen to {seen_deg:.1f} deg, this place lies at {latitude_deg:.1f} deg"
        )
    if (query.end - query.start).total_seconds() > 2 * element_set.period_s:
        return f"{name}: it does not come above the horizon of this place in this window"
    return f"{name}: no pass in this window; try a longer one"


# --- under which ids ----------------------------------------------------------------------------


def _with_ids(
    found: list[Pass], query: PlaceQuery, grid_deg: float, database: "Database | None"
) -> list[Pass]:
    """Give passes the ids under which the daemon has planned them, where it has."""
    if not found or database is None:
        return found
    from messaging.passes.book import with_stored_ids  # noqa: PLC0415 - nothing stored, no need

    with database.reading() as reader:
        return with_stored_ids(reader, found, grid_deg=grid_deg, horizon_mask=query.horizon_mask)
