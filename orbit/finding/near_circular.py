"""The fast path: passes of low, near-circular satellites, one culmination each.

Observers are sorted into cells. A scan finds when the satellite comes near to each cell; the
members of the cell then share one polynomial of its track, and ``kernel.py`` finds the pass of
each. Here numpy does so, for thousands of candidates at a time; ``compiled.py`` compiles it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from orbit.earth import EQUATORIAL_RADIUS_KM
from orbit.ephemeris import LEAST_REACH, LOW_STEP_S, Ephemeris, Track
from orbit.finding import kernel
from orbit.finding.approaches import find_approaches
from orbit.finding.cells import Cells, order_of
from orbit.finding.finder import Found
from orbit.observers import Observers
from tle.columns import Floats, Integers
from tle.elements import ElementSet
from tle.motion.constants import GM_KM3_PER_S2
from tle.times import SECONDS_PER_DAY

CANDIDATES = 8192  # that numpy works on at once: what it holds of them stays in the cache
SCAN_POINTS = 650_000  # of a block, cells times points
BLOCK_PASSES = 400_000
BLOCK_MEMBERS = 65_000  # their numbers fit into two bytes, and so sort fast
OFF_CENTRE_S = 90.0  # from a grid point to nearly every culmination; reach has room for the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some cells, and when the satellite comes near to them.

    Attributes:
        row: the observers, cell by cell, shape (n,).
        first: where each cell begins among them, and where the last one ends, shape (c + 1,).
        columns: zenith (3), lift and sink (km), distance from the Earth's centre (km) and sine of
            the threshold of each observer, shape (7, n).
        cell, piece: approaches, by cell and time: the cell, and the piece of the track, shape (a,).
    """

    row: Integers
    first: Integers
    columns: Floats
    cell: Integers
    piece: Integers


Solve = Callable[[Block, Track, tuple[float, float]], tuple[Integers, Floats]]
"""What finds the passes of a block: ``solve`` below, or that of ``orbit/finding/compiled.py``."""


class NearCircularFinder:
    """The passes of one satellite over some observers."""

    def __init__(
        self, ephemeris: Ephemeris, observers: Observers, threshold_deg: Floats, solve: Solve
    ) -> None:
        self._ephemeris = ephemeris
        self._observers = observers
        self._sin_threshold = np.sin(np.radians(threshold_deg))
        self._solve = solve
        revolutions = 1.0 + ephemeris.days * SECONDS_PER_DAY / ephemeris.element_set.period_s
        self._most_members = min(int(BLOCK_PASSES / (0.4 * revolutions)) + 1, BLOCK_MEMBERS)
        # The higher the threshold, the shorter the pass, and the shorter and better the polynomial.
        reach = _reach(ephemeris.element_set, threshold_deg)
        self._parts = [
            (
                ephemeris.track(each),
                Cells.of(observers, np.flatnonzero(reach == each), most=self._most_members),
            )
            for each in np.unique(reach).tolist()
        ]

    def blocks(self) -> Iterator[tuple[Track, Cells, slice]]:
        """Cut the cells into blocks that fit the processor's cache, whatever the window."""
        most_cells = max(1, SCAN_POINTS // len(self._ephemeris.scan_itrs))
        for track, cells in self._parts:
            begin, first = 0, cells.first
            while begin < len(cells):
                within = int(np.searchsorted(first, first[begin] + self._most_members, "right")) - 1
                end = min(max(begin + 1, within), begin + most_cells, len(cells))
                yield track, cells, slice(begin, end)
                begin = end

    def find(self, part: tuple[Track, Cells, slice]) -> Found:
        """Find the passes over the members of some cells, by observer and time."""
        track, cells, chosen = part
        block = self._prepare(track, cells, chosen)
        member, (aos_s, culmination_s, los_s, sine) = self._solve(
            block, track, self._ephemeris.culminations_s
        )
        return Found(
            observer=block.row[member],
            aos_s=aos_s,
            culmination_s=culmination_s,
            los_s=los_s,
            max_elevation_deg=np.degrees(np.arcsin(np.minimum(sine, 1.0))),
            always_up=np.zeros(len(member), np.bool_),
        )

    def _prepare(self, track: Track, cells: Cells, chosen: slice) -> Block:
        first = cells.first[chosen.start : chosen.stop + 1]
        row = cells.order[first[0] : first[-1]]
        first = first - first[0]
        members = self._observers.take(row)
        ground_km = np.linalg.norm(members.position_itrs_km, axis=1)
        sin_threshold = self._sin_threshold[row]
        farthest_rad = cells.radius_rad[chosen] + _central_angle_rad(
            np.minimum.reduceat(ground_km, first[:-1]) / self._ephemeris.radius_km.max(),
            np.minimum.reduceat(sin_threshold, first[:-1]),
        )
        cell, time_s = find_approaches(self._ephemeris, cells.centre[chosen], farthest_rad)
        return Block(
            row=row,
            first=first,
            columns=np.array(
                [*members.up_itrs.T, members.lift_km, members.sink_km, ground_km, sin_threshold]
            ),
            cell=cell,
            piece=track.piece_at(time_s),
        )


def _reach(element_set: ElementSet, threshold_deg: Floats) -> Integers:
    """Return how many grid points a track must span to either side to hold each one's passes."""
    semi_major_axis_km = np.cbrt(GM_KM3_PER_S2 * (element_set.period_s / (2 * np.pi)) ** 2)
    apogee_km = semi_major_axis_km * (1 + element_set.eccentricity) + 30.0
    half_arc_rad = _central_angle_rad(
        np.asarray(EQUATORIAL_RADIUS_KM / apogee_km), np.sin(np.radians(threshold_deg))
    )
    # Relative to the turning Earth the arc takes longer, by up to an eighth below 128 minutes.
    half_pass_s = element_set.period_s * half_arc_rad / (2 * np.pi) * 1.15
    reach = np.ceil((half_pass_s + OFF_CENTRE_S) / LOW_STEP_S).astype(np.int64)
    return np.maximum(reach, LEAST_REACH)


def _central_angle_rad(radius_ratio: Floats, sin_elevation: Floats) -> Floats:
    """Return the angle at the Earth's centre between observer and satellite, on a sphere."""
    elevation = np.arcsin(sin_elevation)
    return np.asarray(np.arccos(np.minimum(radius_ratio * np.cos(elevation), 1.0)) - elevation)


def solve(
    block: Block, track: Track, culminations_s: tuple[float, float]
) -> tuple[Integers, Floats]:
    """Find the passes of a block whose culminations lie in [start, end), by member and time.

    Returns:
        The member of each pass; AOS, culmination and LOS (s) and the sine of the highest elevation,
        shape (4, n).
    """
    ends = np.cumsum(np.diff(block.first)[block.cell])
    members, columns = [np.empty(0, np.int64)], [np.empty((4, 0))]
    begin, done = 0, 0
    while begin < len(ends):
        end = max(begin + 1, int(np.searchsorted(ends, done + CANDIDATES, "right")))
        member, found = _solve_some(block, track, culminations_s, slice(begin, end))
        members.append(member)
        columns.append(found)
        begin, done = end, ends[end - 1]
    member = np.concatenate(members)
    # Those of one member stand in the order of time already.
    order = order_of(member, below=len(block.row))
    return member[order], np.concatenate(columns, axis=1).take(order, axis=1)


def _solve_some(
    block: Block, track: Track, culminations_s: tuple[float, float], approaches: slice
) -> tuple[Integers, Floats]:
    """Find the passes of some approaches: every member of their cells is a candidate."""
    cell, piece = block.cell[approaches], block.piece[approaches]
    members = np.diff(block.first)[cell]
    member = np.arange(members.sum()) + np.repeat(
        block.first[cell] - np.cumsum(members) + members, members
    )
    columns = block.columns.take(member, axis=1)
    about = track.columns.take(piece, axis=2)
    powers = (np.repeat(about[:, k], members, axis=1) for k in range(kernel.DEGREE + 1))
    height, squared_range = kernel.seen_by(powers, columns[:3], columns[3], columns[4])
    x, h, q, climb_slope = kernel.culminate(height, squared_range)
    sine, ground_km, sin_threshold = h / np.sqrt(q), columns[5], columns[6]
    with np.errstate(all="ignore"):  # not every candidate is a pass
        half = kernel.half_duration(h, q, climb_slope, ground_km, sin_threshold)
        aos, los = kernel.aos_and_los(height, squared_range, x, half, sin_threshold)

    middle_s = np.repeat(track.middle_s(piece), members)
    culmination_s = middle_s + x * track.reach_s
    start_s, end_s = culminations_s
    inside = (culmination_s >= start_s) & (culmination_s < end_s)
    passes = np.flatnonzero(inside & (sine >= sin_threshold))
    found = np.empty((4, len(passes)))
    found[0] = middle_s[passes] + aos[passes] * track.reach_s
    found[1] = culmination_s[passes]
    found[2] = middle_s[passes] + los[passes] * track.reach_s
    found[3] = sine[passes]
    return member[passes], found
