import pytest

from orbit.horizon import HorizonMask
from orbit.identity import Site

CULMINATION_MS = 1_791_605_539_999  # 2026-10-10T04:12:19.999Z
ROOFS = HorizonMask.of([(0.2, 10.4), (90.0, 25.0)])


def _about(latitude_deg, longitude_deg, grid_deg=0.1):
    return Site.about(latitude_deg, longitude_deg, grid_deg=grid_deg)


@pytest.mark.parametrize(
    ("position", "point"),
    [
        ((52.5234, 13.4114), (52.5, 13.4)),
        ((-0.04, -0.04), (0.0, 0.0)),
        ((10.0, -179.97), (10.0, 180.0)),
        ((10.0, 180.0), (10.0, 180.0)),
        ((-89.99, 0.0), (-90.0, 0.0)),
    ],
)
def test_site_about_a_position(position, point):
    """A site is the position on the privacy grid; the date line and zero have one spelling each."""
    site = _about(*position)
    rounded = site.latitude_deg, site.longitude_deg
    assert rounded == point
    assert "-0.0" not in map(str, rounded)


def test_site_about_a_site():
    """Rounding a rounded position changes nothing, on any grid that divides a degree."""
    for grid_deg in (0.01, 0.05, 0.1, 0.25, 0.5, 1.0):
        for position in ((52.5234, 13.4114), (-33.87, 151.21), (71.29, -156.79)):
            site = _about(*position, grid_deg)
            assert _about(site.latitude_deg, site.longitude_deg, grid_deg) == site


def test_neighbours_share_a_site():
    """Two people in one cell of the grid have the same site, and so the same passes."""
    assert _about(52.51, 13.41) == _about(52.54, 13.37)
    assert _about(52.51, 13.41) != _about(52.56, 13.41)


def test_pass_id():
    """An id names satellite, site and minute, the minute begun."""
    berlin = Site(latitude_deg=52.5, longitude_deg=13.4)
    assert berlin.pass_id(25544, CULMINATION_MS) == "25544@+52.50+013.40@20261010T0412Z"
    west = Site(latitude_deg=-0.5, longitude_deg=-122.4)
    assert west.pass_id(25544, 0) == "25544@-00.50-122.40@19700101T0000Z"


def test_pass_id_of_long_numbers():
    """Catalog numbers of nine digits fit."""
    site = Site(latitude_deg=0.0, longitude_deg=180.0)
    assert site.pass_id(123_456_789, CULMINATION_MS).startswith("123456789@+00.00+180")


def test_pass_id_above_a_mask():
    """Above a mask the id ends with the mask's key, that of the mask in whole degrees."""
    site = Site.about(52.52, 13.41, grid_deg=0.1, horizon_mask=ROOFS)
    assert site.horizon_mask == ROOFS.rounded()
    assert site.mask_key == "b9bf79d0"
    assert site.pass_id(25544, CULMINATION_MS) == "25544@+52.50+013.40@20261010T0412Z~b9bf79d0"
    assert _about(52.52, 13.41).mask_key == ""
