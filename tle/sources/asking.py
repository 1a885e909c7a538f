"""What asking a provider of element sets takes: a query, a request, a reply, and the port."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BySatellites:
    """Some satellites by their catalog numbers."""

    norad_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ByGroup:
    """A group as the provider defines it, such as ``stations``."""

    group: str


@dataclass(frozen=True, slots=True)
class ByName:
    """All satellites whose name the provider finds to hold a text."""

    name: str


Query = BySatellites | ByGroup | ByName


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often a provider lets itself be asked."""

    floor: timedelta
    """From one request to the next for the same query."""
    bytes_a_day: int | None = None
    """All answers together, from midnight to midnight UTC."""
    requests_within: tuple[tuple[timedelta, int], ...] = ()
    """No more than so many requests within such a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One query as a provider is asked it."""

    query: str
    """As the provider writes it, and always the same for the same query: ``CATNR=25544``."""
    url: str
    max_bytes: int
    """The whole conversation is broken off beyond; so much of the day is set aside meanwhile."""
    norad_ids: frozenset[int] | None = None
    """The satellites asked for; None: whichever the provider finds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a provider answered, whole."""

    status: int
    reason: str
    """The words beside the status."""
    content: bytes
    """Unpacked."""
    received_bytes: int
    """As they came, packed or not."""
    redirected_to: str = ""
    """The address the provider sends us to, which was not asked."""


class RequestResult(StrEnum):
    """How a request ended, or why it was not made."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NOTHING = "nothing there"  # the provider has no such satellite, or no such group
    WAITING = "waiting"  # not asked: it is too soon, or would be too much
    STOPPED = "stopped"  # the provider must not be asked again before a person has looked
    REFUSED = "refused"  # an answer came, and held no element sets
    FAILED = "failed"  # no whole answer came
    UNREACHED = "unreached"  # the provider's host was not found, so nobody was asked


class Source(Protocol):
    """A provider that is asked over the network."""

    name: str
    limits: Limits

    def requests(self, queries: Sequence[Query]) -> list[Request]:
        """Return the requests that answer some queries, as few as the provider allows.

        Raises:
            QueryError: it cannot be asked that.
        """
        ...

    def fetch(self, request: Request) -> Reply:
        """Ask the provider; takes as long as that takes.

        Raises:
            NoAnswer: no whole answer came.
            LoginRefused: the provider did not take the login.
        """
        ...
