"""From what a person types to a place."""

import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest

from orbit.places import PlaceError, PlaceNotFound, PlacesError, resolve_place, time_zone_at


def test_a_city_comes_with_its_namesakes() -> None:
    """The likeliest city is the place, the rest are the others."""
    resolved = resolve_place("Paris")
    assert resolved.place.label == "Paris, FR"
    assert "Paris, Texas, US" in [place.label for place in resolved.others]
    assert resolved.place not in resolved.others


def test_coordinates_are_a_place_with_a_clock() -> None:
    """A bare point is named by its numbers and keeps the local time zone, without a country."""
    place = resolve_place("52.52,13.41").place
    assert (place.latitude_deg, place.longitude_deg) == (52.52, 13.41)
    assert place.label == place.name == "52.5200, 13.4100"
    assert place.time_zone == "Europe/Berlin"
    assert place.country == ""


def test_the_name_of_a_point_leads_back_to_it() -> None:
    """What a bare point is called can be typed again."""
    place = resolve_place("33.87S 151.21E").place
    assert resolve_place(place.name).place == place


def test_a_locator_is_named_by_itself() -> None:
    """A locator's place is the centre of its square, under the locator's name."""
    place = resolve_place("jo62").place
    assert (place.name, place.latitude_deg, place.longitude_deg) == ("JO62", 52.5, 13.0)


def test_an_unknown_name_is_told_with_near_ones() -> None:
    """The error carries the query and names that can be found."""
    with pytest.raises(PlaceNotFound, match='did you mean "Berlin"') as caught:
        resolve_place("Berln")
    assert caught.value.query == "Berln"
    assert all(resolve_place(name).place for name in caught.value.suggestions)


@pytest.mark.parametrize("text", ["", "   ", ",", ", DE", "?!", "qqqqqqqqqq"])
def test_nothing_near_is_said_plainly(text: str) -> None:
    """Without suggestions, the error still says what could be typed instead."""
    with pytest.raises(PlaceNotFound, match=r"52\.52,13\.41") as caught:
        resolve_place(text)
    assert caught.value.suggestions == ()


@pytest.mark.parametrize("text", ["95,10", "nowhere at all"])
def test_one_root_holds_every_error(text: str) -> None:
    """Whoever catches PlacesError, or ValueError, catches all."""
    with pytest.raises(PlacesError):
        resolve_place(text)
    assert issubclass(PlacesError, ValueError)
    assert not issubclass(PlaceError, PlaceNotFound)


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "zone"),
    [(52.5, 13.4, "Europe/Berlin"), (28.6, 77.2, "Asia/Kolkata"), (0.0, -30.0, "Etc/GMT+2")],
)
def test_time_zones_hold_on_land_and_at_sea(
    latitude_deg: float, longitude_deg: float, zone: str
) -> None:
    """Every point has a zone that the time zone database knows."""
    assert time_zone_at(latitude_deg, longitude_deg) == zone
    assert ZoneInfo(zone)


def test_a_look_up_loads_nothing_heavy() -> None:
    """Finding a city imports neither numpy nor geopy, a database or the map of time zones."""
    code = (
        "import sys; from orbit.places import resolve_place; resolve_place('Bern');"
        "print({'numpy', 'geopy', 'sqlite3', 'tzfpy', 'skyfield'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
