"""The peers, each used as its documentation says, over a window that is an hour longer each way.

Each returns AOS, culmination and LOS (seconds since 1970) of its passes over each place.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import ephem
import numpy as np
from orbit_predictor.locations import Location
from orbit_predictor.sources import get_predictor_from_tle_lines
from pyorbital.orbital import Orbital
from skyfield.api import EarthSatellite, load, wgs84

from benchmarks.inputs import END, Sites, iss
from benchmarks.measuring import ELEMENTS, MIN_ELEVATION_DEG, START
from benchmarks.ours import Overflight
from orbit.finding.engines import Engine
from tle.columns import Floats

MARGIN = timedelta(hours=1)
FIRST, LAST = START - MARGIN, END + MARGIN
NAME, LINE_1, LINE_2 = ELEMENTS.read_text(encoding="ascii").splitlines()[:3]
Rows = list[tuple[float, float, float]]


def overflight(sites: Sites, engine: Engine) -> list[Floats]:
    """Find passes with one of our engines."""
    blocks = list(Overflight(element_set=iss(), sites=sites, engine=engine).stream())
    observer = np.concatenate([block.observer for block in blocks])
    times_s = np.concatenate(
        [np.column_stack([block.aos_s, block.culmination_s, block.los_s]) for block in blocks]
    )
    times_s += blocks[0].ephemeris.origin_ms / 1000
    order = np.argsort(observer, kind="stable")
    cuts = np.searchsorted(observer[order], np.arange(1, len(sites)))
    return np.split(times_s[order], cuts)


def skyfield(sites: Sites) -> list[Floats]:
    """Find passes with ``EarthSatellite.find_events``."""
    timescale = load.timescale(builtin=True)
    satellite = EarthSatellite(LINE_1, LINE_2, NAME, timescale)
    window = timescale.from_datetime(FIRST), timescale.from_datetime(LAST)
    found = []
    for latitude_deg, longitude_deg in zip(*sites.degrees, strict=True):
        times, kinds = satellite.find_events(
            wgs84.latlon(latitude_deg, longitude_deg), *window, altitude_degrees=MIN_ELEVATION_DEG
        )
        unix_s = np.array([time.timestamp() for time in times.utc_datetime()])
        whole = np.flatnonzero((kinds[:-2] == 0) & (kinds[1:-1] == 1) & (kinds[2:] == 2))
        found.append(unix_s[whole[:, None] + np.arange(3)] if len(whole) else np.empty((0, 3)))
    return found


def orbit_predictor(sites: Sites) -> list[Floats]:
    """Find passes with ``passes_over``, at its own tolerance of a second."""
    predictor = get_predictor_from_tle_lines((LINE_1, LINE_2))
    first, last = _naive(FIRST), _naive(LAST)
    return [
        _columns(
            [
                (_unix_s(p.aos), _unix_s(p.max_elevation_date), _unix_s(p.los))
                for p in predictor.passes_over(
                    Location("", latitude_deg, longitude_deg, 0.0),
                    first,
                    limit_date=last,
                    max_elevation_gt=MIN_ELEVATION_DEG,
                    aos_at_dg=MIN_ELEVATION_DEG,
                )
            ]
        )
        for latitude_deg, longitude_deg in zip(*sites.degrees, strict=True)
    ]


def pyorbital(sites: Sites) -> list[Floats]:
    """Find passes with ``get_next_passes``, at its own tolerance of a millisecond."""
    satellite = Orbital(NAME, line1=LINE_1, line2=LINE_2)
    first, hours = _naive(FIRST), (LAST - FIRST) // timedelta(hours=1)
    return [
        _columns(
            [
                (_unix_s(rise), _unix_s(highest), _unix_s(fall))
                for rise, fall, highest in satellite.get_next_passes(
                    first, hours, longitude_deg, latitude_deg, 0.0, horizon=MIN_ELEVATION_DEG
                )
            ]
        )
        for latitude_deg, longitude_deg in zip(*sites.degrees, strict=True)
    ]


def pyephem(sites: Sites) -> list[Floats]:
    """Find passes with ``next_pass`` again and again, without refraction.

    It takes a horizon but heeds none, so only those are kept that it says rise above 10 degrees.
    """
    satellite = ephem.readtle(NAME, LINE_1, LINE_2)
    found = []
    for latitude_deg, longitude_deg in zip(*sites.degrees, strict=True):
        observer = ephem.Observer()
        observer.lat, observer.lon = np.radians([latitude_deg, longitude_deg])
        observer.pressure, observer.horizon = 0.0, np.radians(MIN_ELEVATION_DEG)
        observer.date = ephem.Date(FIRST)
        found.append(_columns(list(_next_passes(observer, satellite))))
    return found


def _next_passes(
    observer: ephem.Observer, satellite: ephem.EarthSatellite
) -> Iterator[tuple[float, float, float]]:
    last = ephem.Date(LAST)
    while observer.date < last:
        try:
            aos, _, culmination, highest, los, _ = observer.next_pass(satellite)
        except ValueError:  # it says that the satellite never rises here
            return
        if None in {aos, culmination, los}:
            return
        if highest >= observer.horizon:
            yield _unix_s(aos.datetime()), _unix_s(culmination.datetime()), _unix_s(los.datetime())
        observer.date = los + ephem.minute


def _columns(rows: Rows) -> Floats:
    return np.array(rows).reshape(-1, 3)


def _naive(time: datetime) -> datetime:
    """Return what the peers take: UTC without saying so."""
    return time.replace(tzinfo=None)


def _unix_s(time: datetime) -> float:
    return time.replace(tzinfo=UTC).timestamp()
