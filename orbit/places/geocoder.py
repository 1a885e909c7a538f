"""The bundled cities for those who speak geopy."""

import dataclasses

from geopy.exc import GeocoderQueryError
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location
from geopy.point import Point

from orbit.places.errors import PlaceError, PlaceNotFound
from orbit.places.gazetteer import Gazetteer, bundled_gazetteer
from orbit.places.place import Place
from orbit.places.resolve import resolve_place


class OfflineGeocoder(Geocoder):  # type: ignore[misc]  # geopy ships no annotations
    """A geopy geocoder that never touches the network.

    It takes everything that `resolve_place` takes. Timeouts are accepted, as geopy's tools pass
    them, and have nothing to wait for.
    """

    def __init__(self, *, gazetteer: Gazetteer | None = None) -> None:
        super().__init__()
        self._gazetteer = gazetteer or bundled_gazetteer()

    def geocode(
        self,
        query: str,
        *,
        exactly_one: bool = True,
        limit: int | None = None,
        timeout: object = DEFAULT_SENTINEL,  # noqa: ARG002 - part of geopy's interface
    ) -> Location | list[Location] | None:
        """Return the likeliest location, or all of them; None if there is none.

        Raises:
            GeocoderQueryError: coordinates that are no point on Earth.
        """
        try:
            resolved = resolve_place(query, gazetteer=self._gazetteer)
        except PlaceNotFound:
            return None
        except PlaceError as error:
            raise GeocoderQueryError(str(error)) from error
        if exactly_one:
            return _location(resolved.place)
        return [_location(place) for place in (resolved.place, *resolved.others)[:limit]]

    def reverse(
        self,
        query: Point | tuple[float, float] | str,
        *,
        exactly_one: bool = True,
        timeout: object = DEFAULT_SENTINEL,  # noqa: ARG002 - part of geopy's interface
    ) -> Location | list[Location]:
        """Return the city nearest to a point."""
        point = Point(query)
        location = _location(self._gazetteer.nearest(point.latitude, point.longitude))
        return location if exactly_one else [location]


def _location(place: Place) -> Location:
    point = (place.latitude_deg, place.longitude_deg)
    return Location(place.label, point, dataclasses.asdict(place))
