import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.api import EarthSatellite, Loader, wgs84
from skyfield.nutationlib import iau2000b_radians
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

    margin_deg, sun_deg = np.zeros(len(passes)), np.zeros(len(passes))
    for number, place in enumerate(PLACES):
        rows = np.flatnonzero(passes.observer == number)
        spans = np.linspace(passes.aos.time_s[rows], passes.los.time_s[rows], 150)
        seconds = np.vstack([spans, passes.culmination.time_s[rows]]) + origin_s
        times = timescale.utc(2026, 10, 10, 0, 0, seconds.ravel())
        times._nutation_angles_radians = iau2000b_radians(times)  # a tenth of the cost
        topos = planets["earth"] + wgs84.latlon(*place)
        sun = topos.at(times).observe(planets["sun"]).apparent()
        elevation_deg = sun.altaz()[0].degrees.reshape(seconds.shape)
        sunlit = satellite.at(times).is_sunlit(planets).reshape(seconds.shape)
        dark_deg = np.where(sunlit, DARK_SUN_ELEVATION_DEG - elevation_deg, -90.0)
        margin_deg[rows], sun_deg[rows] = dark_deg.max(axis=0), elevation_deg[-1]
    planets.close()
    return passes, observers, margin_deg, sun_deg


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


def test_any_night_of_a_long_stay_counts(iss):
    """A satellite that never sets, looked for over eight days, is seen in the nights of each."""
    geostationary = replace(
        iss, mean_motion_rev_per_day=1.0027, eccentricity=0.0002, inclination_deg=0.05
    )
    observers = Observers.at(0.0, np.arange(-180.0, 180.0, 15.0))
    eight_days = propagate(geostationary, START, START + timedelta(days=8))
    passes = find_passes(eight_days, observers)
    up = passes.take(passes.always_up)
    assert len(up) > 5
    assert up.visible(observers).all()
