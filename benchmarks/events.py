"""Passes per second over the largest cities, on one core, against Skyfield."""

from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from skyfield.api import EarthSatellite, load, load_file, wgs84

from benchmarks.measuring import (
    ELEMENTS,
    MIN_ELEVATION_DEG,
    START,
    Aim,
    Result,
    one_core,
    require,
    seconds_of,
)
from orbit.earth import Floats
from orbit.ephemeris import propagate
from orbit.observers import Observers
from orbit.passes import Passes, find_passes
from orbit.places import City, bundled_gazetteer
from tle import ElementSet, parse_elements
from tle.propagation import to_satrec

CITIES = 1000
EVERY = 20  # Skyfield's share: one city in twenty, from the largest to the smallest
SPAN = timedelta(days=7)
DARK_SUN_ELEVATION_DEG = -6.0
SAME_S = 0.5  # find_events is up to 0.33 s off a dense scan of Skyfield's own


def run(rounds: int) -> Result:
    """Measure both tools in turn, on one core.

    Raises:
        BenchmarkError: the two do not find the same passes.
    """
    cities = sorted(bundled_gazetteer().cities(), key=lambda city: -city.population)[:CITIES]
    element_set = parse_elements(ELEMENTS.read_bytes(), source="benchmark").sets[0].element_set
    skyfield = _Skyfield(element_set, cities[::EVERY])
    count, theirs, worst_s = _require_same(_find(element_set, cities), skyfield)
    with one_core():
        pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "events": (lambda: _find(element_set, cities), skyfield.events),
            "all columns": (lambda: _all_columns(element_set, cities), skyfield.all_columns),
        }
        rates = {name: _rates(*pair, (count, theirs), rounds) for name, pair in pairs.items()}
    ratios = {name: median(a / b for a, b in each) for name, each in rates.items()}
    return Result(
        title=f"Passes over {CITIES:,} cities in 7 days, one core",
        aims=[Aim(figure=ratios["events"], limit=100, unit="x", at_least=True)],
        columns=dict.fromkeys(("Overflight, passes/s", "Skyfield, passes/s", "ratio"), ",.0f"),
        rows={
            name: (*(median(tool) for tool in zip(*each, strict=True)), ratios[name])
            for name, each in rates.items()
        },
        notes=_notes(count, theirs, worst_s, rounds),
    )


def _notes(ours: int, theirs: int, worst_s: float, rounds: int) -> str:
    return f"""\
- ISS, {MIN_ELEVATION_DEG:g} deg, from {START:%Y-%m-%d}; {ours:,} passes over the largest cities.
  Skyfield gets one city in {EVERY} ({theirs:,} passes): its cost grows with the number of cities,
  so passes/s is what is compared. One core, one thread, its processor time; in turn, medians of
  {rounds} rounds after a warm-up.
- Events: Overflight propagates and finds observer, three times and the highest elevation, and
  cannot help giving azimuth, elevation and range of all three; Skyfield runs `find_events` alone,
  which gives times without any elevation.
- All columns: Overflight adds the sun's elevation and whether any part of the pass is visible;
  Skyfield adds azimuth, elevation and range, sunlit and the sun's elevation at the three events
  only, which is less.
- Both find the same passes over the shared cities; times differ by {worst_s:.2f} s at most, which
  is the accuracy of `find_events`.
"""


def _rates(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    passes: tuple[int, int],
    rounds: int,
) -> list[tuple[float, ...]]:
    """Return passes/s of both in each round; the first only warms the caches.

    Processor time: on one thread it is the wall time of a machine that does nothing else.
    """
    both = [
        tuple(
            count / seconds_of(work, clock=process_time)
            for count, work in zip(passes, (ours, theirs), strict=True)
        )
        for _ in range(rounds + 1)
    ]
    return both[1:]


def _require_same(passes: Passes, skyfield: "_Skyfield") -> tuple[int, int, float]:
    """Check that both find the same passes over the shared cities.

    Returns:
        The number of our passes, of theirs, and by how much times differ at most (s).
    """
    theirs, worst_s = 0, 0.0
    origin_s = passes.ephemeris.origin_ms / 1000
    window_s = np.array(passes.ephemeris.window_s) + origin_s
    for city, (times, kinds) in enumerate(skyfield.events()):
        mine = passes.take(passes.observer == city * EVERY)
        unix_s = np.array([time.timestamp() for time in times.utc_datetime()])
        for kind, sights in enumerate((mine.aos, mine.culmination, mine.los)):
            ours_s = np.sort(sights.time_s) + origin_s
            ours_s = ours_s[(ours_s >= window_s[0]) & (ours_s < window_s[1])]
            theirs_s = unix_s[kinds == kind]
            if kind == 1:
                require(len(ours_s) == len(theirs_s), f"other passes over city {city * EVERY}")
                theirs += len(theirs_s)
            # A pass that the window cuts has its culmination outside: it is no pass of ours.
            nearest_s = np.abs(theirs_s - ours_s[:, None]).min(axis=1, initial=np.inf)
            worst_s = max(worst_s, nearest_s.max(initial=0.0))
    require(worst_s < SAME_S, f"times differ by up to {worst_s:.2f} s")
    return len(passes), theirs, worst_s


def _observers(cities: list[City]) -> Observers:
    return Observers.at([c.latitude_deg for c in cities], [c.longitude_deg for c in cities])


def _find(element_set: ElementSet, cities: list[City]) -> Passes:
    ephemeris = propagate(element_set, START, START + SPAN)
    return find_passes(ephemeris, _observers(cities), min_elevation_deg=MIN_ELEVATION_DEG)


def _all_columns(element_set: ElementSet, cities: list[City]) -> None:
    passes, observers = _find(element_set, cities), _observers(cities)
    passes.visible(observers)
    passes.sun_elevation_deg(observers)


class _Skyfield:
    """The same work, done as Skyfield's documentation does it."""

    def __init__(self, element_set: ElementSet, cities: list[City]) -> None:
        self._ephemeris = load_file(files("skyfield_data") / "data" / "de421.bsp")
        timescale = load.timescale(builtin=True)
        self._window = (timescale.from_datetime(START), timescale.from_datetime(START + SPAN))
        self._satellite = EarthSatellite.from_satrec(to_satrec(element_set), timescale)
        self._places = [wgs84.latlon(city.latitude_deg, city.longitude_deg) for city in cities]

    def events(self) -> list[tuple[Any, Floats]]:
        """Return times and kinds (0 AOS, 1 culmination, 2 LOS) of the events over each place."""
        return [
            self._satellite.find_events(place, *self._window, altitude_degrees=MIN_ELEVATION_DEG)
            for place in self._places
        ]

    def all_columns(self) -> None:
        """Find the events, and what is seen at each."""
        earth, sun = self._ephemeris["earth"], self._ephemeris["sun"]
        for place in self._places:
            times, _ = self._satellite.find_events(
                place, *self._window, altitude_degrees=MIN_ELEVATION_DEG
            )
            (self._satellite - place).at(times).altaz()
            sunlit = self._satellite.at(times).is_sunlit(self._ephemeris)
            sun_elevation, _, _ = (earth + place).at(times).observe(sun).apparent().altaz()
            np.logical_and(sunlit, sun_elevation.degrees <= DARK_SUN_ELEVATION_DEG)
