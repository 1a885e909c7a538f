"""Passes as columns: what ``find_passes`` returns, whichever path found them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orbit import general, near_circular
from orbit.crossings import Crossings
from orbit.earth import Floats, Integers
from orbit.ephemeris import MIN_THRESHOLD_DEG, Ephemeris, is_low_and_near_circular
from orbit.errors import OrbitError
from orbit.look import Sights, look
from orbit.observers import Observers
from orbit.visibility import is_visible, sun_elevation_deg


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """One satellite's passes, one row each, in the order of observer and culmination.

    Attributes:
        ephemeris: where the satellite was taken to be; times count from its first grid point.
        observer: row of the observer, shape (n,).
        aos, culmination, los: when and where to look; AOS and LOS are NaN where the satellite does
            not cross the threshold within one revolution of the culmination.
        min_elevation_deg: the threshold, shape (n,).
        always_up: the satellite never sets, shape (n,).
    """

    ephemeris: Ephemeris
    observer: Integers
    aos: Sights
    culmination: Sights
    los: Sights
    min_elevation_deg: Floats
    always_up: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of passes."""
        return len(self.observer)

    @property
    def in_progress(self) -> NDArray[np.bool_]:
        """Whether AOS was before the window began."""
        return self.always_up | (self.aos.time_s < self.ephemeris.window_s[0])

    @property
    def duration_s(self) -> Floats:
        """From AOS to LOS; NaN where either is missing."""
        return self.los.time_s - self.aos.time_s

    @property
    def element_age_days(self) -> Floats:
        """Culmination minus epoch."""
        ms = self.ephemeris.milliseconds(self.culmination.time_s)
        return (ms - self.ephemeris.element_set.epoch_ms) / 86_400_000

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Passes":
        """Return the chosen rows."""
        return Passes(
            ephemeris=self.ephemeris,
            observer=self.observer[rows],
            aos=self.aos.take(rows),
            culmination=self.culmination.take(rows),
            los=self.los.take(rows),
            min_elevation_deg=self.min_elevation_deg[rows],
            always_up=self.always_up[rows],
        )

    def visible(self, observers: Observers) -> NDArray[np.bool_]:
        """Tell whether any part above the threshold is sunlit while the observer is in the dark."""
        start_s, end_s = self.ephemeris.window_s
        first = np.where(np.isnan(self.aos.time_s), start_s, self.aos.time_s)
        last = np.where(np.isnan(self.los.time_s), end_s, self.los.time_s)
        return is_visible(self.ephemeris, observers, self.observer, first, last)

    def sun_elevation_deg(self, observers: Observers) -> Floats:
        """Return the sun's elevation at each culmination."""
        return sun_elevation_deg(self.ephemeris, observers, self.observer, self.culmination.time_s)


def find_passes(
    ephemeris: Ephemeris, observers: Observers, *, min_elevation_deg: ArrayLike = 10.0
) -> Passes:
    """Find the passes whose culmination lies in the ephemeris' window [start, end).

    Exact for each observer: to a millisecond against Skyfield, whatever the other observers.

    Args:
        ephemeris: one satellite over one window.
        observers: one or a million places.
        min_elevation_deg: the threshold of AOS and LOS, for all or for each observer.

    Raises:
        OrbitError: a threshold is not from -5 to 89 degrees.
    """
    threshold_deg = np.broadcast_to(np.asarray(min_elevation_deg, float), len(observers))
    if not ((threshold_deg >= MIN_THRESHOLD_DEG) & (threshold_deg <= 89.0)).all():  # noqa: PLR2004
        raise OrbitError(
            f"min_elevation_deg is {min_elevation_deg!r}; "
            f"expected {MIN_THRESHOLD_DEG:g} to 89 degrees above the horizon"
        )
    low = is_low_and_near_circular(ephemeris.element_set)
    search = near_circular.find_crossings if low else general.find_crossings
    sin_threshold = np.sin(np.radians(threshold_deg))
    blocks = _blocks(len(observers))
    found = [search(ephemeris, observers, block, sin_threshold) for block in blocks]
    return _with_sights(ephemeris, observers, Crossings.join(found), threshold_deg)


def _blocks(count: int) -> Iterator[slice]:
    """Cut the observers so that what is held at once stays in the processor's cache."""
    return (slice(first, min(first + 64, count)) for first in range(0, count, 64))


def _with_sights(
    ephemeris: Ephemeris, observers: Observers, found: Crossings, threshold_deg: Floats
) -> Passes:
    ms = ephemeris.milliseconds(found.culmination_s)
    start_ms, end_ms = ephemeris.milliseconds(np.array(ephemeris.window_s))
    inside = np.flatnonzero((ms >= start_ms) & (ms < end_ms))
    rows = inside[np.lexsort((ms[inside], found.observer[inside]))]
    observer = found.observer[rows]
    sights = [
        look(ephemeris, observers, observer, times_s[rows])
        for times_s in (found.aos_s, found.culmination_s, found.los_s)
    ]
    return Passes(
        ephemeris=ephemeris,
        observer=observer,
        aos=sights[0],
        culmination=sights[1],
        los=sights[2],
        min_elevation_deg=threshold_deg[observer],
        always_up=found.always_up[rows],
    )
