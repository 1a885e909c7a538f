"""What others ship for the same question, over places where it is hard to answer."""

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import NamedTuple

import numpy as np

from benchmarks import peer_tools
from benchmarks.dense import dense_passes
from benchmarks.inputs import SPAN, Sites, cities, iss, points
from benchmarks.measuring import MIN_ELEVATION_DEG, START, Result, one_core, require, taken_by
from benchmarks.ours import ENGINES
from tle.columns import Floats

UNDECIDED_DEG = 1e-4  # nearer to the threshold than this, a pass may be found or not
SAME_PASS_S = 300.0

Tool = Callable[[Sites], list[Floats]]
OURS: dict[str, Tool] = {
    f"Overflight, {name}": partial(peer_tools.overflight, engine=engine)
    for name, engine in ENGINES.items()
}
TOOLS: dict[str, Tool] = {
    **OURS,
    "Skyfield, find_events": peer_tools.skyfield,
    "orbit-predictor": peer_tools.orbit_predictor,
    "ephem": peer_tools.pyephem,
    "pyorbital": peer_tools.pyorbital,
}


def run(*, rounds: int) -> Result:
    """Compare passes found with a dense scan, and measure all tools in turn on one core.

    Raises:
        BenchmarkError: Overflight misses a pass or finds one too many.
    """
    sites = hard_places()
    truth = dense_passes(iss(), sites)
    with one_core():
        found = {name: tool(sites) for name, tool in TOOLS.items()}
        taken = [
            [taken_by(partial(tool, sites)).processor_s for tool in TOOLS.values()]
            for _ in range(rounds)
        ]
    taken_s = dict(zip(TOOLS, map(median, zip(*taken, strict=True)), strict=True))
    compared = {name: _compare(passes, truth) for name, passes in found.items()}
    for name in OURS:
        missed, extra = compared[name].missed, compared[name].extra
        require(missed == extra == 0, f"{name} misses {missed} passes and invents {extra}")
    count = sum(int((rows[:, 3] >= MIN_ELEVATION_DEG).sum()) for rows in truth)
    return Result(
        title=f"Peers: {len(sites)} hard places, {count:,} passes",
        aims=[],
        columns=_COLUMNS,
        rows={name: (each.found / taken_s[name], *each.row) for name, each in compared.items()},
        notes=_notes(rounds),
    )


def hard_places() -> Sites:
    """Return poles, date line, equator, the last latitudes that see a pass, cities and luck."""
    inclination_deg = iss().inclination_deg
    some = [
        *((90.0, 0.0), (-90.0, 0.0), (89.9, -120.0), (-89.5, 60.0)),
        *((10.0, 180.0), (10.0, -180.0), (-50.0, 179.999), (52.0, -179.9)),
        *((0.0, 0.0), (0.0, -78.5), (0.0, 101.0), (0.0, -170.0)),
        *((inclination_deg + d, 10.0 * d) for d in (-1.0, 0.0, 1.0, 5.0, 9.0, 11.0, 12.0, 13.0)),
        *((-inclination_deg - d, -12.0 * d) for d in (0.0, 7.0, 10.0, 11.5, 12.5, 13.5)),
    ]
    largest, luck = cities(14), points(10)
    degrees = np.column_stack([np.array(some).T, largest.degrees, luck.degrees])
    return Sites(name="hard places", latitude_deg=degrees[0], longitude_deg=degrees[1])


class _Compared(NamedTuple):
    """How a tool's passes compare with the truth."""

    found: int
    missed: int
    extra: int
    aos_off_s: Floats
    culmination_off_s: Floats

    @property
    def row(self) -> tuple[float, ...]:
        """What the table tells, after the speed."""
        aos, culmination = self.aos_off_s, self.culmination_off_s
        return (self.missed, self.extra, *(np.median(aos), aos.max(), np.median(culmination)))


_COLUMNS = {
    "passes/s": ",.0f",
    "missed": "d",
    "extra": "d",
    "AOS off, median s": ".4f",
    "worst s": ".4f",
    "culmination off, median s": ".4f",
}


def _compare(found: list[Floats], truth: list[Floats]) -> _Compared:
    """Match each pass to the nearest true one; what is found twice is extra."""
    missed = extra = 0
    off_s = [np.empty((0, 2))]
    for theirs_s, rows in zip(found, truth, strict=True):
        inside = theirs_s - START.timestamp()
        inside = inside[(inside[:, 1] >= 0.0) & (inside[:, 1] < SPAN.total_seconds())]
        maybe = rows[rows[:, 3] > MIN_ELEVATION_DEG - UNDECIDED_DEG]
        near = np.abs(inside[:, None, 1] - maybe[None, :, 1]) < SAME_PASS_S
        sure = maybe[:, 3] > MIN_ELEVATION_DEG + UNDECIDED_DEG
        missed += int((sure & ~near.any(axis=0)).sum())
        extra += len(inside) - int(near.any(axis=0).sum())
        mine, true = np.nonzero(near & sure)
        off_s.append(np.abs(inside[mine, :2] - maybe[true, :2]))
    aos_off_s, culmination_off_s = np.concatenate(off_s).T
    return _Compared(sum(map(len, found)), missed, extra, aos_off_s, culmination_off_s)


def _notes(rounds: int) -> str:
    return f"""\
- ISS from {START:%Y-%m-%d}, {SPAN.days} days, {MIN_ELEVATION_DEG:g} deg: poles, date line, equator,
  the last latitudes that see a pass, cities, random points. Processor time on one core, medians of
  {rounds} rounds in turn, after a warm-up. With so few places Overflight spends much of its time
  on propagating.
- The truth is Skyfield's own elevation, scanned every 20 s and refined. A pass is the same if the
  culminations are less than {SAME_PASS_S / 60:g} minutes apart.
- Each peer is used as its documentation says, at its own tolerance, over a window that begins an
  hour early and ends an hour late, so that no pass at an edge is held against it.
- Skyfield: `find_events`. orbit-predictor: `passes_over(max_elevation_gt=10, aos_at_dg=10)`, to a
  second. pyorbital: `get_next_passes(horizon=10)`, to a millisecond, from a scan every minute.
  ephem: `next_pass` in a loop with `pressure = 0` and `horizon = 10 deg`; but it heeds no horizon,
  so those that climb to 10 deg are kept, and its AOS is the one at the horizon.
"""
