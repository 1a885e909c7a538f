"""The one table of the providers: what each is called, how often it is asked, what it wants.

To know them costs nothing: the class of each, which needs aiohttp, is imported when it is opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Final

from tle.sources.asking import Limits, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider of element sets on the network."""

    name: str
    """As commands, settings and stored rows write it."""
    title: str
    """As people write it."""
    limits: Limits
    has_groups: bool = False
    """Whether it is asked for groups and names, and not by catalog number only."""
    login: tuple[str, ...] = ()
    """The parameters of its class that hold the login it wants; empty where it wants none."""
    location: str
    """Where its class is, as ``module:name``."""

    def open(self, base_url: str, *, user_agent: str, login: Mapping[str, str]) -> Source:
        """Return the provider, ready to be asked.

        Args:
            base_url: where it is asked; its own address, or a mirror's.
            user_agent: the program that asks, and its version.
            login: a value for each of ``self.login``.
        """
        from tle.sources.http import HttpOptions  # noqa: PLC0415 - imports aiohttp

        module, _, name = self.location.partition(":")
        source: Source = getattr(import_module(module), name)(
            base_url, HttpOptions(user_agent=user_agent), **login
        )
        return source


CELESTRAK = Provider(
    name="celestrak",
    title="CelesTrak",
    # https://celestrak.org/usage-policy.php: new data every two hours, 100 MB a day
    limits=Limits(floor=timedelta(hours=2), bytes_a_day=100_000_000),
    has_groups=True,
    location="tle.sources.celestrak:CelesTrak",
)
SPACE_TRACK = Provider(
    name="space-track",
    title="Space-Track",
    # https://www.space-track.org/documentation#api: gp once an hour; less than 30 requests a minute
    # and 300 an hour, of which an update makes two, the login and the query
    limits=Limits(
        floor=timedelta(hours=1),
        requests_within=((timedelta(minutes=1), 14), (timedelta(hours=1), 149)),
    ),
    login=("identity", "password"),
    location="tle.sources.space_track:SpaceTrack",
)

PROVIDERS: Final = {each.name: each for each in (CELESTRAK, SPACE_TRACK)}
"""By name, in the order in which people are shown them."""
