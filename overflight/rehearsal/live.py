"""The live view of a rehearsal: the time, the satellites over the world, and the counts."""

import sys
import time
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from orbit.ephemeris import Ephemeris, propagate
from overflight import console
from overflight.rehearsal.worldmap import WorldMap
from tle import everyday_name

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from overflight.rehearsal.run import Progress

REFRESH_S = 0.1
MARKS = "①②③④⑤⑥⑦⑧⑨"


class LiveView:
    """Shows a rehearsal on a terminal; where nobody watches, it shows nothing."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self._start, self._end = start, end
        self._shown_s = 0.0
        self._live: Live | None = None
        self._tracks: list[tuple[str, Ephemeris]] = []

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.live import Live  # noqa: PLC0415 - only where somebody watches

            self._live = Live(console=console.screen(), auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, progress: "Progress") -> None:
        """Draw how far it has come, unless the last one is still fresh."""
        if self._live is None or time.monotonic() - self._shown_s < REFRESH_S:
            return
        if not self._tracks:
            self._tracks = [
                (everyday_name(e.norad_id, e.name), propagate(e, self._start, self._end))
                for e in progress.element_sets[: len(MARKS)]
            ]
        self._live.update(self._picture(progress), refresh=True)
        self._shown_s = time.monotonic()

    def _picture(self, progress: "Progress") -> "RenderableType":
        from rich.console import Group  # noqa: PLC0415 - see above
        from rich.text import Text  # noqa: PLC0415 - see above

        counts = progress.counts()
        title = Text.assemble(
            (f"{progress.now:%Y-%m-%d %H:%M} UTC", "bold"),
            *(f"   {mark} {name}" for mark, (name, _) in zip(MARKS, self._tracks, strict=False)),
        )
        numbers = Text.assemble(
            ("sent ", "green"), f"{counts.sent:,}   ",
            ("planned ", "cyan"), f"{counts.planned:,}   ",
            ("suppressed ", "yellow"), f"{counts.suppressed_in_all:,}   ",
            ("expired ", "red"), f"{counts.expired:,}",
        )  # fmt: skip
        share = (progress.now - self._start) / (self._end - self._start)
        rows = self._map.with_marks(
            [(*sub_point(track, progress.now), mark)
             for mark, (_, track) in zip(MARKS, self._tracks, strict=False)]
        )  # fmt: skip
        done = round(share * self._map.columns)
        bar = Text.assemble(("━" * done, "green"), ("━" * (self._map.columns - done), "dim"))
        return Group(title, *(Text(row, style="blue") for row in rows), bar, numbers)

    @cached_property
    def _map(self) -> WorldMap:
        return WorldMap.of_cities(columns=min(console.screen().width - 1, 100))


def sub_point(track: Ephemeris, at: datetime) -> tuple[float, float]:
    """Return the geocentric latitude and longitude under a satellite, deg."""
    time_s = at.timestamp() - track.origin_ms / 1000
    x, y, z = track.position_at(np.array([time_s]))[0]
    latitude, longitude = np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)
    return float(np.degrees(latitude)), float(np.degrees(longitude))
