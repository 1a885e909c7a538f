"""Which satellite a person means.

Numbers identify, names are labels: a name is looked up whole or not at all. (By substring, "ISS"
finds SWISSCUBE.)
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable

from tle.errors import AmbiguousSatellite, UnknownSatellite

_ALIASES = {
    "iss": 25544,
    "zarya": 25544,
    "css": 48274,
    "tiangong": 48274,
    "tianhe": 48274,
    "hst": 20580,
    "hubble": 20580,
}
_CATALOG_NUMBER = re.compile(r"0*[1-9]\d{0,8}", re.ASCII)
_EVERYDAY = {25544: "ISS", 48274: "Tiangong", 20580: "Hubble"}
_NEAR_NAMES = 5


def select_satellite(query: str, known: Iterable[tuple[int, str]]) -> int:
    """Return the catalog number that a query names.

    Args:
        query: a catalog number, a whole name (case and spacing do not matter), or one of a few
            everyday names such as ``iss``. Numbers and everyday names need not be known.
        known: catalog numbers with their names.

    Raises:
        AmbiguousSatellite: several satellites have this name.
        UnknownSatellite: none has it.
        TypeError: the query is no text.
    """
    if not isinstance(query, str):
        raise TypeError(f"expected a satellite's name or number as text, got {query!r}")
    wanted = _normal(query)
    if _CATALOG_NUMBER.fullmatch(wanted):
        return int(wanted)
    by_name: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for norad_id, name in known:
        by_name[_normal(name)][norad_id] = name
    candidates = by_name.get(wanted, {}) if wanted else {}
    if wanted in _ALIASES:
        candidates = {_ALIASES[wanted]: query, **candidates}
    if not candidates:
        near = [
            satellite
            for name in difflib.get_close_matches(wanted, by_name, n=_NEAR_NAMES)
            for satellite in sorted(by_name[name].items())
        ]
        raise UnknownSatellite(query=query, near=near[:_NEAR_NAMES])
    if len(candidates) > 1:
        raise AmbiguousSatellite(query=query, candidates=sorted(candidates.items()))
    return next(iter(candidates))


def everyday_name(norad_id: int, name: str) -> str:
    """Return what people call a satellite: ``ISS`` for ``ISS (ZARYA)``."""
    return _EVERYDAY.get(norad_id) or name.partition(" (")[0] or str(norad_id)


def _normal(name: str) -> str:
    return " ".join(name.split()).casefold()
