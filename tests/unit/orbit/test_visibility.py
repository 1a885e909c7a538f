import warnings
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.api import EarthSatellite, Loader, wgs84
from skyfield_data import get_skyfield_data_path

from orbit.ephemeris import propagate
from orbit.observers import Observers
from orbit.passes import find_passes
from orbit.visibility import DARK_SUN_ELEVATION_DEG, sunlit_margin_deg
from tle.propagation import to_satrec

START = datetime(2026, 10, 10, tzinfo=UTC)
PLACES = [(52.52, 13.41), (-33.9, 18.4), (64.1, -21.9), (0.0, 180.0), (40.7, -74.0), (30.3, 120.2)]
UNDECIDED_DEG = 0.02


def _data_path():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # other files of the package have expired
        return get_skyfield_data_path()


@pytest.fixture(scope="module")
def seen(iss):
    """(our passes, our observers, best margins by Skyfield, sun elevations by Skyfield).

    The best margin of a pass is the most by which, at any one time, the satellite was sunlit and
    the sky dark, deg: positive means visible.
    """
    observers = Observers.at(*np.array(PLACES).T)
    passes = find_passes(propagate(iss, START, START + timedelta(days=5)), observers)
    loader = Loader(_data_path(), verbose=False, expire=False)
    planets = loader("de421.bsp")
    timescale = loader.timescale(builtin=True)
    satellite = EarthSatellite.from_satrec(to_satrec(iss), timescale)
    origin_s = passes.ephemeris.origin_ms / 1000 - START.timestamp()

    def sun_elevation_deg(place, seconds):
        times = timescale.utc(2026, 10, 10, 0, 0, seconds)
        topos = planets["earth"] + wgs84.latlon(*place)
        return topos.at(times).observe(planets["sun"]).apparent().altaz()[0].degrees

    margins_deg, suns_deg = [], []
    for row, observer in enumerate(passes.observer):
        place = PLACES[observer]
        seconds = np.linspace(passes.aos.time_s[row], passes.los.time_s[row], 150) + origin_s
        sunlit = satellite.at(timescale.utc(2026, 10, 10, 0, 0, seconds)).is_sunlit(planets)
        dark_deg = DARK_SUN_ELEVATION_DEG - sun_elevation_deg(place, seconds)
        margins_deg.append(np.where(sunlit, dark_deg, -90.0).max())
        suns_deg.append(sun_elevation_deg(place, passes.culmination.time_s[row] + origin_s))
    planets.close()
    return passes, observers, np.array(margins_deg), np.array(suns_deg)


def test_visible_as_skyfield(seen):
    """A pass is visible exactly if Skyfield finds it sunlit in the dark at some time."""
    passes, observers, margin_deg, _ = seen
    decided = np.abs(margin_deg) > UNDECIDED_DEG
    theirs = margin_deg > 0
    assert 5 < theirs[decided].sum() < decided.sum() - 5
    assert (passes.visible(observers) == theirs)[decided].all()


def test_sun_elevation_as_skyfield(seen):
    """The sun's elevation at the culmination is Skyfield's, to 0.02 degrees."""
    passes, observers, _, sun_deg = seen
    assert passes.sun_elevation_deg(observers) == pytest.approx(sun_deg, abs=0.02)


def test_shadow():
    """Between Earth and sun it is sunlit, behind the Earth dark, beside the Earth at the limb."""
    sun_km = np.array([1.5e8, 0.0, 0.0])
    position_km = np.array([[7000.0, 0, 0], [-7000.0, 0, 0], [0, 6378.137, 0], [0, 7000.0, 0]])
    margin_deg = sunlit_margin_deg(position_km, sun_km)
    assert margin_deg[0] > 90
    assert margin_deg[1] < -60
    assert margin_deg[2] == pytest.approx(0.0, abs=0.01)
    assert margin_deg[3] == pytest.approx(24.3, abs=0.1)


def test_a_glimpse_counts(iss):
    """A pass with only seconds of sunlight left above the threshold is visible."""
    observers = Observers.at(*np.array(PLACES).T)
    passes = find_passes(propagate(iss, START, START + timedelta(days=5)), observers)
    everything = passes.visible(observers)
    higher = find_passes(passes.ephemeris, observers, min_elevation_deg=40.0)
    for row in np.flatnonzero(higher.visible(observers)):
        same = np.abs(passes.culmination.time_s - higher.culmination.time_s[row]) < 1.0
        same &= passes.observer == higher.observer[row]
        assert everything[same].tolist() == [True]
