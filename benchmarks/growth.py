"""What a pass costs over a thousand places, and over millions."""

from collections.abc import Sequence
from statistics import median
from time import process_time

from benchmarks.inputs import iss, points
from benchmarks.measuring import Result, one_core, require
from benchmarks.ours import ENGINES, Overflight

LONG_POINTS = 1_000_000  # so many passes are their own average: one round will do
SAME = 1e-6  # of all passes, so few may graze the threshold within a rounding


def run(counts: Sequence[int], *, rounds: int) -> Result:
    """Measure both engines over ever more points, on one core.

    Raises:
        BenchmarkError: the engines do not find equally many passes.
    """
    with one_core():
        _row(counts[0], rounds=1)
        rows = {
            f"{count:,} points": _row(count, 1 if count >= LONG_POINTS else rounds)
            for count in counts
        }
    return Result(
        title="Growth: what one pass costs, 1 core",
        aims=[],
        columns={"passes": ",d", **{f"{name}, ns a pass": ",.0f" for name in ENGINES}},
        rows=rows,
        notes=f"""\
- Events as above, propagation included. Processor time, the engines in turn after a warm-up;
  medians of {rounds} rounds, of one from {LONG_POINTS:,} points on. Both find equally many passes.
""",
    )


def _row(count: int, rounds: int) -> tuple[float, ...]:
    """Return the number of passes and what one costs each engine (ns)."""
    element_set, sites = iss(), points(count)
    engines = [
        Overflight(element_set=element_set, sites=sites, engine=engine)
        for engine in ENGINES.values()
    ]
    taken = [[_counted(engine) for engine in engines] for _ in range(rounds)]
    passes = [found for found, _ in taken[0]]
    differ = max(passes) - min(passes)
    require(differ <= SAME * max(passes), f"over {count} points the engines find {passes} passes")
    ns = (median(s / found * 1e9 for found, s in each) for each in zip(*taken, strict=True))
    return passes[0], *ns


def _counted(engine: Overflight) -> tuple[int, float]:
    """Return how many passes are found, and the processor time that takes (s)."""
    began_s = process_time()
    passes = engine.events()
    return passes, process_time() - began_s
