"""Skyfield, which every ratio refers to, used as its documentation does."""

from importlib.resources import files
from typing import Any

import numpy as np
from skyfield.api import EarthSatellite, load, load_file, wgs84

from benchmarks.inputs import END, Sites
from benchmarks.measuring import MIN_ELEVATION_DEG, START, require
from orbit.passes import Passes
from tle import ElementSet
from tle.columns import Floats, Integers
from tle.motion.propagation import to_satrec

DARK_SUN_ELEVATION_DEG = -6.0
SAME_S = 0.5  # find_events is up to 0.33 s off a dense scan of Skyfield's own

Events = tuple[Any, Integers]
"""Skyfield's times, and of what: 0 AOS, 1 culmination, 2 LOS."""


class Skyfield:
    """The same work over some rows of the places, one after another."""

    def __init__(self, element_set: ElementSet, sites: Sites, rows: Integers) -> None:
        self._ephemeris = load_file(files("skyfield_data") / "data" / "de421.bsp")
        timescale = load.timescale(builtin=True)
        self._window = (timescale.from_datetime(START), timescale.from_datetime(END))
        self._satellite = EarthSatellite.from_satrec(to_satrec(element_set), timescale)
        self._places = [
            wgs84.latlon(sites.latitude_deg[row], sites.longitude_deg[row]) for row in rows
        ]

    def events(self) -> list[Events]:
        """Return the events over each place."""
        return [
            self._satellite.find_events(place, *self._window, altitude_degrees=MIN_ELEVATION_DEG)
            for place in self._places
        ]

    def all_columns(self) -> None:
        """Find the events, and what is seen at each."""
        earth, sun = self._ephemeris["earth"], self._ephemeris["sun"]
        for place, (times, _) in zip(self._places, self.events(), strict=True):
            if len(times):
                (self._satellite - place).at(times).altaz()
                sunlit = self._satellite.at(times).is_sunlit(self._ephemeris)
                sun_elevation, _, _ = (earth + place).at(times).observe(sun).apparent().altaz()
                np.logical_and(sunlit, sun_elevation.degrees <= DARK_SUN_ELEVATION_DEG)


def require_same(blocks: list[Passes], rows: Integers, events: list[Events]) -> tuple[int, float]:
    """Check that both find the same passes over the rows of the places that both were given.

    Returns:
        The number of Skyfield's passes, and by how much times differ at most (s).

    Raises:
        BenchmarkError: they do not.
    """
    observer = np.concatenate([block.observer for block in blocks])
    times_s = np.concatenate(
        [np.stack([block.aos_s, block.culmination_s, block.los_s]) for block in blocks], axis=1
    )
    ephemeris = blocks[0].ephemeris
    times_s += ephemeris.origin_ms / 1000
    start_s, end_s = np.array(ephemeris.window_s) + ephemeris.origin_ms / 1000
    count, worst_s = 0, 0.0
    for row, (times, kinds) in zip(rows, events, strict=True):
        unix_s = np.array([time.timestamp() for time in times.utc_datetime()])
        for kind, ours_s in enumerate(times_s[:, observer == row]):
            theirs_s = unix_s[kinds == kind]
            inside_s = ours_s[(ours_s >= start_s) & (ours_s < end_s)]
            if kind == 1:
                require(len(inside_s) == len(theirs_s), f"other passes over place {row}")
                count += len(theirs_s)
            worst_s = max(worst_s, _farthest_s(inside_s, theirs_s))
    require(worst_s < SAME_S, f"times differ by up to {worst_s:.2f} s")
    return count, worst_s


def _farthest_s(ours_s: Floats, theirs_s: Floats) -> float:
    """Return how far any of ours is from the nearest of theirs.

    Not the other way round: a pass that the window cuts has its culmination outside, and is none
    of ours.
    """
    apart_s = np.abs(theirs_s - ours_s[:, None]).min(axis=1, initial=np.inf)
    return float(apart_s.max(initial=0.0))
