"""Everything that can be set, and nothing else: the settings as one frozen value.

These classes are the only list: their annotations give the type, the range and the help text that
the reader (reading.py), ``config show`` and the example file (text.py) use.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from messaging import defaults
from orbit.defaults import GRID_DEG
from overflight.home import below
from tle.sources.providers import PROVIDERS

FILE_NAME = "overflight.toml"
_SQLITE = "sqlite:///"


class Secret:
    """A text that shows itself as ``***`` wherever it is printed."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***" if self._text else ""


# Most of these end up in a mail header or a path, where a line break is an attack. Surrogates are
# what Python makes of bytes in the environment that are not UTF-8.
_VISIBLE = r"[^\x00-\x1f\x7f\ud800-\udfff]"
_Line = Annotated[str, Meta(pattern=rf"\A{_VISIBLE}*\Z")]
_Name = Annotated[_Line, Meta(min_length=1)]
_DatabaseUrl = Annotated[
    str,
    Meta(
        pattern=rf"\A((sqlite:///(?!.*:memory:)|postgresql(\+\w+)?://){_VISIBLE}+)?\Z",
        extra={"expected": "sqlite:///FILE (never in memory) or postgresql://USER@HOST/NAME"},
    ),
]
_CatalogNumber = Annotated[int, Meta(ge=1, le=999_999_999)]
_SourceName = Annotated[
    str,
    Meta(
        pattern=rf"\A({'|'.join(PROVIDERS)})\Z",
        extra={"expected": f"one of {', '.join(PROVIDERS)}"},
    ),
]
_GroupName = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9-]+\Z",
        extra={"expected": "the name of a group, such as stations or last-30-days"},
    ),
]
# Without TLS anybody on the way could send element sets of their own, or read a password.
_BaseUrl = Annotated[
    str,
    Meta(
        pattern=r"\A(https://[^\s/?#@]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(/[^\s?#]*)?\Z",
        extra={"expected": "https://HOST, or http://localhost:PORT"},
        description="Where it is asked; another address for a mirror.",
    ),
]


class _Section(Struct, frozen=True, forbid_unknown_fields=True):
    """What all sections are; ``kw_only`` is said by each because msgspec does not inherit it."""


class Place(_Section, frozen=True, kw_only=True):
    """A place of your own, called by the name after the dot; only the file can hold it."""

    latitude_deg: Annotated[
        float,
        Meta(ge=-90, le=90, examples=[48.14], description="Degrees north; south is negative."),
    ] = msgspec.field(name="latitude")
    longitude_deg: Annotated[
        float,
        Meta(ge=-180, le=180, examples=[11.58], description="Degrees east; west is negative."),
    ] = msgspec.field(name="longitude")
    height_m: Annotated[
        float, Meta(ge=-500, le=100_000, description="Metres above the WGS84 ellipsoid.")
    ] = msgspec.field(name="height", default=0.0)
    time_zone: Annotated[
        _Line, Meta(description="IANA name such as Europe/Berlin; empty: found by the position.")
    ] = ""
    horizon_mask: Annotated[
        _Line, Meta(description="What hides the sky: azimuth:elevation pairs such as 0:10 90:25.")
    ] = ""


class Privacy(_Section, frozen=True, kw_only=True):
    """How much is kept about people."""

    grid_deg: Annotated[
        float,
        Meta(ge=0.01, le=1, description="Degrees to which positions are rounded on import."),
    ] = GRID_DEG


class Plan(_Section, frozen=True, kw_only=True):
    """When messages are planned."""

    hours_ahead: Annotated[int, Meta(ge=1, le=336, description="How many hours ahead.")] = (
        defaults.HOURS_AHEAD
    )
    interval_s: Annotated[
        int, Meta(ge=1, le=86_400, description="Seconds from one planning to the next.")
    ] = defaults.PLAN_INTERVAL_S


class Dispatch(_Section, frozen=True, kw_only=True):
    """How planned messages leave the queue."""

    interval_s: Annotated[
        float,
        Meta(ge=0.01, le=60, description="Seconds from one look at the queue to the next."),
    ] = defaults.DISPATCH_INTERVAL_S
    lease_s: Annotated[
        float,
        Meta(ge=0.5, le=3600, description="Seconds a worker that went silent keeps its messages."),
    ] = defaults.LEASE_S


class Elements(_Section, frozen=True, kw_only=True):
    """Where element sets come from and how old they may be."""

    sources: Annotated[
        tuple[_SourceName, ...],
        Meta(description="Which providers are asked; none: the network is never used."),
    ] = ("celestrak",)
    update_interval_hours: Annotated[
        int, Meta(ge=2, le=168, description="Hours until the daemon asks for the same again.")
    ] = defaults.UPDATE_INTERVAL_HOURS
    files: Annotated[
        tuple[_Name, ...],
        Meta(description="Files and folders the daemon watches; relative ones start in the home."),
    ] = ()
    check_interval_s: Annotated[
        int, Meta(ge=1, le=86_400, description="Seconds from one look at the files to the next.")
    ] = defaults.CHECK_INTERVAL_S
    max_age_days: Annotated[
        float, Meta(ge=0.1, le=365, description="Days from its epoch that a set is used.")
    ] = defaults.MAX_AGE_DAYS


class CelesTrak(_Section, frozen=True, kw_only=True):
    """The provider CelesTrak, which is asked for the satellites that are followed."""

    groups: Annotated[
        tuple[_GroupName, ...],
        Meta(description="Groups to ask for besides, such as stations."),
    ] = ()
    base_url: _BaseUrl = "https://celestrak.org"


class SpaceTrack(_Section, frozen=True, kw_only=True):
    """The provider Space-Track, which wants a login."""

    identity: Annotated[
        Secret, Meta(description="The user name, taken from the environment only.")
    ] = Secret()
    password: Annotated[Secret, Meta(description="Taken from the environment only.")] = Secret()
    base_url: _BaseUrl = "https://www.space-track.org"


class File(_Section, frozen=True, kw_only=True):
    """The channel "file", which writes messages instead of sending them."""

    directory: Annotated[
        _Name, Meta(description="Where it writes; a relative path starts in the home.")
    ] = "outbox"


class Smtp(_Section, frozen=True, kw_only=True):
    """The channel "smtp"."""

    host: Annotated[_Name, Meta(description="The mail server.")] = "localhost"
    port: Annotated[
        int, Meta(ge=1, le=65_535, description="Usually 25, 587 (starttls) or 465 (tls).")
    ] = 25
    security: Annotated[
        Literal["none", "starttls", "tls"], Meta(description="How the connection is protected.")
    ] = "starttls"
    username: Annotated[_Line, Meta(description="Empty: no login.")] = ""
    password: Annotated[Secret, Meta(description="Taken from the environment only.")] = Secret()
    connections: Annotated[
        int, Meta(ge=1, le=100, description="Connections a worker keeps open.")
    ] = 4


class Sender(_Section, frozen=True, kw_only=True):
    """Who the messages come from; marketing by smtp needs all but from_name and reply_to."""

    from_address: Annotated[_Line, Meta(description="The address in From.")] = ""
    from_name: Annotated[_Line, Meta(description="The name in From.")] = ""
    reply_to: Annotated[_Line, Meta(description="Where answers go; empty: from_address.")] = ""
    postal_address: Annotated[
        str, Meta(description="Printed below each message; may have several lines.")
    ] = ""
    privacy_url: Annotated[_Line, Meta(description="Your privacy page.")] = ""
    unsubscribe: Annotated[
        _Line, Meta(description="A mailto: or https: address that ends the messages.")
    ] = ""


class Document(_Section, frozen=True, kw_only=True):
    """What overflight.toml may say."""

    database: Annotated[
        _DatabaseUrl,
        Meta(description="Where data is kept; empty: in the home, where a relative FILE starts."),
    ] = ""
    default_place: Annotated[
        _Line, Meta(description="The place meant where a command is given none.")
    ] = ""
    satellites: Annotated[
        tuple[_CatalogNumber, ...],
        Meta(min_length=1, description="Catalog numbers of the satellites that are followed."),
    ] = (25544, 48274)
    privacy: Privacy = Privacy()
    plan: Plan = Plan()
    dispatch: Dispatch = Dispatch()
    elements: Elements = Elements()
    celestrak: CelesTrak = CelesTrak()
    space_track: SpaceTrack = SpaceTrack()
    file: File = File()
    smtp: Smtp = Smtp()
    sender: Sender = Sender()
    places: Mapping[str, Place] = {}


class Settings(Document, frozen=True, kw_only=True):
    """All settings, and where each came from."""

    home: Path
    origins: Mapping[str, str]
    """Dotted key -> ``default``, ``overflight.toml``, the name of a variable, or ``--set``."""

    @property
    def database_url(self) -> str:
        """The database in use; the path of an SQLite file is absolute."""
        url = self.database or f"{_SQLITE}overflight.sqlite3"
        if url.startswith(_SQLITE):
            return f"{_SQLITE}{below(self.home, url.removeprefix(_SQLITE))}"
        return url

    @property
    def element_files(self) -> tuple[Path, ...]:
        """The watched element files, absolute."""
        return tuple(below(self.home, name) for name in self.elements.files)

    @property
    def file_directory(self) -> Path:
        """Where the file channel writes, absolute."""
        return below(self.home, self.file.directory)

    def __repr__(self) -> str:
        """Show the home only: a database URL may hold a password."""
        return f"Settings(home={str(self.home)!r})"
