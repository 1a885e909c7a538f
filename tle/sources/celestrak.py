"""CelesTrak: GP data, open to all who do not ask too often.

How it is asked: https://celestrak.org/NORAD/documentation/gp-data-formats.php. A client
that ignores its errors is shut out by its firewall.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from tle.sources.asking import ByGroup, BySatellites, Query, Reply, Request
from tle.sources.http import HttpOptions, converse
from tle.sources.providers import CELESTRAK

_ONE_BYTES = 100_000  # a set takes 300
_MANY_BYTES = 20_000_000  # the whole catalogue takes 6 million


class CelesTrak:
    """Asked by number, group or name; the answer is OMM in CSV."""

    name = CELESTRAK.name
    limits = CELESTRAK.limits

    def __init__(self, base_url: str, options: HttpOptions) -> None:
        """Ask CelesTrak, or a mirror, below ``base_url``."""
        self._page = f"{base_url.rstrip('/')}/NORAD/elements/gp.php"
        self._options = options

    def requests(self, queries: Sequence[Query]) -> list[Request]:
        """Return one request a satellite, a group and a name: it takes no list of numbers."""
        return list(dict.fromkeys(each for query in queries for each in self._requests(query)))

    def _requests(self, query: Query) -> Iterator[Request]:
        match query:
            case BySatellites(norad_ids):
                for norad_id in norad_ids:
                    yield self._request("CATNR", str(norad_id), frozenset([norad_id]))
            case ByGroup(group):
                yield self._request("GROUP", group.strip().casefold())
            case _:
                yield self._request("NAME", query.name.strip().upper())

    def _request(self, key: str, value: str, norad_ids: frozenset[int] | None = None) -> Request:
        return Request(
            query=f"{key}={value}",
            url=f"{self._page}?{urlencode({key: value, 'FORMAT': 'CSV'})}",
            max_bytes=_MANY_BYTES if norad_ids is None else _ONE_BYTES,
            norad_ids=norad_ids,
        )

    def fetch(self, request: Request) -> Reply:
        """Ask; see ``Source``."""
        return converse(
            lambda browser: browser.get(request.url), self._options, max_bytes=request.max_bytes
        )
