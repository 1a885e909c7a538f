"""From names to places, offline.

`orbit.places.geocoder` speaks geopy and is imported by name, since geopy is slow to load.
"""

from orbit.places.errors import PlaceError, PlaceNotFound, PlacesError
from orbit.places.gazetteer import City, Gazetteer, bundled_gazetteer
from orbit.places.names import normalise
from orbit.places.place import Place
from orbit.places.resolve import Resolved, resolve_place
from orbit.places.zones import time_zone_at

__all__ = [
    "City",
    "Gazetteer",
    "Place",
    "PlaceError",
    "PlaceNotFound",
    "PlacesError",
    "Resolved",
    "bundled_gazetteer",
    "normalise",
    "resolve_place",
    "time_zone_at",
]
