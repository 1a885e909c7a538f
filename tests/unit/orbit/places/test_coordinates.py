"""Coordinates and locators as people type them."""

import pytest

from orbit.places import PlaceError
from orbit.places.coordinates import parse_coordinates, parse_locator


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("52.52,13.41", (52.52, 13.41)),
        (" 52.52 , 13.41 ", (52.52, 13.41)),
        ("52.52 13.41", (52.52, 13.41)),
        ("-33.87,151.21", (-33.87, 151.21)),
        ("−33.87 +151.21", (-33.87, 151.21)),
        ("52.52N 13.41E", (52.52, 13.41)),
        ("33.87s, 70.6w", (-33.87, -70.6)),
        ("52.52° N, 13.41° E", (52.52, 13.41)),
        ("0,0", (0.0, 0.0)),
        ("-90,180", (-90.0, 180.0)),
    ],
)
def test_pairs_are_read(text: str, point: tuple[float, float]) -> None:
    """Latitude comes first, and signs or letters tell the half of the globe."""
    assert parse_coordinates(text) == point


@pytest.mark.parametrize(
    "text", ["Berlin", "JO62", "北京", "", "Ness", "6th of October City", "nan,1"]
)
def test_names_are_left_to_others(text: str) -> None:
    """What is not about numbers is no failure here."""
    assert parse_coordinates(text) is None


@pytest.mark.parametrize(
    ("text", "expected", "got"),
    [
        ("95,10", "latitude from -90 to 90", "95"),
        ("10,400", "longitude from -180 to 180 degrees, east positive", "400"),
        ("10,-180.5", "longitude from -180 to 180", "-180.5"),
        ("52", "such as 52.52,13.41", "numbers in another form"),
        ("52,52 13,41", "such as 52.52,13.41", "numbers in another form"),
        ("1 2 3", "such as 52.52,13.41", "numbers in another form"),
        ("-52N 13E", "a sign or a letter", "both in -52N"),
        ("13E 52N", "such as 52.52,13.41", "numbers in another form"),
    ],
)
def test_impossible_pairs_are_refused(text: str, expected: str, got: str) -> None:
    """The error says what was given, what would have been right and what came."""
    with pytest.raises(PlaceError) as caught:
        parse_coordinates(text)
    assert caught.value.query == text
    assert expected in caught.value.expected
    assert got == caught.value.got
    assert caught.value.expected in str(caught.value)


@pytest.mark.parametrize(
    ("locator", "point"),
    [
        ("JO62", (52.5, 13.0)),
        ("jo62qm", (52 + 12.5 / 24, 13 + 4.5 / 12)),
        ("JO62QM", (52 + 12.5 / 24, 13 + 4.5 / 12)),
        ("JO62qm50", (52 + 12.05 / 24, 13 + 4.55 / 12)),
        ("AA00", (-89.5, -179.0)),
        ("RR99xx", (90 - 0.5 / 24, 180 - 0.5 / 12)),
    ],
)
def test_locators_give_the_centre_of_their_square(locator: str, point: tuple[float, float]) -> None:
    """Squares of all three sizes are measured from the south pole and the date line."""
    assert parse_locator(locator) == pytest.approx(point, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["JO6", "JO622", "SO62", "JO62ZZ", "JO62QM5", "Bonn", "JO62QM50AA"]
)
def test_only_whole_locators_count(text: str) -> None:
    """A text that departs from the grammar is no locator."""
    assert parse_locator(text) is None
