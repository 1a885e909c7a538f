"""Passes per second as ratios to Skyfield: the events alone, and all columns."""

from collections.abc import Sequence

from benchmarks.anchor import Skyfield
from benchmarks.inputs import SHARE
from benchmarks.measuring import MIN_ELEVATION_DEG, START, Aim, Result
from benchmarks.ours import Overflight
from benchmarks.race import Case, Race, race_all


def run(cases: Sequence[Case], *, rounds: int) -> Result:
    """Race for observer, three times and highest elevation, against ``find_events``.

    Raises:
        BenchmarkError: Skyfield finds other passes.
    """
    races = race_all(cases, Overflight.events, Skyfield.events, rounds)
    return _result("Events", races, rounds, _EVENTS)


def run_all_columns(cases: Sequence[Case], *, rounds: int) -> Result:
    """Race for all that is known of a pass, against Skyfield doing the same.

    Raises:
        BenchmarkError: Skyfield finds other passes.
    """
    races = race_all(cases, Overflight.all_columns, Skyfield.all_columns, rounds)
    return _result("All columns", races, rounds, _ALL_COLUMNS)


_COLUMNS = {
    "passes": ",d",
    "Overflight, passes/s": ",.0f",
    "Skyfield, passes/s": ",.0f",
    "ratio": ",.0f",
    "first call, s": ".2f",
}


def _result(title: str, races: Sequence[Race], rounds: int, work: str) -> Result:
    return Result(
        title=f"{title}, 7 days, {MIN_ELEVATION_DEG:g} deg",
        aims=[
            Aim(
                of=race.case.name,
                figure=race.ratio,
                limit=race.case.aim,
                floor=race.case.floor,
                unit="x",
                at_least=True,
            )
            for race in races
            if race.case.aim is not None
        ],
        columns=_COLUMNS,
        rows={race.case.name: race.row for race in races},
        notes=work + _how(races, rounds),
    )


_EVENTS = """\
- Overflight propagates and finds observer, three times and the highest elevation; Skyfield runs
  `find_events` alone, which gives times without any elevation.
"""
_ALL_COLUMNS = """\
- Overflight propagates and finds the events, azimuth, elevation and range at all three, the sun's
  elevation and whether any part of the pass is visible. Skyfield adds to `find_events` azimuth,
  elevation and range, sunlit and the sun's elevation at the three events only, which is less.
"""


def _how(races: Sequence[Race], rounds: int) -> str:
    worst_s = max(race.worst_s for race in races)
    return f"""\
- ISS from {START:%Y-%m-%d}; the largest cities, or random points all over the Earth. Skyfield gets
  {SHARE} of the same places, spread evenly in latitude: its cost grows with the number of places,
  so passes/s is what is compared.
- In turn with Skyfield, medians of {rounds} rounds after a warm-up; the ratio is the median over
  the rounds, each against Skyfield in that round. One core: pinned to it, processor time. More
  cores: wall time, and Skyfield's wall time on one core.
- `default` is NumPy alone, `fast` is Numba. The first call of an engine in this process (wall time,
  before the rounds) loads or compiles its code.
- Both find the same passes over the shared places, checked for every row; times differ by
  {worst_s:.2f} s at most, which is the accuracy of `find_events`.
"""
