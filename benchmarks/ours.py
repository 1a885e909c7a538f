"""What Overflight does in a race: from an element set and coordinates to columns of passes."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.inputs import END, Sites
from benchmarks.measuring import MIN_ELEVATION_DEG, START
from orbit.ephemeris import propagate
from orbit.finding.engines import Engine
from orbit.observers import Observers
from orbit.passes import Passes, stream_passes
from tle import ElementSet

ENGINES: dict[str, Engine] = {"default": "numpy", "fast": "numba"}
EVENTS = ("observer", "aos_s", "culmination_s", "los_s", "max_elevation_deg")
ALL_COLUMNS = (*EVENTS, "aos", "culmination", "los", "visible", "sun_elevation_deg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflight:
    """One engine over some places; nothing is kept from one call to the next."""

    element_set: ElementSet
    sites: Sites
    engine: Engine
    threads: int = 1

    def stream(self) -> Iterator[Passes]:
        """Propagate, and yield the week's passes block by block."""
        return stream_passes(
            propagate(self.element_set, START, END),
            Observers.at(*self.sites.degrees),
            min_elevation_deg=MIN_ELEVATION_DEG,
            engine=self.engine,
            threads=self.threads,
        )

    def events(self) -> int:
        """Find observer, three times and highest elevation of each pass; return how many."""
        return self._consume(EVENTS)

    def all_columns(self) -> int:
        """Find the events, where to look at each, and what is seen; return how many passes."""
        return self._consume(ALL_COLUMNS)

    def _consume(self, columns: tuple[str, ...]) -> int:
        """Ask every block for columns, some of which are not computed before."""
        count = 0
        for block in self.stream():
            for column in columns:
                getattr(block, column)
            count += len(block)
        return count
