import warnings

import numpy as np
import pytest
from skyfield.api import Loader
from skyfield.framelib import itrs
from skyfield_data import get_skyfield_data_path

from orbit.light.sun import ASTRONOMICAL_UNIT_KM, sun_position_itrs_km


def _data_path():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # other files of the package have expired
        return get_skyfield_data_path()


@pytest.fixture(scope="module")
def skyfield_sun():
    """Return a function from milliseconds to the sun's Earth-fixed position (n, 3) by DE421."""
    loader = Loader(_data_path(), verbose=False, expire=False)
    planets = loader("de421.bsp")
    timescale = loader.timescale(builtin=True)

    def position_km(ms):
        days, ms_of_day = np.divmod(ms, 86_400_000)
        times = timescale.utc(1970, 1, 1 + days, 0, 0, ms_of_day / 1000)
        apparent = planets["earth"].at(times).observe(planets["sun"]).apparent()
        return apparent.frame_xyz(itrs).km.T

    yield position_km
    planets.close()


def test_sun_as_de421(skyfield_sun):
    """From 2020 to 2035 the sun's direction is right to 0.011 degrees, its distance to 1e-4."""
    ms = np.arange(1_577_836_800_000, 2_082_758_400_000, 9 * 86_400_000 + 7_777_777)
    ours_km, theirs_km = sun_position_itrs_km(ms), skyfield_sun(ms)
    distance_km = np.linalg.norm(ours_km, axis=1), np.linalg.norm(theirs_km, axis=1)
    sine = np.linalg.norm(np.cross(ours_km, theirs_km), axis=1) / (distance_km[0] * distance_km[1])
    assert np.degrees(np.arcsin(sine)).max() < 0.011
    assert distance_km[0] == pytest.approx(distance_km[1], rel=1e-4)


def test_sun_shape():
    """The answer has the shape of the times, and three coordinates."""
    assert sun_position_itrs_km(np.zeros((17, 5), np.int64)).shape == (17, 5, 3)
    distance_km = np.linalg.norm(sun_position_itrs_km(np.array([0])))
    assert distance_km == pytest.approx(ASTRONOMICAL_UNIT_KM, rel=0.02)
