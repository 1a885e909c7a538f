"""From what a person types to a place."""

from dataclasses import dataclass

from orbit.places.coordinates import parse_coordinates, parse_locator
from orbit.places.errors import PlaceNotFound
from orbit.places.gazetteer import Gazetteer, bundled_gazetteer
from orbit.places.names import normalise
from orbit.places.place import Place
from orbit.places.zones import time_zone_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The place a text most likely means, and what else it may have meant."""

    place: Place
    others: tuple[Place, ...] = ()
    """Namesakes, the likeliest first; their labels tell them apart. Cities that only also bear the
    name are none."""


def resolve_place(text: str, *, gazetteer: Gazetteer | None = None) -> Resolved:
    """Find the place that a text means.

    In this order: coordinates (``52.52,13.41``, east positive), a Maidenhead locator (``JO62``: the
    centre of its square), the name of a city, narrowed by country or region after a comma
    (``Paris, Texas``).

    Args:
        text: what was typed.
        gazetteer: where to look names up; by default the bundled cities.

    Raises:
        PlaceError: coordinates that cannot be read or lie off the globe.
        PlaceNotFound: no such name; it carries near ones.
        TypeError: it is no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"a place is of type {type(text).__name__}; expected a text such as Berlin")
    if point := parse_coordinates(text):
        return Resolved(place=_bare_place("{:.4f}, {:.4f}".format(*point), point))
    if point := parse_locator(text):
        return Resolved(place=_bare_place(text.strip().upper(), point))
    gazetteer = gazetteer or bundled_gazetteer()
    places = gazetteer.find(text)
    if not places:
        raise PlaceNotFound(text, gazetteer.suggest(text))
    best, *others = places
    namesakes = (place for place in others if normalise(place.name) == normalise(best.name))
    return Resolved(place=best, others=tuple(namesakes))


def _bare_place(name: str, point: tuple[float, float]) -> Place:
    latitude_deg, longitude_deg = point
    return Place(
        name=name,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        time_zone=time_zone_at(latitude_deg, longitude_deg),
    )
