"""What every benchmark shares: a table of its own, a stopwatch, the installed command."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
ELEMENTS = ROOT / "tests" / "reference" / "elements" / "iss_css.3le"
START = datetime(2026, 10, 10, tzinfo=UTC)
MIN_ELEVATION_DEG = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a figure is held against.

    Attributes:
        of: which figure, where a result has several.
        limit: what is aimed at.
        floor: what must hold where the aim is more than that; else the aim itself must.
    """

    figure: float
    limit: float
    unit: str
    at_least: bool
    of: str = ""
    floor: float | None = None

    @property
    def met(self) -> bool:
        """Whether the figure is on the right side of the limit."""
        return self._reaches(self.limit)

    @property
    def held(self) -> bool:
        """Whether the figure is where it must be."""
        return self._reaches(self.limit if self.floor is None else self.floor)

    def _reaches(self, limit: float) -> bool:
        return self.figure >= limit if self.at_least else self.figure <= limit

    def __str__(self) -> str:
        """Return it in words: ``aim at least 1,000x: 812x, missed; floor 300x held``."""
        name = f"{self.of}: " if self.of else ""
        side = "at least" if self.at_least else "at most"
        figure = f"{self.figure:,.0f}" if self.figure >= 100 else f"{self.figure:.3g}"
        words = f"{name}aim {side} {self.limit:,.6g}{self.unit}: {figure}{self.unit}, "
        words += "met" if self.met else "missed"
        if self.floor is None:
            return words
        return f"{words}; floor {self.floor:,.6g}{self.unit} {'held' if self.held else 'broken'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one benchmark found.

    Attributes:
        title: what was measured.
        aims: the figures that count.
        columns: the figures of each row, header -> format.
        rows: name and figures of each.
        notes: what was compared with what, and what was asserted on the way; Markdown.
    """

    title: str
    aims: Sequence[Aim]
    columns: Mapping[str, str]
    rows: Mapping[str, Sequence[float]]
    notes: str


class BenchmarkError(Exception):
    """The figures would mean nothing: a command failed, or the answers are not the same."""


def require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like assert
    """Refuse to go on unless something holds.

    Raises:
        BenchmarkError: it does not.
    """
    if not holds:
        raise BenchmarkError(otherwise)


class Taken(NamedTuple):
    """What one call took."""

    wall_s: float
    processor_s: float
    """Of all threads; on one thread, the wall time of a machine that does nothing else."""


def taken_by(work: Callable[[], object]) -> Taken:
    """Call something and return what that took."""
    began_s, began_processor_s = perf_counter(), process_time()
    work()
    return Taken(perf_counter() - began_s, process_time() - began_processor_s)


@contextmanager
def one_core() -> Iterator[int]:
    """Keep this process on one core; yield its number."""
    allowed = os.sched_getaffinity(0)
    core = max(allowed)
    os.sched_setaffinity(0, {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The installed ``overflight``, as a person runs it, with a home of its own."""

    home: Path

    def run(self, *arguments: object) -> str:
        """Run it in a process of its own; return its stdout.

        Raises:
            BenchmarkError: it failed; carries the end of its stderr.
        """
        return run_process(Path(sys.executable).with_name("overflight"), *arguments, home=self.home)


def run_process(*arguments: object, home: Path) -> str:
    """Run a process without the caller's settings; return its stdout.

    Raises:
        BenchmarkError: it failed; carries the end of its stderr.
    """
    done = subprocess.run(
        [str(argument) for argument in arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "OVERFLIGHT_HOME": str(home / "overflight"),
            "PATH": "/usr/bin:/bin",
        },
    )
    words = " ".join(map(str, arguments))
    require(done.returncode == 0, f"{words} exited {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout
