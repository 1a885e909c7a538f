import pytest

from tle import AmbiguousSatellite, UnknownSatellite, select_satellite

_KNOWN = [
    (25544, "ISS (ZARYA)"),
    (35932, "SWISSCUBE"),
    (48274, "CSS (TIANHE)"),
    (43013, "NOAA 20 (JPSS-1)"),
    (270001, "UNKNOWN"),
    (270002, "UNKNOWN"),
]


@pytest.mark.parametrize(
    ("query", "norad_id"),
    [
        ("25544", 25544),
        (" 799501621 ", 799501621),
        ("00000000005", 5),
        ("SwissCube", 35932),
        ("noaa  20 (jpss-1)", 43013),
        ("ISS", 25544),
        ("zarya", 25544),
        ("Tiangong", 48274),
        ("css", 48274),
        ("hubble", 20580),
    ],
)
def test_numbers_names_and_aliases(query, norad_id):
    """A number, a whole name or an everyday name finds its satellite, known or not."""
    assert select_satellite(query, _KNOWN) == norad_id


@pytest.mark.parametrize(
    "query", ["SWISS", "NOAA", "", " ", "0", "1000000000", "00019999999999", "²"]
)
def test_parts_of_names_find_nothing(query):
    """A part of a name, an empty query or an impossible number is unknown, never a guess."""
    with pytest.raises(UnknownSatellite, match="catalog number"):
        select_satellite(query, _KNOWN)


def test_unknown_suggests_near_names():
    """A misspelt name is answered with names like it."""
    with pytest.raises(UnknownSatellite) as caught:
        select_satellite("SWISCUBE", _KNOWN)
    assert caught.value.near == ((35932, "SWISSCUBE"),)
    assert "35932 SWISSCUBE" in str(caught.value)


def test_shared_names_are_listed():
    """A name of several satellites is answered with all of their numbers."""
    with pytest.raises(AmbiguousSatellite) as caught:
        select_satellite("unknown", _KNOWN)
    assert caught.value.candidates == ((270001, "UNKNOWN"), (270002, "UNKNOWN"))
    assert "270001" in str(caught.value)


def test_an_alias_does_not_hide_a_name():
    """When another satellite bears an everyday name, the choice is asked, not made."""
    with pytest.raises(AmbiguousSatellite):
        select_satellite("ISS", [(99, "ISS")])


def test_one_satellite_listed_twice_is_one():
    """Several sets of one satellite do not make its name ambiguous."""
    assert select_satellite("SWISSCUBE", _KNOWN * 2) == 35932
