"""Passes as columns: what ``find_passes`` returns, whichever path found them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orbit.arguments import AN_EPHEMERIS, SOME_OBSERVERS, check_kind, to_floats
from orbit.defaults import GRID_DEG, THRESHOLD_DEG
from orbit.ephemeris import (
    Ephemeris,
    is_low_and_near_circular,
)
from orbit.errors import ArgumentError
from orbit.extremes import highest_s, nearest_s
from orbit.finding.engines import Engine, choose_engine, load_engine, map_in_order
from orbit.finding.finder import Finder, Found
from orbit.finding.general import GeneralFinder
from orbit.finding.near_circular import NearCircularFinder
from orbit.horizon import MAX_ELEVATION_DEG, MIN_ELEVATION_DEG, HorizonMask
from orbit.light.magnitude import estimate_magnitude
from orbit.light.spans import Spans
from orbit.light.visibility import dark_parts, sun_elevation_deg, sunlit_parts
from orbit.look import Sights, look
from orbit.observers import Observers
from tle.columns import Flags, Floats, Integers, Rows
from tle.times import DAY_MS

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from orbit.publishing.rows import Pass


@dataclass(frozen=True, kw_only=True, eq=False)
class Passes:
    """One satellite's passes, one row each, in the order of observer and culmination.

    What is found are the events; where to look and what is seen is computed when asked for.
    Iterating gives each pass as a row.

    Attributes:
        ephemeris: where the satellite was taken to be; times count from its first grid point.
        observers: all those asked about.
        observer: row of the observer, shape (n,).
        aos_s, culmination_s, los_s: when; AOS and LOS are NaN where the satellite does not cross
            the threshold within one revolution of the culmination.
        max_elevation_deg: at the culmination, shape (n,), from the finder, which sees only its
            sine: within a degree of the zenith it may be 0.02 off ``culmination.elevation_deg``.
        always_up: the satellite never sets, shape (n,).
        horizon_masks: what they were found above, one an observer; None: nothing hides the sky.
    """

    ephemeris: Ephemeris
    observers: Observers
    observer: Integers
    aos_s: Floats
    culmination_s: Floats
    los_s: Floats
    max_elevation_deg: Floats
    always_up: Flags
    horizon_masks: Sequence[HorizonMask | None] | None = None

    def __len__(self) -> int:
        """Return the number of passes."""
        return len(self.observer)

    def __iter__(self) -> "Iterator[Pass]":
        """Yield each pass as a row; observers are called by their coordinates."""
        from orbit.publishing.rows import rows  # noqa: PLC0415 - planning never looks at rows

        return rows(self, list(self.observers), grid_deg=GRID_DEG)

    def __repr__(self) -> str:
        element_set = self.ephemeris.element_set
        start, end = map(self.ephemeris.datetime_at, self.ephemeris.window_s)
        satellite = f"{element_set.norad_id} {element_set.name}".strip()
        window = f"{start:%Y-%m-%dT%H:%MZ} to {end:%Y-%m-%dT%H:%MZ}"
        return (
            f"<Passes of {satellite}, {window}: {len(self)} over {len(self.observers)} observers>"
        )

    def to_columns(self) -> dict[str, NDArray[Any]]:
        """Return what most ask for, as columns of 64 bits or truth values, one row a pass.

        ``observer`` is the row of the observer, from 0. Times are ``datetime64[ms]``, UTC, and NaT
        where there is none; numbers without a value are NaN.
        """
        time = self.ephemeris.datetimes
        return {
            "observer": self.observer,
            "norad_id": np.full(len(self), self.ephemeris.element_set.norad_id, np.int64),
            "aos": time(self.aos_s),
            "culmination": time(self.culmination_s),
            "los": time(self.los_s),
            "culmination_elevation_deg": self.culmination.elevation_deg,
            "aos_azimuth_deg": self.aos.azimuth_deg,
            "culmination_azimuth_deg": self.culmination.azimuth_deg,
            "los_azimuth_deg": self.los.azimuth_deg,
            "culmination_range_km": self.culmination.range_km,
            "in_progress": self.in_progress,
            "always_up": self.always_up,
            "visible": self.visible,
            "sun_elevation_deg": self.sun_elevation_deg,
            "element_age_days": self.element_age_days,
            "uncertainty_s": self.uncertainty_s,
        }

    def to_pandas(self) -> "pd.DataFrame":
        """Return ``to_columns`` as a frame of pandas, times aware, UTC.

        Raises:
            ImportError: pandas is not installed.
        """
        from orbit.publishing.frames import pandas_frame  # noqa: PLC0415 - only in a notebook

        return pandas_frame(self.to_columns())

    def to_polars(self) -> "pl.DataFrame":
        """Return ``to_columns`` as a frame of polars, times aware, UTC; what is missing is null.

        Raises:
            ImportError: polars is not installed.
        """
        from orbit.publishing.frames import polars_frame  # noqa: PLC0415 - only in a notebook

        return polars_frame(self.to_columns())

    @cached_property
    def aos(self) -> Sights:
        """Where to look at AOS; all NaN where there is none."""
        return look(self.ephemeris, self.observers, self.observer, self.aos_s)

    @cached_property
    def culmination(self) -> Sights:
        """Where to look when it is highest."""
        return look(self.ephemeris, self.observers, self.observer, self.culmination_s)

    @cached_property
    def los(self) -> Sights:
        """Where to look at LOS; all NaN where there is none."""
        return look(self.ephemeris, self.observers, self.observer, self.los_s)

    @property
    def in_progress(self) -> Flags:
        """Whether AOS was before the window began."""
        return self.always_up | (self.aos_s < self.ephemeris.window_s[0])

    @property
    def duration_s(self) -> Floats:
        """From AOS to LOS; NaN where either is missing."""
        return self.los_s - self.aos_s

    @property
    def element_age_days(self) -> Floats:
        """Culmination minus epoch."""
        ms = self.ephemeris.milliseconds(self.culmination_s)
        return (ms - self.ephemeris.element_set.epoch_ms) / DAY_MS

    @property
    def uncertainty_s(self) -> Floats:
        """Half the width of the interval that holds each event's time, by itself, with 90 %.

        NaN with synthetic elements.
        """
        return self.ephemeris.uncertainty.half_width_s(self.element_age_days)

    @cached_property
    def span_s(self) -> tuple[Floats, Floats]:
        """AOS and LOS; where either is missing, the window's start or end."""
        start_s, end_s = self.ephemeris.window_s
        return (
            np.where(np.isnan(self.aos_s), start_s, self.aos_s),
            np.where(np.isnan(self.los_s), end_s, self.los_s),
        )

    @cached_property
    def closest_approach(self) -> Sights:
        """Where to look when it is nearest within ``span_s``."""
        time_s = nearest_s(self.ephemeris, self.observers, self.observer, *self.span_s)
        return look(self.ephemeris, self.observers, self.observer, time_s)

    @cached_property
    def sunlit_span_s(self) -> tuple[Floats, Floats]:
        """When it comes into sunlight and leaves it within ``span_s``; NaN where it does not.

        The longest stretch, if there are several.
        """
        return sunlit_parts(self.ephemeris, Spans.of_rows(*self.span_s)).longest(len(self))

    @cached_property
    def visible_span_s(self) -> tuple[Floats, Floats]:
        """When it comes into view and goes out of it; NaN where it is never visible.

        In view it is sunlit while the observer is in the dark, within ``span_s``. The
        longest stretch, if there are several.
        """
        dark = dark_parts(
            self.ephemeris, self.observers, self.observer, Spans.of_rows(*self.span_s)
        )
        return sunlit_parts(self.ephemeris, dark).longest(len(self))

    @property
    def visible(self) -> Flags:
        """Whether it is in view at any time."""
        return np.isfinite(self.visible_span_s[0])

    @cached_property
    def visible_start(self) -> Sights:
        """Where to look when it comes into view; all NaN where it is never visible."""
        return look(self.ephemeris, self.observers, self.observer, self.visible_span_s[0])

    @cached_property
    def visible_highest(self) -> Sights:
        """Where to look when it is highest in view; all NaN where it is never visible."""
        start_s, end_s = self.visible_span_s
        in_view = (start_s <= self.culmination_s) & (self.culmination_s <= end_s)
        time_s = np.where(in_view, self.culmination_s, np.nan)
        rest = np.flatnonzero(self.visible & ~in_view)
        time_s[rest] = highest_s(
            self.ephemeris, self.observers, self.observer[rest], start_s[rest], end_s[rest]
        )
        return look(self.ephemeris, self.observers, self.observer, time_s)

    @cached_property
    def visible_end(self) -> Sights:
        """Where to look when it goes out of view; all NaN where it is never visible."""
        return look(self.ephemeris, self.observers, self.observer, self.visible_span_s[1])

    @cached_property
    def magnitude(self) -> Floats:
        """About how bright it is when highest in view; NaN where it is never visible or unknown."""
        return estimate_magnitude(
            self.ephemeris, self.observers, self.observer, self.visible_highest.time_s
        )

    @cached_property
    def sun_elevation_deg(self) -> Floats:
        """The sun's elevation at each culmination."""
        return sun_elevation_deg(self.ephemeris, self.observers, self.observer, self.culmination_s)

    def take(self, rows: Rows) -> "Passes":
        """Return the chosen rows."""
        return Passes(
            ephemeris=self.ephemeris,
            observers=self.observers,
            horizon_masks=self.horizon_masks,
            **{name: getattr(self, name)[rows] for name in _COLUMNS},
        )

    @classmethod
    def join(cls, parts: Sequence["Passes"]) -> "Passes":
        """Put passes over the same observers in one window behind each other."""
        return cls(
            ephemeris=parts[0].ephemeris,
            observers=parts[0].observers,
            horizon_masks=parts[0].horizon_masks,
            **{name: np.concatenate([getattr(p, name) for p in parts]) for name in _COLUMNS},
        )


_COLUMNS = tuple(f.name for f in fields(Found))


def find_passes(
    ephemeris: Ephemeris,
    observers: Observers,
    *,
    min_elevation_deg: ArrayLike = THRESHOLD_DEG,
    engine: Engine | None = None,
    threads: int = 1,
) -> Passes:
    """Find the passes whose culmination lies in the ephemeris' window [start, end).

    Exact for each observer: to milliseconds against Skyfield, whatever the other observers.

    Args:
        ephemeris: one satellite over one window.
        observers: one or a million places.
        min_elevation_deg: the threshold of AOS and LOS, for all or for each observer.
        engine: what finds the passes of low satellites; by default what suits the size of the work.
        threads: how many blocks of observers to work on at a time.

    Raises:
        ArgumentError: a threshold is not from -5 to 89 degrees.
        OrbitError: the engine cannot be loaded.
        TypeError: an argument is of another kind.
    """
    blocks = _find(ephemeris, observers, min_elevation_deg, engine, threads)
    found = Found.join([Found.nothing(), *blocks])
    found = found.take(np.argsort(found.observer, kind="stable"))
    return _passes(ephemeris, observers, found)


def stream_passes(
    ephemeris: Ephemeris,
    observers: Observers,
    *,
    min_elevation_deg: ArrayLike = THRESHOLD_DEG,
    engine: Engine | None = None,
    threads: int = 1,
) -> Iterator[Passes]:
    """Find the same passes block by block, so that memory stays bounded.

    Each block holds all passes of some observers, each observer's together and in the order of
    their culminations. Neighbours on the ground share a block; which ones is not promised.

    Arguments and errors are those of ``find_passes``.
    """
    blocks = _find(ephemeris, observers, min_elevation_deg, engine, threads)
    return (_passes(ephemeris, observers, found) for found in blocks)


def _find(
    ephemeris: Ephemeris,
    observers: Observers,
    min_elevation_deg: ArrayLike,
    engine: Engine | None,
    threads: int,
) -> Iterator[Found]:
    check_kind("ephemeris", ephemeris, Ephemeris, AN_EPHEMERIS)
    check_kind("observers", observers, Observers, SOME_OBSERVERS)
    threshold_deg = _thresholds(min_elevation_deg, len(observers))
    finder = _choose_finder(ephemeris, observers, threshold_deg, engine)
    return map_in_order(finder.find, finder.blocks(), threads=threads)


def _choose_finder(
    ephemeris: Ephemeris, observers: Observers, threshold_deg: Floats, engine: Engine | None
) -> Finder:
    if not is_low_and_near_circular(ephemeris.element_set):
        return GeneralFinder(ephemeris, observers, threshold_deg)
    solve = load_engine(engine or choose_engine(len(observers), ephemeris.days))
    return NearCircularFinder(ephemeris, observers, threshold_deg, solve)


def _thresholds(min_elevation_deg: ArrayLike, count: int) -> Floats:
    """Return the threshold of each observer."""
    given = to_floats("min_elevation_deg", min_elevation_deg, "degrees above the horizon")
    if given.shape not in {(), (count,)}:
        raise ArgumentError(
            f"min_elevation_deg has shape {given.shape}; expected one number, or one for each of "
            f"the {count} observers"
        )
    threshold_deg = np.broadcast_to(given, count)
    possible = (threshold_deg >= MIN_ELEVATION_DEG) & (threshold_deg <= MAX_ELEVATION_DEG)
    wrong = np.flatnonzero(~possible)
    if wrong.size:
        raise ArgumentError(
            f"min_elevation_deg of observer {wrong[0]} is {threshold_deg[wrong[0]]:g}; "
            f"expected {MIN_ELEVATION_DEG:g} to {MAX_ELEVATION_DEG:g} degrees above the horizon"
        )
    return threshold_deg


def _passes(ephemeris: Ephemeris, observers: Observers, found: Found) -> Passes:
    columns = {name: getattr(found, name) for name in _COLUMNS}
    return Passes(ephemeris=ephemeris, observers=observers, **columns)
