"""The general path: passes of any orbit, eccentric, high or never setting.

Between neighbouring extremes of the elevation the satellite only climbs or only sinks, so it
crosses a threshold at most once. All extremes are found first; what lies between two of them on
opposite sides of the threshold is one crossing. Nothing is assumed of the orbit.
"""

from collections.abc import Iterator

import numpy as np

from orbit.ephemeris import Ephemeris, Track
from orbit.finding import kernel
from orbit.finding.finder import Found
from orbit.finding.solving import find_root
from orbit.look import sin_elevation
from orbit.observers import Observers
from tle.columns import Flags, Floats, Integers

EXTREME_STEPS = 4
BLOCK_POINTS = 650_000  # observers times grid points


class GeneralFinder:
    """The passes of one satellite over some observers."""

    def __init__(self, ephemeris: Ephemeris, observers: Observers, threshold_deg: Floats) -> None:
        self._ephemeris = ephemeris
        self._observers = observers
        self._sin_threshold = np.sin(np.radians(threshold_deg))

    def blocks(self) -> Iterator[slice]:
        """Cut the observers so that what is held at once stays in the processor's cache."""
        count, points = len(self._observers), len(self._ephemeris.position_itrs_km)
        most = max(1, BLOCK_POINTS // points)
        return (slice(first, min(first + most, count)) for first in range(0, count, most))

    def find(self, block: slice) -> Found:
        """Find the passes over some observers, by observer and time."""
        ephemeris = self._ephemeris
        observer, time_s = _turning_points(ephemeris, self._observers, block)
        sine = sin_elevation(ephemeris, self._observers, observer, time_s)
        above = sine >= self._sin_threshold[observer]
        run, begin_s, end_s = self._runs(observer, time_s, above)

        never_sets = (np.isnan(begin_s) & np.isnan(end_s))[run]
        start_s, until_s = ephemeris.culminations_s
        in_window = (time_s >= start_s) & (time_s < until_s)
        top = _highest_of_run(run, sine, eligible=above & (in_window | ~never_sets))
        culmination_s, aos_s, los_s = time_s[top], begin_s[run[top]], end_s[run[top]]
        period_s = ephemeris.element_set.period_s
        found = Found(
            observer=observer[top],
            aos_s=np.where(culmination_s - aos_s <= period_s, aos_s, np.nan),
            culmination_s=culmination_s,
            los_s=np.where(los_s - culmination_s <= period_s, los_s, np.nan),
            max_elevation_deg=np.degrees(np.arcsin(np.minimum(sine[top], 1.0))),
            always_up=never_sets[top],
        )
        return found.take(in_window[top])

    def _runs(
        self, observer: Integers, time_s: Floats, above: Flags
    ) -> tuple[Integers, Floats, Floats]:
        """Return the run of each point, and when each run begins and ends.

        A run is one unbroken stay on one side of the threshold. It begins or ends at NaN where the
        satellite does not cross the threshold within the ephemeris.
        """
        same_observer = observer[1:] == observer[:-1]
        before = np.flatnonzero(same_observer & (above[1:] != above[:-1]))
        crosses = observer[before]

        def excess(rows: Integers, time_s: Floats) -> Floats:
            sine = sin_elevation(self._ephemeris, self._observers, crosses[rows], time_s)
            return sine - self._sin_threshold[crosses[rows]]

        crossing_s = find_root(excess, time_s[before], time_s[before + 1])
        begins = np.concatenate([[True], ~same_observer])
        begins[before + 1] = True
        run = np.cumsum(begins) - 1
        begin_s, end_s = np.full((2, run[-1] + 1), np.nan)
        begin_s[run[before + 1]] = crossing_s
        end_s[run[before]] = crossing_s
        return run, begin_s, end_s


def _turning_points(
    ephemeris: Ephemeris, observers: Observers, block: slice
) -> tuple[Integers, Floats]:
    """Return (observer, time_s) of every extreme of the elevation, and of the ends, in order.

    The ends are those of the ephemeris and of the window: a satellite that never sets may be
    highest at the window's start.
    """
    track = ephemeris.track()
    points = ephemeris.position_itrs_km[track.reach - 1 : 1 - track.reach]
    position, up = observers.position_itrs_km[block], observers.up_itrs[block]
    height = up @ points.T - np.einsum("nc,nc->n", up, position)[:, None]
    squared_range = (
        np.einsum("tc,tc->t", points, points)
        - 2.0 * (position @ points.T)
        + np.einsum("nc,nc->n", position, position)[:, None]
    )
    climbs = np.diff(height / np.sqrt(squared_range)) > 0
    row, piece = np.nonzero(climbs[:, 1:] != climbs[:, :-1])
    row += block.start
    extreme_s = _extremes_s(track, observers, row, piece)

    first_s, last_s = track.middle_s(np.array([0, len(track) - 1]))
    ends_s = (first_s, *ephemeris.window_s, last_s)
    rows = np.arange(block.start, block.stop)
    observer = np.concatenate([row, np.repeat(rows, len(ends_s))])
    time_s = np.concatenate([extreme_s, np.tile(ends_s, len(rows))])
    order = np.lexsort((time_s, observer))
    return observer[order], time_s[order]


def _extremes_s(track: Track, observers: Observers, observer: Integers, piece: Integers) -> Floats:
    """Return when, near the grid point of each piece, the elevation turns."""
    height, squared_range = kernel.seen_by(
        track.columns.take(piece, axis=2).swapaxes(0, 1),
        observers.up_itrs[observer].T,
        observers.lift_km[observer],
        observers.sink_km[observer],
    )
    x = np.zeros(len(piece))
    for _ in range(EXTREME_STEPS):
        climb, climb_slope = kernel.climb(kernel.bend(height, x), kernel.bend(squared_range, x))
        x = np.clip(x - climb / climb_slope, -1.0, 1.0)
    return track.middle_s(piece) + x * track.reach_s


def _highest_of_run(run: Integers, sine: Floats, *, eligible: Flags) -> Integers:
    """Return the point of greatest elevation of each run that has an eligible point."""
    candidates = np.flatnonzero(eligible)
    ordered = candidates[np.lexsort((sine[candidates], run[candidates]))]
    last_of_run = np.flatnonzero(np.diff(run[ordered], append=-1))
    return np.asarray(ordered[last_of_run])
