"""The geocoder for those who speak geopy."""

import pytest
from geopy.exc import GeocoderQueryError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders.base import Geocoder

from orbit.places.geocoder import OfflineGeocoder


@pytest.fixture(scope="module")
def geocoder() -> OfflineGeocoder:
    """One geocoder for all."""
    return OfflineGeocoder()


def test_it_is_a_geocoder(geocoder: OfflineGeocoder) -> None:
    """Its kind is what geopy's own tools accept."""
    assert isinstance(geocoder, Geocoder)
    limited = RateLimiter(geocoder.geocode, min_delay_seconds=0)
    assert limited("Bern").address == "Bern, CH"


def test_a_location_carries_the_place(geocoder: OfflineGeocoder) -> None:
    """Address, point and raw fields are those of the place."""
    location = geocoder.geocode("München")
    assert location.address == "Munich, Bavaria, DE"
    assert (location.latitude, location.longitude) == pytest.approx((48.137, 11.575), abs=0.01)
    assert location.raw["time_zone"] == "Europe/Berlin"


def test_all_locations_are_limited(geocoder: OfflineGeocoder) -> None:
    """With `exactly_one=False` there are as many as there are, up to the limit."""
    everywhere = geocoder.geocode("Springfield", exactly_one=False)
    assert len(everywhere) > 3
    assert geocoder.geocode("Springfield", exactly_one=False, limit=2) == everywhere[:2]


def test_nothing_is_none(geocoder: OfflineGeocoder) -> None:
    """An unknown name is no location, as with every geopy geocoder."""
    assert geocoder.geocode("Qqqqqq", timeout=1) is None


def test_impossible_coordinates_are_a_query_error(geocoder: OfflineGeocoder) -> None:
    """A point off the globe speaks geopy's language of errors."""
    with pytest.raises(GeocoderQueryError, match="longitude"):
        geocoder.geocode("10,400")


@pytest.mark.parametrize("query", [(52.4, 13.07), "52.4, 13.07"])
def test_reverse_finds_the_nearest_city(
    geocoder: OfflineGeocoder, query: tuple[float, float] | str
) -> None:
    """A point leads to the city it lies in, alone or in a list."""
    assert geocoder.reverse(query).raw["name"] == "Potsdam"
    assert [found.raw["name"] for found in geocoder.reverse(query, exactly_one=False)] == [
        "Potsdam"
    ]
