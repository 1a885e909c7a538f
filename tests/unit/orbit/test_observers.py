import math

import numpy as np
import pytest
from skyfield.api import wgs84

from orbit.errors import OrbitError
from orbit.observers import Observer, Observers


def test_columns_broadcast():
    """One height serves all places, and one place is a column of one."""
    observers = Observers.at([0.0, 52.5], [10.0, 13.4], 100.0)
    assert len(observers) == 2
    assert observers.height_m.tolist() == [100.0, 100.0]
    assert len(Observers.at(0.0, 0.0)) == 1


def test_rows_become_columns():
    """Columns hold the rows in their order, and no rows make empty columns."""
    rows = [
        Observer(name="Quito", latitude_deg=-0.2, longitude_deg=-78.5, height_m=2850.0),
        Observer(name="Berlin", latitude_deg=52.5, longitude_deg=13.4),
    ]
    observers = Observers.of(rows)
    assert observers.latitude_deg.tolist() == [-0.2, 52.5]
    assert observers.longitude_deg.tolist() == [-78.5, 13.4]
    assert observers.height_m.tolist() == [2850.0, 0.0]
    assert len(Observers.of([])) == 0


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (([0.0, 90.1], 0.0), "latitude_deg of observer 1 is 90.1; expected -90 to 90"),
        ((0.0, -180.5), "longitude_deg of observer 0 is -180.5; expected -180 to 180"),
        ((0.0, 0.0, 1e6), "height_m of observer 0 is 1e[+]06; expected -100000 to 100000"),
        ((math.nan, 0.0), "latitude_deg of observer 0 is nan"),
        ((0.0, math.inf), "longitude_deg of observer 0 is inf"),
    ],
)
def test_impossible_places(place, message):
    """A coordinate that no place has is refused, with its row and what was expected."""
    with pytest.raises(OrbitError, match=message):
        Observers.at(*place)


@pytest.mark.parametrize(
    ("place", "came"),
    [
        (
            ([[0.0, 1.0], [2.0, 3.0]], 0.0),
            r"latitude_deg of shape \(2, 2\), longitude_deg of shape",
        ),
        (([0.0], [[1.0]]), r"longitude_deg of shape \(1, 1\)"),
        (
            ([0.0, 1.0, 2.0], [0.0, 1.0]),
            r"\(3,\), longitude_deg of shape \(2,\), height_m of shape",
        ),
        (([0.0, 1.0], 0.0, [1.0, 2.0, 3.0]), r"height_m of shape \(3,\)"),
        (([], [0.0, 1.0]), r"latitude_deg of shape \(0,\), longitude_deg of shape \(2,\)"),
    ],
)
def test_columns_that_do_not_fit(place, came):
    """What is no column, or not as long as the others, is refused with the shape of each."""
    with pytest.raises(
        OrbitError, match=f"expected numbers or columns of one length, got .*{came}"
    ):
        Observers.at(*place)


def test_axes():
    """East, north and up are a right-handed frame of unit vectors everywhere, poles included."""
    observers = Observers.at([0.0, 90.0, -90.0, 52.5, -33.9], [0.0, 20.0, -180.0, 180.0, 18.4])
    east, north, up = observers.east_itrs, observers.north_itrs, observers.up_itrs
    np.testing.assert_allclose(np.cross(east, north), up, atol=1e-15)
    for axis in (east, north, up):
        np.testing.assert_allclose(np.linalg.norm(axis, axis=1), 1.0, atol=1e-15)
    assert (east[:, 2] == 0).all()
    assert (north[:, 2] >= 0).all()


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "height_m"),
    [(0, 0, 0), (90, 0, 0), (-90, 45, 2800), (52.5, 13.4, 34), (-33.9, -180, -400), (1, 180, 9e4)],
)
def test_position_as_skyfield(latitude_deg, longitude_deg, height_m):
    """A point on the ellipsoid is where Skyfield puts it, to a millimetre."""
    position = Observers.at(latitude_deg, longitude_deg, height_m).position_itrs_km
    theirs_km = wgs84.latlon(latitude_deg, longitude_deg, height_m).itrs_xyz.km
    assert position[0] == pytest.approx(theirs_km, abs=1e-6)
