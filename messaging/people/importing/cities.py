"""From the city and country of a customer's row to one place, or to a question."""

from functools import lru_cache

from messaging.errors import CustomerRowError
from messaging.people.ids import quoted
from orbit.places import Gazetteer, Place, normalise

_CLEAR = 10
"""A city is meant rather than its namesakes if it has this many times their people."""
_ALIAS_WEIGHT = 1 / 8
"""What the people of a city count where it only also bears the name, as in the gazetteer."""
_NEIGHBOUR_DEG = 0.3
"""A namesake this near is no question: passes over it come within seconds."""
_CITIES_KEPT = 65_536
_SUGGESTIONS = 20
"""How many unknown names get near ones suggested: each takes 0.1 s."""
_LISTED = 5


class CityFinder:
    """Finds cities; nothing is guessed."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Look names up in ``gazetteer``."""
        self._gazetteer = gazetteer
        self._suggestions_left = _SUGGESTIONS
        self._answer = lru_cache(maxsize=_CITIES_KEPT)(self._search)

    def find(self, city: str, country: str) -> Place:
        """Return the place of a city; the country, or a region after a comma, narrows it.

        Raises:
            CustomerRowError: there is none of that name, or there are several that may be meant.
        """
        answer = self._answer(city, country)
        if isinstance(answer, str):
            raise CustomerRowError(answer, column="city")
        return answer

    def _search(self, city: str, country: str) -> Place | str:
        query = f"{city}, {country}"
        places = self._gazetteer.find(query)
        if not places:
            return self._unknown(query.rstrip(", "))
        first, *others = places
        name = normalise(city.partition(",")[0])
        rivals = [other for other in others if _rivals(first, other, name)]
        if not rivals:
            return first
        listed = "; ".join(map(_described, [first, *rivals][:_LISTED]))
        more = len(rivals) + 1 - _LISTED
        return (
            f"expected one city, got {len(rivals) + 1} called {quoted(city)}: {listed}"
            + (f" and {more} more" if more > 0 else "")
            + "; add the country, the region (Paris, Texas), or latitude and longitude"
        )

    def _unknown(self, query: str) -> str:
        near: list[str] = []
        if self._suggestions_left:
            self._suggestions_left -= 1
            near = self._gazetteer.suggest(query)
        question = f"did you mean {' or '.join(near)}? Or give" if near else "give"
        return (
            f"expected a city of more than 15,000 people, got {quoted(query)}; "
            f"{question} latitude and longitude"
        )


def _rivals(first: Place, other: Place, name: str) -> bool:
    """Tell whether ``other`` may be meant by a name of ``first``, the likeliest."""
    apart_deg = max(
        abs(other.latitude_deg - first.latitude_deg),
        abs(other.longitude_deg - first.longitude_deg),
    )
    if apart_deg < _NEIGHBOUR_DEG:
        return False
    abroad = other.country != first.country and normalise(other.name) == name
    return abroad or _weight(other, name) * _CLEAR > _weight(first, name)


def _weight(place: Place, name: str) -> float:
    return place.population * (1 if normalise(place.name) == name else _ALIAS_WEIGHT)


def _described(place: Place) -> str:
    return f"{place.label} ({place.latitude_deg:.1f}, {place.longitude_deg:.1f})"
