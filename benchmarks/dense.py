"""The truth for the peers: Skyfield's elevation, scanned densely and refined.

The ISS takes minutes from one extreme of its elevation to the next, so a scan every twenty seconds
shows each pass; what it shows is narrowed down tenfold, again and again, to microseconds.
"""

from typing import Any

import numpy as np
from skyfield.api import EarthSatellite, load, wgs84
from skyfield.nutationlib import iau2000b_radians

from benchmarks.inputs import SPAN, Sites
from benchmarks.measuring import MIN_ELEVATION_DEG, START
from tle import ElementSet
from tle.columns import Floats
from tle.motion.propagation import to_satrec

STEP_S = 20.0
HALF_PASS_S = 900.0  # no pass of a low satellite lasts twice as long
NEAR_DEG = 2.0  # a top this far below the threshold on the grid is below it between, too
PARTS = np.linspace(0.0, 1.0, 11)
NARROWINGS = 9
VERTEX_S = 0.1


class Elevation:
    """The elevation of one satellite over one place at seconds from the start."""

    def __init__(self, element_set: ElementSet, latitude_deg: float, longitude_deg: float) -> None:
        self._timescale = load.timescale(builtin=True)
        satellite = EarthSatellite.from_satrec(to_satrec(element_set), self._timescale)
        self._away = satellite - wgs84.latlon(latitude_deg, longitude_deg)

    def times(self, seconds: Floats) -> Any:  # noqa: ANN401 - Skyfield has no types
        """Return Skyfield's times, which remember what is costly about them."""
        start = START.timetuple()[:5]
        times = self._timescale.utc(*start, START.second + seconds)
        # As Skyfield's almanac does: between a satellite and the ground, nutation cancels.
        times._nutation_angles_radians = iau2000b_radians(times)
        return times

    def at(self, times: Any) -> Floats:  # noqa: ANN401 - Skyfield has no types
        """Return degrees above the horizon."""
        return np.asarray(self._away.at(times).altaz()[0].degrees)

    def __call__(self, seconds: Floats) -> Floats:
        """Return degrees above the horizon, in the shape of the seconds."""
        return self.at(self.times(seconds.ravel())).reshape(seconds.shape)


def dense_passes(element_set: ElementSet, sites: Sites) -> list[Floats]:
    """Return AOS, culmination, LOS (s from the start) and highest elevation (deg) over each place.

    Holds the passes whose culmination lies in the window, and those that fail by up to 2 degrees.
    """
    grid_s = np.arange(-HALF_PASS_S, SPAN.total_seconds() + HALF_PASS_S, STEP_S)
    skies = [Elevation(element_set, *site) for site in zip(*sites.degrees, strict=True)]
    times = skies[0].times(grid_s)
    return [_passes(sky, grid_s, sky.at(times)) for sky in skies]


def _passes(sky: Elevation, grid_s: Floats, elevation_deg: Floats) -> Floats:
    inner = elevation_deg[1:-1]
    peak = (inner >= elevation_deg[:-2]) & (inner > elevation_deg[2:])
    peaks = np.flatnonzero(peak & (inner > MIN_ELEVATION_DEG - NEAR_DEG)) + 1
    if not len(peaks):
        return np.empty((0, 4))
    top_s, top_deg = _tops(sky, grid_s[peaks])
    rows = np.column_stack(
        [
            _crossings(sky, top_s, -HALF_PASS_S),
            top_s,
            _crossings(sky, top_s, HALF_PASS_S),
            top_deg,
        ]
    )
    return rows[(top_s >= 0.0) & (top_s < SPAN.total_seconds())]


def _tops(sky: Elevation, about_s: Floats) -> tuple[Floats, Floats]:
    """Return time and elevation of the maxima within a step of the given times."""
    rows = np.arange(len(about_s))
    half_s = STEP_S
    while half_s > 0.05:
        near_s = about_s[:, None] + half_s * np.linspace(-1.0, 1.0, 21)
        about_s, half_s = near_s[rows, sky(near_s).argmax(axis=1)], half_s / 10
    # Near the zenith the elevation comes to a sharp point; cos^2 is a parabola everywhere.
    cos2 = np.cos(np.radians(sky(about_s[:, None] + VERTEX_S * np.array([-1.0, 0.0, 1.0])))) ** 2
    slope, bend = cos2[:, 2] - cos2[:, 0], cos2[:, 2] - 2.0 * cos2[:, 1] + cos2[:, 0]
    top_s = about_s - VERTEX_S * slope / (2.0 * bend)
    return top_s, sky(top_s)


def _crossings(sky: Elevation, top_s: Floats, away_s: float) -> Floats:
    """Return when the threshold is crossed on the way from the top; NaN if the top is below."""
    rows = np.arange(len(top_s))
    above_s, below_s = top_s, top_s + away_s
    for _ in range(NARROWINGS):
        between_s = above_s[:, None] + (below_s - above_s)[:, None] * PARTS
        below = sky(between_s) < MIN_ELEVATION_DEG
        first = below.argmax(axis=1)
        above_s, below_s = between_s[rows, first - 1], between_s[rows, first]
    return np.where(below[:, 0], np.nan, (above_s + below_s) / 2)
