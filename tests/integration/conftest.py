"""A reference for passes that shares nothing with our search: Skyfield's sky, scanned and bisected.

The elevation of a satellite has its extremes minutes apart, so a scan every twenty seconds shows
each of them; what lies between two points of the scan is then bisected to a tenth of a millisecond.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from skyfield.api import EarthSatellite, load, wgs84
from skyfield.framelib import itrs
from skyfield.nutationlib import iau2000b_radians

from orbit.ephemeris import propagate
from orbit.observers import Observers
from orbit.passes import Passes, find_passes
from tle import ElementSet
from tle.motion.propagation import to_satrec

TIMESCALE = load.timescale(builtin=True)
SCAN_S = 20.0
FLOOR = np.sin(np.radians(-10.0))  # what is lower at a point of the scan is below -5 about it too
BISECTIONS = 19  # of two steps of the scan: 0.08 ms
UNDECIDED_DEG = 1e-4  # nearer to the threshold than this, a pass may be found or not
UNDECIDED_SINE = np.radians(UNDECIDED_DEG)  # of the elevation: in the zenith angles are not smooth
GRAZING_DEG = 0.01  # less far above the threshold than this, AOS and LOS are not well defined

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Place = tuple[float, float, float]  # latitude_deg, longitude_deg, height_m


class Sky:
    """One satellite as Skyfield sees it from some places, at seconds from the start of a window."""

    def __init__(
        self, element_set: ElementSet, start: datetime, span: timedelta, places: list[Place]
    ) -> None:
        self.element_set, self.start, self.span, self.places = element_set, start, span, places
        self._found: dict[float, list[Floats]] = {}
        self.satellite = EarthSatellite.from_satrec(to_satrec(element_set), TIMESCALE)
        self.topos = [wgs84.latlon(*place) for place in places]
        self.ground_itrs_km = np.array([topos.itrs_xyz.km for topos in self.topos])
        latitude, longitude = np.radians(np.array(places)[:, :2].T)
        self.up_itrs = np.stack(
            [
                np.cos(latitude) * np.cos(longitude),
                np.cos(latitude) * np.sin(longitude),
                np.sin(latitude),
            ],
            axis=-1,
        )

    def times(self, seconds: Floats):
        """Return Skyfield times; their precession and nutation are shared by all who use them."""
        s = self.start
        times = TIMESCALE.utc(s.year, s.month, s.day, s.hour, s.minute, s.second + seconds)
        # As Skyfield's almanac does: the short series costs a tenth, and nutation cancels anyway
        # between a satellite and a place on the ground.
        times._nutation_angles_radians = iau2000b_radians(times)
        return times

    def altaz(self, place: int, seconds: Floats) -> tuple[Floats, Floats, Floats]:
        """Return elevation (deg), azimuth (deg) and range (km) by Skyfield's own altaz."""
        away = (self.satellite - self.topos[place]).at(self.times(seconds))
        elevation, azimuth, distance = away.altaz()
        return elevation.degrees, azimuth.degrees, distance.km

    def position_itrs_km(self, seconds: Floats) -> Floats:
        """Return Skyfield's Earth-fixed positions, shape (..., 3)."""
        flat = self.satellite.at(self.times(np.ravel(seconds))).frame_xyz(itrs).km.T
        return flat.reshape(*np.shape(seconds), 3)

    def sin_elevation(self, place: Integers, seconds: Floats) -> Floats:
        """Return what altaz gives, without its cost: one row a place and time."""
        away = self.position_itrs_km(seconds) - self.ground_itrs_km[place]
        return np.einsum("nc,nc->n", self.up_itrs[place], away) / np.linalg.norm(away, axis=-1)

    @cached_property
    def grid_s(self) -> Floats:
        """The times of the scan: over the window and a revolution to either side."""
        margin_s = self.element_set.period_s + 1200.0
        return np.arange(-margin_s, self.span.total_seconds() + margin_s, SCAN_S)

    @cached_property
    def scan(self) -> Floats:
        """The sine of the elevation over each place at each time of the scan."""
        position = self.position_itrs_km(self.grid_s)
        away = (
            (position - ground, up)
            for ground, up in zip(self.ground_itrs_km, self.up_itrs, strict=True)
        )
        return np.array([d @ up / np.linalg.norm(d, axis=-1) for d, up in away])

    @cached_property
    def tops(self) -> tuple[Integers, Floats, Floats]:
        """(place, time, sine) of each maximum that is not far below the horizon."""
        inner = self.scan[:, 1:-1]
        peak = (inner >= self.scan[:, :-2]) & (inner > self.scan[:, 2:]) & (inner > FLOOR)
        place, k = np.nonzero(peak)
        # Near enough for a parabola, far enough for the slope to show: 0.1 s in a low orbit.
        aside_s = 2e-5 * self.element_set.period_s
        top_s = _bisect(
            self.grid_s[k],
            self.grid_s[k + 2],
            lambda s: (
                self.sin_elevation(place, s + aside_s) < self.sin_elevation(place, s - aside_s)
            ),
        )
        return place, top_s, self.sin_elevation(place, top_s)

    def passes(self, threshold_deg: float) -> list[Floats]:
        """Return for each place the rows (AOS, culmination, LOS, highest elevation in degrees).

        AOS or LOS beyond the scan is infinite; where both are, the culmination is the highest top
        within the window.
        """
        if threshold_deg not in self._found:
            self._found[threshold_deg] = self._find(threshold_deg)
        return self._found[threshold_deg]

    def _find(self, threshold_deg: float) -> list[Floats]:
        sin_threshold = np.sin(np.radians(threshold_deg))
        place, top_s, top_sine = self.tops
        count = len(self.places)
        at = np.concatenate([np.repeat(np.arange(count), len(self.grid_s)), place])
        points_s = np.concatenate([np.tile(self.grid_s, count), top_s])
        order = np.lexsort((points_s, at))
        at, points_s = at[order], points_s[order]
        above = np.concatenate([self.scan.ravel(), top_sine])[order] >= sin_threshold
        change = np.flatnonzero((at[1:] == at[:-1]) & (above[1:] != above[:-1]))
        where, was_above = at[change], above[change]
        cut_s = _bisect(
            points_s[change],
            points_s[change + 1],
            lambda s: (self.sin_elevation(where, s) >= sin_threshold) != was_above,
        )
        top_deg = np.degrees(np.arcsin(np.minimum(top_sine, 1.0)))
        in_window = (top_s >= 0) & (top_s < self.span.total_seconds())
        stays = []
        for p, (first, *_, last) in enumerate(self.scan >= sin_threshold):
            sets = (where == p).any()
            beyond_s = np.repeat([-np.inf, np.inf], [first, last])
            edges_s = np.sort(np.concatenate([cut_s[where == p], beyond_s]))
            counts = (place == p) & (sets | in_window)
            stays.append(_stays(edges_s, top_s[counts], top_deg[counts]))
        return stays


def _bisect(
    low_s: Floats, high_s: Floats, is_past: Callable[[Floats], NDArray[np.bool_]]
) -> Floats:
    """Return where a condition that is false at ``low_s`` and true at ``high_s`` becomes true."""
    for _ in range(BISECTIONS):
        middle_s = 0.5 * (low_s + high_s)
        past = is_past(middle_s)
        low_s, high_s = np.where(past, low_s, middle_s), np.where(past, middle_s, high_s)
    return 0.5 * (low_s + high_s)


def _stays(edges_s: Floats, top_s: Floats, top_deg: Floats) -> Floats:
    """Give each stay between two edges the highest of its tops."""
    rows = []
    for aos_s, los_s in edges_s.reshape(-1, 2):
        tops = np.flatnonzero((top_s >= aos_s) & (top_s <= los_s))
        if len(tops):
            best = tops[top_deg[tops].argmax()]
            rows.append((aos_s, top_s[best], los_s, top_deg[best]))
    return np.array(rows).reshape(-1, 4)


@dataclass(kw_only=True)
class Comparison:
    """Our passes and Skyfield's of one satellite over several places, times from the start."""

    passes: Passes
    sky: Sky
    threshold_deg: float

    @classmethod
    def of(cls, sky: Sky, *, threshold_deg: float = 10.0, **search: object) -> "Comparison":
        """Find the passes of the same window both ways."""
        passes = find_passes(
            propagate(sky.element_set, sky.start, sky.start + sky.span),
            Observers.at(*np.array(sky.places).T),
            min_elevation_deg=threshold_deg,
            **search,
        )
        return cls(passes=passes, sky=sky, threshold_deg=threshold_deg)

    @property
    def origin_s(self) -> float:
        """The first grid point of our ephemeris, from the start."""
        return self.passes.ephemeris.origin_ms / 1000 - self.sky.start.timestamp()

    def ours(self, place: int) -> Floats:
        """Return AOS, culmination, LOS and highest elevation of our passes over a place."""
        p = self.passes.take(self.passes.observer == place)
        times = [s + self.origin_s for s in (p.aos_s, p.culmination_s, p.los_s)]
        return np.column_stack([*times, p.max_elevation_deg])

    def theirs(self, place: int) -> Floats:
        """Return the same of Skyfield's, by our rules of what belongs to a window."""
        rows = self.sky.passes(self.threshold_deg)[place]
        rows = rows[(rows[:, 1] >= 0) & (rows[:, 1] < self.sky.span.total_seconds())]
        revolution_s = self.sky.element_set.period_s
        too_far = np.abs(rows - rows[:, 1:2]) > revolution_s
        too_far[:, 3] = False
        return np.where(too_far, np.nan, rows)

    def check(self, *, crossing_s: float, culmination_s: float) -> int:
        """Assert that none is missed, none is extra, all agree; return how many were compared."""
        compared = 0
        for place, where in enumerate(self.sky.places):
            ours, theirs = self.ours(place), self.theirs(place)
            decided_deg = self.threshold_deg + UNDECIDED_DEG
            missed = ~_among(theirs[:, 1], ours[:, 1]) & (theirs[:, 3] > decided_deg)
            extra = ~_among(ours[:, 1], theirs[:, 1]) & (ours[:, 3] > decided_deg)
            assert not missed.any(), (where, theirs[missed])
            assert not extra.any(), (where, ours[extra])
            ours, theirs = (
                rows[_among(rows[:, 1], others[:, 1])]
                for rows, others in ((ours, theirs), (theirs, ours))
            )
            close = {"rtol": 0, "err_msg": str(where)}
            np.testing.assert_allclose(ours[:, 1], theirs[:, 1], atol=culmination_s, **close)
            ours_sine, theirs_sine = (np.sin(np.radians(r[:, 3])) for r in (ours, theirs))
            np.testing.assert_allclose(ours_sine, theirs_sine, atol=UNDECIDED_SINE, **close)
            clear = theirs[:, 3] > self.threshold_deg + GRAZING_DEG
            for edge in (0, 2):
                np.testing.assert_allclose(
                    ours[clear, edge], theirs[clear, edge], atol=crossing_s, **close
                )
            compared += len(theirs)
        return compared


def _among(times_s: Floats, others_s: Floats) -> NDArray[np.bool_]:
    """Tell of each time whether there is another within a second."""
    return (np.abs(times_s[:, None] - others_s) < 1.0).any(axis=1)


@pytest.fixture(scope="session")
def skyfield_reference() -> SimpleNamespace:
    """The classes above, for the modules of this folder, which cannot import each other."""
    return SimpleNamespace(Sky=Sky, Comparison=Comparison)
