import pytest

from orbit.identity import new_pass_id, observer_key

CULMINATION_MS = 1_791_605_539_999  # 2026-10-10T04:12:19.999Z


@pytest.mark.parametrize(
    ("position", "key"),
    [
        ((52.5234, 13.4114), (52.5, 13.4)),
        ((-0.04, -0.04), (0.0, 0.0)),
        ((10.0, -179.97), (10.0, 180.0)),
        ((10.0, 180.0), (10.0, 180.0)),
        ((-89.99, 0.0), (-90.0, 0.0)),
    ],
)
def test_observer_key(position, key):
    """A key is the position on the privacy grid; the date line and zero have one spelling each."""
    rounded = observer_key(*position, 0.1)
    assert rounded == key
    assert "-0.0" not in map(str, rounded)


def test_key_of_a_key():
    """Rounding a rounded position changes nothing, on any grid that divides a degree."""
    for grid_deg in (0.01, 0.05, 0.1, 0.25, 0.5, 1.0):
        for position in ((52.5234, 13.4114), (-33.87, 151.21), (71.29, -156.79)):
            key = observer_key(*position, grid_deg)
            assert observer_key(*key, grid_deg) == key


def test_neighbours_share_a_key():
    """Two people in one cell of the grid have the same key, and so the same passes."""
    assert observer_key(52.51, 13.41, 0.1) == observer_key(52.54, 13.37, 0.1)
    assert observer_key(52.51, 13.41, 0.1) != observer_key(52.56, 13.41, 0.1)


def test_pass_id():
    """An id names satellite, place and minute, the minute begun."""
    assert new_pass_id(25544, (52.5, 13.4), CULMINATION_MS) == "25544@+52.50+013.40@20261010T0412Z"
    assert new_pass_id(25544, (-0.5, -122.4), 0) == "25544@-00.50-122.40@19700101T0000Z"


def test_pass_id_of_long_numbers():
    """Catalog numbers of nine digits fit."""
    assert new_pass_id(123_456_789, (0.0, 180.0), CULMINATION_MS).startswith("123456789@+00.00+180")
