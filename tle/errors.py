"""What can go wrong with element sets.

::

    TleError
    ├── ElementError         a value that no element set has
    ├── IncompleteElements   an element set without some of its fields
    ├── LineError            a line that is not as the TLE format wants it
    ├── NotElements          a whole text that is no element file
    ├── SelectionError       a query that names no satellite, or more than one
    │   ├── UnknownSatellite
    │   └── AmbiguousSatellite
    ├── VersionError         stored sets do not allow what is asked for
    │   ├── NoOlderVersionError
    │   ├── NothingToAdoptError
    │   └── OtherOrbitError
    └── SourceError          a provider of element sets
        ├── QueryError       cannot be asked that
        ├── LoginRefused     did not take the login
        └── NoAnswer         gave no whole answer
            └── HostUnknown  was not even asked: its name was not found

ElementError and NotElements are ValueErrors too, UnknownSatellite is a KeyError.
"""

import re
from collections.abc import Sequence
from datetime import datetime

_CATALOG_NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)


class TleError(Exception):
    """Root of every error of this package."""


class ElementError(TleError, ValueError):
    """A field of an element set holds a value outside of what it can mean."""

    def __init__(self, *, field: str, value: object, expected: str) -> None:
        shown = value.isoformat() if isinstance(value, datetime) else repr(value)
        super().__init__(f"{field} is {shown}; expected {expected}")
        self.field = field
        self.value = value
        self.expected = expected


class IncompleteElements(TleError):
    """An element set lacks some of the ``fields`` without which no orbit is known."""

    def __init__(self, *, fields: Sequence[str]) -> None:
        super().__init__(f"no value for {', '.join(fields)}; every element set must give them")
        self.fields = tuple(fields)


class LineError(TleError):
    """A line is not as the TLE format wants it; the message shows it under the ``template``."""

    def __init__(self, *, problem: str, template: str, text: str) -> None:
        super().__init__(f"{problem}\n{template}\n{text}")
        self.problem = problem
        self.template = template
        self.text = text


class NotElements(TleError, ValueError):
    """A text is not an element file: nothing of it can be used.

    ``reason`` says what the text is instead, ``advice`` what to do about it.
    """

    def __init__(self, *, source: str, reason: str, advice: str) -> None:
        super().__init__(f"{source}: {reason}; {advice}")
        self.source = source
        self.reason = reason
        self.advice = advice


class SelectionError(TleError):
    """A query does not name exactly one satellite."""


class UnknownSatellite(SelectionError, KeyError):
    """No known satellite answers to the query; ``near`` lists similar names."""

    def __init__(self, *, query: str, near: Sequence[tuple[int, str]]) -> None:
        hint = f" (near: {_listed(near)})" if near else ""
        missing = f"no satellite is called {query!r}{hint}; use its catalog number, or load"
        if _CATALOG_NUMBER.fullmatch(query):
            missing = f"no element set of satellite {query} is known; load"
        super().__init__(f"{missing} its elements")
        self.query = query
        self.near = tuple(near)

    __str__ = Exception.__str__  # a KeyError would show the message in quotation marks


class AmbiguousSatellite(SelectionError):
    """Several satellites answer to the query; ``candidates`` lists them."""

    def __init__(self, *, query: str, candidates: Sequence[tuple[int, str]]) -> None:
        super().__init__(
            f"{len(candidates)} satellites are called {query!r} ({_listed(candidates)}); "
            "use the catalog number"
        )
        self.query = query
        self.candidates = tuple(candidates)


class VersionError(TleError):
    """The stored versions of a satellite do not allow what is asked for."""


class NoOlderVersionError(VersionError):
    """There is no older set to go back to; ``norad_id`` is whose."""

    def __init__(self, *, norad_id: int, count: int) -> None:
        super().__init__(
            f"satellite {norad_id} has no older element set to go back to; it has {count} in all"
        )
        self.norad_id = norad_id


class NothingToAdoptError(VersionError):
    """A temporary number has no element set that could move to the real one."""

    def __init__(self, *, temporary_id: int, norad_id: int) -> None:
        super().__init__(
            f"no element set of satellite {temporary_id} can move to {norad_id}; expected the "
            "temporary number first, then the real one"
        )


class OtherOrbitError(VersionError):
    """Two numbers are of different satellites, as far as their orbits tell."""

    def __init__(self, *, temporary_id: int, norad_id: int, reason: str) -> None:
        super().__init__(
            f"{temporary_id} and {norad_id} are on different orbits: {reason}; check the numbers"
        )


class SourceError(TleError):
    """A provider of element sets could not be asked, or did not answer."""


class QueryError(SourceError):
    """A provider cannot be asked that."""


class LoginRefused(SourceError):
    """A provider did not take the login; the message names no part of it."""


class NoAnswer(SourceError):
    """No whole answer came, for a ``reason``, after ``received_bytes``."""

    def __init__(self, *, reason: str, received_bytes: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.received_bytes = received_bytes


class HostUnknown(NoAnswer):
    """The name of a provider's ``host`` was not found, so nobody was asked."""

    def __init__(self, *, host: str) -> None:
        super().__init__(reason=f"{host} was not found; is there a network?")
        self.host = host


def _listed(satellites: Sequence[tuple[int, str]]) -> str:
    return ", ".join(f"{norad_id} {name}" for norad_id, name in satellites)
