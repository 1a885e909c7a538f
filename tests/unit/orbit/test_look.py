import numpy as np
import pytest

from orbit.ephemeris import Ephemeris
from orbit.look import look
from orbit.observers import Observers
from tle.motion.uncertainty import estimate_uncertainty


def _hovering(element_set, *, latitude_deg, longitude_deg, height_km):
    """Return an ephemeris of something that hangs over one point of the Earth."""
    point = Observers(
        latitude_deg=np.array([latitude_deg]),
        longitude_deg=np.array([longitude_deg]),
        height_m=np.array([height_km * 1000.0]),
    ).position_itrs_km
    return Ephemeris(
        element_set=element_set,
        origin_ms=0,
        window_s=(600.0, 1200.0),
        step_s=60,
        position_itrs_km=np.repeat(point, 31, axis=0),
        uncertainty=estimate_uncertainty(element_set),
    )


def test_zenith(iss):
    """What hangs above the observer's ellipsoid stands in the zenith, at its height."""
    ephemeris = _hovering(iss, latitude_deg=52.5, longitude_deg=13.4, height_km=400.0)
    sights = look(ephemeris, Observers.at(52.5, 13.4), np.array([0]), np.array([700.0]))
    assert sights.elevation_deg[0] == pytest.approx(90.0, abs=1e-5)
    assert sights.range_km[0] == pytest.approx(400.0, abs=1e-6)


@pytest.mark.parametrize(
    ("step", "azimuth_deg"),
    [((1.0, 0.0), 0.0), ((0.0, 1.0), 90.0), ((-1.0, 0.0), 180.0), ((0.0, -1.0), 270.0)],
)
def test_azimuth_runs_from_north_over_east(iss, step, azimuth_deg):
    """North is 0, east 90, south 180, west 270; never 360."""
    ephemeris = _hovering(iss, latitude_deg=step[0], longitude_deg=step[1], height_km=400.0)
    sights = look(ephemeris, Observers.at(0.0, 0.0), np.array([0]), np.array([700.0]))
    assert sights.azimuth_deg[0] == pytest.approx(azimuth_deg, abs=1e-6)
    assert 0.0 <= sights.azimuth_deg[0] < 360.0


def test_behind_the_earth(iss):
    """From the other side of the Earth it stands in the nadir."""
    ephemeris = _hovering(iss, latitude_deg=0.0, longitude_deg=180.0, height_km=400.0)
    sights = look(ephemeris, Observers.at(0.0, 0.0), np.array([0]), np.array([700.0]))
    assert sights.elevation_deg[0] == pytest.approx(-90.0, abs=1e-5)


def test_no_time_no_sight(iss):
    """Where the time is missing, so are the angles; the other rows keep theirs."""
    ephemeris = _hovering(iss, latitude_deg=0.0, longitude_deg=0.0, height_km=400.0)
    times_s = np.array([np.nan, 700.0])
    sights = look(ephemeris, Observers.at(0.0, 1.0), np.array([0, 0]), times_s)
    for column in (sights.azimuth_deg, sights.elevation_deg, sights.range_km):
        assert np.isnan(column).tolist() == [True, False]
    assert sights.take(np.array([1])).time_s.tolist() == [700.0]
