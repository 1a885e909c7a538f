"""Space-Track: the catalogue of the U.S. Space Force, for those who have a login.

How it is asked: https://www.space-track.org/documentation#api.
"""

from collections.abc import Sequence

from tle.errors import LoginRefused, QueryError
from tle.sources.asking import BySatellites, Query, Reply, Request
from tle.sources.http import Browser, HttpOptions, converse
from tle.sources.providers import SPACE_TRACK

_BASE_BYTES = 100_000
_SET_BYTES = 5_000  # one takes 1,200
_UNAUTHORISED = {401, 403}


class SpaceTrack:
    """Asked for all satellites at once; the answer is OMM in JSON."""

    name = SPACE_TRACK.name
    limits = SPACE_TRACK.limits

    def __init__(
        self, base_url: str, options: HttpOptions, *, identity: str, password: str
    ) -> None:
        """Ask below ``base_url`` with a login, which is sent to nobody else."""
        self._base_url = base_url.rstrip("/")
        self._options = options
        self._login = {"identity": identity, "password": password}

    def requests(self, queries: Sequence[Query]) -> list[Request]:
        """Return one request for all satellites; groups and names are not asked here."""
        numbers: set[int] = set()
        for query in queries:
            if not isinstance(query, BySatellites):
                raise QueryError(
                    "space-track is asked by catalog number only; "
                    "give numbers, or ask celestrak for groups and names"
                )
            numbers |= set(query.norad_ids)
        if not numbers:
            return []
        listed = ",".join(map(str, sorted(numbers)))
        return [
            Request(
                query=f"NORAD_CAT_ID={listed}",
                url=f"{self._base_url}/basicspacedata/query/class/gp/NORAD_CAT_ID/{listed}"
                "/format/json",
                max_bytes=_BASE_BYTES + _SET_BYTES * len(numbers),
                norad_ids=frozenset(numbers),
            )
        ]

    def fetch(self, request: Request) -> Reply:
        """Log in and ask; see ``Source``."""

        async def talk(browser: Browser) -> Reply:
            answer = await browser.post(f"{self._base_url}/ajaxauth/login", self._login)
            if answer.status in _UNAUTHORISED or b"failed" in answer.content[:200].lower():
                raise LoginRefused("the login was refused; check identity and password")
            if answer.status != 200:  # noqa: PLR2004 - as HTTP has it
                return answer
            return await browser.get(request.url)

        return converse(talk, self._options, max_bytes=request.max_bytes)
