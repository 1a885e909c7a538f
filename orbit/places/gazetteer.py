"""Cities of more than 15,000 people, and capitals, found by any of their names, offline.

The tables in ``data/`` are cut from GeoNames (CC BY 4.0); ``data/README.md`` describes them.
"""

import functools
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from orbit.places.names import normalise
from orbit.places.place import Place
from orbit.places.spelling import edits_between, near_pattern
from orbit.places.table import SortedTable

DATA = Path(__file__).parent / "data"

_NUMBER_DIGITS = 8
_NAMES_KEPT = 8192
_SHORTEST_MISSPELLING = 3
_ALIAS_WEIGHT = 1 / 8  # as when the tables were built
_EDITS_PER_DECADE = 0.25  # one more misspelt letter is outweighed by 10,000 times the people
_COST_SPREAD = 0.5  # what is this much less likely than the best is not worth naming


class City(NamedTuple):
    """A row of the gazetteer, for those who want many."""

    name: str
    country: str
    latitude_deg: float
    longitude_deg: float
    time_zone: str
    population: int


class _Entry(NamedTuple):
    place: Place
    areas: frozenset[str]
    """Keys of its country and region."""


class Gazetteer:
    """The bundled cities. Opening one maps three files and reads nothing."""

    def __init__(self, folder: Path = DATA) -> None:
        self._cities = SortedTable(folder / "cities.tsv")
        self._names = SortedTable(folder / "names.tsv")
        self._areas = SortedTable(folder / "areas.tsv")
        self._namesakes = functools.lru_cache(maxsize=_NAMES_KEPT)(self._read_namesakes)
        self._entry = functools.lru_cache(maxsize=_NAMES_KEPT)(self._read_entry)
        self._area = functools.cache(self._read_area)

    def find(self, query: str, *, limit: int | None = None) -> list[Place]:
        """Return the cities of a name, the likeliest first; none if the name is unknown.

        Likeliest is most populous, where a city that only also bears the name counts an eighth: so
        "Zaragoza" is the city in Spain before Tijuana, and "Sevilla" is Seville before the small
        Sevilla in Colombia. What follows a comma narrows by country or region, by name or code:
        "Paris, US", "Paris, Texas", "Paris, TX, USA".
        """
        name, *areas = map(normalise, query.split(","))
        return [entry.place for entry in _inside(self._namesakes(name), areas)[:limit]]

    def suggest(self, query: str, *, limit: int = 5) -> list[str]:
        """Return near names for a query that found nothing, the likeliest first.

        A known name in the wrong country gives the places of that name. Each suggestion can be
        found. Takes some 0.1 s: meant for the one who mistyped, not for bulk.
        """
        name, *areas = map(normalise, query.split(","))
        if len(name) < _SHORTEST_MISSPELLING:
            return []
        namesakes = self._namesakes(name)
        entries = _inside(namesakes, areas) or namesakes or self._near(name, areas)
        return _distinct((e.place.label if areas else e.place.name for e in entries), limit)

    def nearest(self, latitude_deg: float, longitude_deg: float) -> Place:
        """Return the city nearest to a point along the great circle; takes about 0.1 s."""
        x, y, z = _unit_vector(latitude_deg, longitude_deg)

        def cosine_of_distance(row: list[str]) -> float:
            u, v, w = _unit_vector(float(row[4]), float(row[5]))
            return x * u + y * v + z * w

        return self._entry(max(self._cities.rows(), key=cosine_of_distance)[0]).place

    def cities(self) -> Iterator[City]:
        """Yield every city, in the order of GeoNames numbers."""
        for _, name, country, _, latitude, longitude, time_zone, people in self._cities.rows():
            yield City(name, country, float(latitude), float(longitude), time_zone, int(people))

    def _near(self, key: str, areas: list[str]) -> list[_Entry]:
        """Return cities with near names: few misspellings first, then many people."""
        costs: dict[_Entry, float] = {}
        for near_key, numbers in self._names.search(near_pattern(key)):
            edits = edits_between(key, near_key)
            if edits is None:
                continue
            for number in numbers.split():
                entry = self._entry(number)
                own_name = normalise(entry.place.name) == near_key
                weight = entry.place.population * (1 if own_name else _ALIAS_WEIGHT)
                cost = edits - _EDITS_PER_DECADE * math.log10(1 + weight)
                costs[entry] = min(cost, costs.get(entry, math.inf))
        ranked = sorted(_inside(costs, areas) or costs, key=costs.__getitem__)
        return [entry for entry in ranked if costs[entry] <= costs[ranked[0]] + _COST_SPREAD]

    def _read_namesakes(self, key: str) -> list[_Entry]:
        fields = self._names.get(key)
        return [self._entry(number) for number in fields[0].split()] if fields else []

    def _read_entry(self, number: str) -> _Entry:
        fields = self._cities.get(number.zfill(_NUMBER_DIGITS))
        if fields is None:
            raise LookupError(f"names.tsv knows city {number}, cities.tsv does not: rebuild them")
        name, country, code, latitude, longitude, time_zone, population = fields
        country_name, country_keys = self._area(country)
        region_name, region_keys = self._area(f"{country}.{code}")
        place = Place(
            name=name,
            admin1=region_name or code,
            country=country,
            country_name=country_name,
            latitude_deg=float(latitude),
            longitude_deg=float(longitude),
            time_zone=time_zone,
            population=int(population),
        )
        return _Entry(place, country_keys | region_keys | {normalise(code)})

    def _read_area(self, code: str) -> tuple[str, frozenset[str]]:
        name, keys = self._areas.get(code) or ("", "")
        return name, frozenset(keys.split())


@functools.cache
def bundled_gazetteer() -> Gazetteer:
    """Return the gazetteer over the bundled tables, one for all callers."""
    return Gazetteer()


def _inside(entries: Iterable[_Entry], areas: Iterable[str]) -> list[_Entry]:
    wanted = set(filter(None, areas))
    return [entry for entry in entries if wanted <= entry.areas]


def _distinct(texts: Iterable[str], limit: int) -> list[str]:
    return list(dict.fromkeys(texts))[:limit]


def _unit_vector(latitude_deg: float, longitude_deg: float) -> tuple[float, float, float]:
    latitude, longitude = math.radians(latitude_deg), math.radians(longitude_deg)
    across = math.cos(latitude)
    return across * math.cos(longitude), across * math.sin(longitude), math.sin(latitude)
