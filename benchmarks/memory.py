"""The most memory that a process ever holds while it streams passes over many points."""

import sys
import tempfile
from pathlib import Path

from benchmarks.inputs import iss, points
from benchmarks.measuring import Aim, Result, run_process
from benchmarks.ours import ENGINES, Overflight

MB = 1e6
AIM_POINTS, AIM_MB, FLOOR_MB = 1_000_000, 460.0, 600.0


def run(count: int) -> Result:
    """Stream the passes over that many points in a process of its own, once for each engine."""
    figures = {installed: _measured(installed, count) for installed in ENGINES}
    return Result(
        title=f"Peak memory, {count:,} points streamed",
        aims=[
            Aim(of=name, figure=peak, limit=AIM_MB, floor=FLOOR_MB, unit=" MB", at_least=False)
            for name, (_, _, peak) in figures.items()
            if count == AIM_POINTS
        ],
        columns={"passes": ",.0f", "before, MB": ".0f", "peak, MB": ".0f"},
        rows=figures,
        notes="""\
- Each engine in a process of its own, one thread; the highest resident size that the kernel saw,
  in millions of bytes. "Before" is Python with its imports and the points.
""",
    )


def _measured(installed: str, count: int) -> tuple[float, ...]:
    """Return the number of passes, and the resident size (MB) before, and at its highest."""
    with tempfile.TemporaryDirectory() as folder:
        printed = run_process(
            sys.executable, "-m", "benchmarks.memory", installed, count, home=Path(folder)
        )
    passes, before, peak = map(float, printed.split())
    return passes, before / MB, peak / MB


def peak_bytes() -> int:
    """Return the highest resident size of this process so far.

    Not ``ru_maxrss``, which a process inherits from the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    high_water = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(high_water.split()[1]) * 1024


def main() -> None:
    """Stream once; print the number of passes, and the peak before and after (bytes)."""
    installed, count = sys.argv[1], int(sys.argv[2])
    overflight = Overflight(element_set=iss(), sites=points(count), engine=ENGINES[installed])
    before = peak_bytes()
    passes = overflight.events()
    print(passes, before, peak_bytes())


if __name__ == "__main__":
    main()
