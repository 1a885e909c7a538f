"""What is published of a pass: each key, and its values as a column.

The JSON that ``docs/pass.schema.json`` describes and the cells of CSV are both made of these
columns, whether of one place's few passes or of a million places'.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from orbit.identity import Site
from orbit.observers import Observer
from tle.columns import Flags, Floats, Integers

if TYPE_CHECKING:
    from orbit.look import Sights
    from orbit.passes import Passes

FIRM_DAYS = 5.0
FIRM_S = 30.0  # half a minute: firm times are shown with seconds
PROVISIONAL_DAYS = 10.0
PROVISIONAL_S = 300.0  # provisional ones are shown as about a minute; beyond five that misleads

Column = list[Any]
"""A value for each pass: text, a number, a truth value or None."""

T = TypeVar("T")
Join = Callable[[tuple[str, ...], Sequence[Sequence[T]]], Sequence[T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    passes: "Passes"
    observers: Sequence[Observer]
    grid_deg: float


_Leaf = Callable[[_Source], Column]
_Tree = dict[str, "_Leaf | _Tree"]


def columns(
    passes: "Passes",
    observers: Sequence[Observer],
    *,
    grid_deg: float,
) -> list[Column]:
    """Return the published values under ``COLUMNS``, ready for JSON.

    Angles are rounded to 1e-4 degrees, ranges to a metre; times are ISO 8601 in UTC with
    milliseconds and Z.

    Args:
        passes: one row each.
        observers: those the passes were found for.
        grid_deg: the privacy grid, for the ids that the passes would get at first.
    """
    source = _Source(passes=passes, observers=observers, grid_deg=grid_deg)
    return [make(source) for _, make in _leaves(_PUBLISHED)]


def nested(flat: Iterable[Sequence[T]], join: Join[T]) -> Sequence[T]:
    """Make one column of many: first one of each part's, then one of all.

    Args:
        flat: the columns, under ``COLUMNS``.
        join: makes a column of keys and their columns; a part is absent where its first value is.
    """
    return _nested(_PUBLISHED, iter(flat), join)


def _leaves(tree: _Tree, prefix: str = "") -> Iterator[tuple[str, _Leaf]]:
    for key, part in tree.items():
        if isinstance(part, dict):
            yield from _leaves(part, f"{prefix}{key}_")
        else:
            yield prefix + key, part


def _nested(tree: _Tree, flat: Iterator[Sequence[T]], join: Join[T]) -> Sequence[T]:
    parts = [
        _nested(part, flat, join) if isinstance(part, dict) else next(flat)
        for part in tree.values()
    ]
    return join(tuple(tree), parts)


# --- columns ------------------------------------------------------------------------------------


def _where(present: Flags, values: Column) -> Column:
    """Return the values in the rows where there is one, else None."""
    if len(values) == len(present):
        return values
    column = np.full(len(present), None, object)
    column[present] = values
    return list(column)


def _numbers(values: Floats, digits: int, turn: float | None = None) -> Column:
    """Round; NaN is None. What rounds to a full turn is 0."""
    present = np.isfinite(values)
    rounded = np.round(values[present], digits) + 0.0  # no minus zero
    return _where(present, (rounded % turn if turn else rounded).tolist())


def _iso_z(ms: Integers) -> Column:
    """Do what ``tle.times.iso_z`` does, for a whole column at once."""
    return list(np.datetime_as_string(ms.astype("datetime64[ms]"), timezone="UTC").tolist())


def _times(passes: "Passes", time_s: Floats) -> Column:
    present = np.isfinite(time_s)
    return _where(present, _iso_z(passes.ephemeris.milliseconds(time_s[present])))


def _durations_s(source: _Source) -> Column:
    """Subtract times that are rounded to milliseconds, as published."""
    passes, ms = source.passes, source.passes.ephemeris.milliseconds
    present = np.isfinite(passes.duration_s)
    duration_ms = ms(passes.los_s[present]) - ms(passes.aos_s[present])
    return _where(present, (duration_ms / 1000.0).tolist())


def _pass_ids(source: _Source) -> Column:
    """Name each pass after the site of its observer."""
    passes, norad_id = source.passes, source.passes.ephemeris.element_set.norad_id
    sites, masks = {}, passes.horizon_masks
    for row in np.unique(passes.observer).tolist():
        observer = source.observers[row]
        sites[row] = Site.about(
            observer.latitude_deg,
            observer.longitude_deg,
            grid_deg=source.grid_deg,
            horizon_mask=None if masks is None else masks[row],
        )
    culmination_ms = passes.ephemeris.milliseconds(passes.culmination_s).tolist()
    return [
        sites[row].pass_id(norad_id, ms)
        for row, ms in zip(passes.observer.tolist(), culmination_ms, strict=True)
    ]


def _confidences(source: _Source) -> Column:
    """Grade each pass by the age of its elements, but no better than its uncertainty allows.

    With synthetic elements, which have none, all are provisional: a rehearsal wants to see times.
    """
    age_days, half_width_s = np.abs(source.passes.element_age_days), source.passes.uncertainty_s
    known = [
        (age_days <= FIRM_DAYS) & (half_width_s <= FIRM_S),
        (age_days <= PROVISIONAL_DAYS) & (half_width_s <= PROVISIONAL_S) | np.isnan(half_width_s),
    ]
    return list(np.select(known, ["firm", "provisional"], "date_only").tolist())


def _uncertainties_s(source: _Source) -> Column:
    """Round to two digits or so: none of it is known better."""
    present = np.isfinite(source.passes.uncertainty_s)
    half_width_s = source.passes.uncertainty_s[present]
    digits = [half_width_s < 1.0, half_width_s < 10.0]  # noqa: PLR2004 - below which, more digits
    rounded = [np.round(half_width_s, 2), np.round(half_width_s, 1)]
    return _where(present, np.select(digits, rounded, np.round(half_width_s)).tolist())


def _satellites(source: _Source) -> Column:
    element_set = source.passes.ephemeris.element_set
    return [element_set.name or str(element_set.norad_id)] * len(source.passes)


# --- which columns there are --------------------------------------------------------------------


def _observer(value: Callable[[Observer], Any]) -> _Leaf:
    def column(source: _Source) -> Column:
        values = [value(observer) for observer in source.observers]
        return [values[row] for row in source.passes.observer.tolist()]

    return column


def _direction(sights: "Callable[[Passes], Sights]") -> _Tree:
    return {
        "time": lambda source: _times(source.passes, sights(source.passes).time_s),
        "azimuth_deg": lambda source: _numbers(sights(source.passes).azimuth_deg, 4, turn=360.0),
        "elevation_deg": lambda source: _numbers(sights(source.passes).elevation_deg, 4),
    }


def _sight(sights: "Callable[[Passes], Sights]") -> _Tree:
    return {
        **_direction(sights),
        "range_km": lambda source: _numbers(sights(source.passes).range_km, 3),
    }


_PUBLISHED: _Tree = {
    "pass_id": _pass_ids,
    "satellite": _satellites,
    "norad_id": lambda source: [source.passes.ephemeris.element_set.norad_id] * len(source.passes),
    "observer": {
        "name": _observer(lambda observer: observer.name),
        "latitude_deg": _observer(lambda observer: observer.latitude_deg),
        "longitude_deg": _observer(lambda observer: observer.longitude_deg),
        "height_m": _observer(lambda observer: observer.height_m),
        "time_zone": _observer(lambda observer: observer.time_zone),
    },
    "aos": _sight(lambda passes: passes.aos),
    "culmination": _sight(lambda passes: passes.culmination),
    "tca": _sight(lambda passes: passes.closest_approach),
    "los": _sight(lambda passes: passes.los),
    "duration_s": _durations_s,
    "in_progress": lambda source: source.passes.in_progress.tolist(),
    "always_up": lambda source: source.passes.always_up.tolist(),
    "sunlit": {
        "start": lambda source: _times(source.passes, source.passes.sunlit_span_s[0]),
        "end": lambda source: _times(source.passes, source.passes.sunlit_span_s[1]),
    },
    "visible": lambda source: source.passes.visible.tolist(),
    "visible_segment": {
        "start": _direction(lambda passes: passes.visible_start),
        "highest": _direction(lambda passes: passes.visible_highest),
        "end": _direction(lambda passes: passes.visible_end),
    },
    "magnitude": lambda source: _numbers(source.passes.magnitude, 1),
    "sun_elevation_deg": lambda source: _numbers(source.passes.sun_elevation_deg, 2),
    "element_epoch": lambda source: (
        _iso_z(np.array([source.passes.ephemeris.element_set.epoch_ms])) * len(source.passes)
    ),
    # Ages are whole milliseconds, so ties at the fourth digit are common: numpy would miss them.
    "element_age_days": lambda source: [
        round(age_days, 4) + 0.0 for age_days in source.passes.element_age_days.tolist()
    ],
    "uncertainty_s": _uncertainties_s,
    "confidence": _confidences,
}
"""Each key in order: how to make its column, or its parts."""

COLUMNS = tuple(name for name, _ in _leaves(_PUBLISHED))
"""The names of the columns: the keys that lead to each value, joined by ``_``."""
