"""Overflight and Skyfield in turn over the same places, and whether they find the same passes."""

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.anchor import Events, Skyfield, require_same
from benchmarks.inputs import Sites, iss
from benchmarks.measuring import Taken, one_core, taken_by
from benchmarks.ours import ENGINES, Overflight
from tle import ElementSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the table: who runs, where, and what the ratio to Skyfield is held against."""

    sites: Sites
    installed: str
    threads: int = 1
    floor: float | None = None
    aim: float | None = None

    @property
    def name(self) -> str:
        """Return it in words: ``1,000 cities, default, 1 core``."""
        cores = "1 core" if self.threads == 1 else f"{self.threads} cores"
        return f"{self.sites.name}, {self.installed}, {cores}"

    def overflight(self, element_set: ElementSet) -> Overflight:
        """Return what is measured."""
        return Overflight(
            element_set=element_set,
            sites=self.sites,
            engine=ENGINES[self.installed],
            threads=self.threads,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What one case found, and how fast, beside Skyfield's share of it.

    Attributes:
        passes: over all places.
        shared: over Skyfield's share of them.
        worst_s: by how much any time over the shared places is off Skyfield's.
        first_s: wall time of the first search, loading and compiling included.
        rates: passes/s of Overflight and of Skyfield in each round.
    """

    case: Case
    passes: int
    shared: int
    worst_s: float
    first_s: float
    rates: list[tuple[float, float]] = field(default_factory=list)

    def add(self, ours: Taken, theirs: Taken) -> None:
        """Note a round: by processor time on one core, by the clock on more."""
        clock = operator.attrgetter("processor_s" if self.case.threads == 1 else "wall_s")
        self.rates.append((self.passes / clock(ours), self.shared / clock(theirs)))

    @property
    def ratio(self) -> float:
        """The median over the rounds."""
        return median(ours / theirs for ours, theirs in self.rates)

    @property
    def row(self) -> tuple[float, ...]:
        """What the table tells."""
        ours, theirs = (median(tool) for tool in zip(*self.rates, strict=True))
        return self.passes, ours, theirs, self.ratio, self.first_s


def race_all(
    cases: Iterable[Case],
    ours: Callable[[Overflight], object],
    theirs: Callable[[Skyfield], object],
    rounds: int,
) -> list[Race]:
    """Run neighbouring cases over the same places in turn with Skyfield.

    Raises:
        BenchmarkError: Skyfield finds other passes.
    """
    groups = groupby(cases, key=lambda case: case.sites.name)
    return [race for _, group in groups for race in _race(list(group), ours, theirs, rounds)]


def _race(
    cases: Sequence[Case],
    ours: Callable[[Overflight], object],
    theirs: Callable[[Skyfield], object],
    rounds: int,
) -> list[Race]:
    element_set, sites = iss(), cases[0].sites
    skyfield = Skyfield(element_set, sites, sites.share())
    events = skyfield.events()
    entrants = [case.overflight(element_set) for case in cases]
    races = [_warm_up(*entrant, events) for entrant in zip(cases, entrants, strict=True)]
    for _ in range(rounds):
        skyfield_took = _taken(partial(theirs, skyfield), threads=1)
        for race, entrant in zip(races, entrants, strict=True):
            race.add(_taken(partial(ours, entrant), threads=entrant.threads), skyfield_took)
    return races


def _warm_up(case: Case, entrant: Overflight, events: list[Events]) -> Race:
    """Find the passes for the first time, and check them against Skyfield's."""
    rows = case.sites.share()
    shared = np.zeros(len(case.sites), bool)
    shared[rows] = True
    passes, blocks = 0, []
    began_s = perf_counter()
    for block in entrant.stream():
        passes += len(block)
        blocks.append(block.take(shared[block.observer]))
    first_s = perf_counter() - began_s
    shared_passes, worst_s = require_same(blocks, rows, events)
    return Race(case=case, passes=passes, shared=shared_passes, worst_s=worst_s, first_s=first_s)


def _taken(work: Callable[[], object], *, threads: int) -> Taken:
    """Measure on one core, unless there are more threads than one."""
    if threads > 1:
        return taken_by(work)
    with one_core():
        return taken_by(work)
