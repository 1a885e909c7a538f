"""A campaign as people write it: what to say to whom, about which passes, and when.

The file is TOML. Its keys are short (``min_elevation``); the attributes they become carry their
unit (``min_elevation_deg``). These classes are the only list of them: types, limits and what is
expected are what ``messaging.campaigns.reading`` reads a file by.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from orbit.defaults import THRESHOLD_DEG

MAX_DURATION = timedelta(days=31)

CampaignKey = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z0-9][a-z0-9-]{0,62}\Z",
        extra={"expected": "1 to 63 small letters, digits and hyphens, the first not a hyphen"},
    ),
]
_Name = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z][a-z0-9_.-]{0,62}\Z",
        extra={"expected": "a short name in small letters, such as marketing or smtp"},
    ),
]
_Satellites = Annotated[
    tuple[Annotated[int, Meta(ge=1, le=999_999_999)], ...],
    Meta(min_length=1, extra={"expected": "catalog numbers, such as [25544, 48274]"}),
]
_Instant = Annotated[
    datetime,
    Meta(
        tz=True,
        extra={"expected": "a time with its zone and no quotes, such as 2026-11-11T00:00:00Z"},
    ),
]


class PassRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which passes count."""

    min_elevation_deg: Annotated[
        float, Meta(ge=0, le=89, extra={"expected": "degrees above the horizon, 0 to 89"})
    ] = field(name="min_elevation", default=THRESHOLD_DEG)
    """Rise and set are crossings of this elevation."""
    min_culmination_deg: Annotated[
        Annotated[float, Meta(ge=0, le=90)] | None,
        Meta(extra={"expected": "degrees above the horizon, up to 90"}),
    ] = field(name="min_culmination", default=None)
    """Keep only passes that climb this high; ``None`` keeps them all."""
    visible_only: bool = False
    choose: Annotated[
        Literal["best", "first", "each"], Meta(extra={"expected": '"best", "first" or "each"'})
    ] = "best"


class Moment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the message is due, relative to its pass."""

    at: Annotated[
        Literal["aos", "culmination", "before"],
        Meta(extra={"expected": '"aos", "culmination" or "before"'}),
    ] = "culmination"
    minutes_before: Annotated[
        Annotated[float, Meta(gt=0, le=720)] | None,
        Meta(extra={"expected": "minutes before the rise, up to 720"}),
    ] = None
    """Minutes before AOS; given exactly when ``at`` is ``before``."""


class MessageText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language's templates."""

    subject: Annotated[
        str,
        Meta(
            pattern=r"\A[^\x00-\x1f\x7f]+\Z",
            max_length=1_000,
            extra={"expected": "one line of at most 1,000 characters"},
        ),
    ]
    text: Annotated[
        str, Meta(min_length=1, max_length=20_000, extra={"expected": "at most 20,000 characters"})
    ]


class Campaign(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to say to whom, about which passes, and when."""

    key: CampaignKey
    """The identity of the campaign; editing the rest does not change it."""
    title: Annotated[
        str,
        Meta(min_length=1, max_length=200, extra={"expected": "a title of at most 200 characters"}),
    ]
    purpose: _Name
    """The purpose for which each customer must have consented."""
    channel: _Name
    satellites: _Satellites
    start: _Instant
    """First instant, UTC; a pass belongs to the campaign if it culminates in [start, end)."""
    end: _Instant
    limit_per_customer: Annotated[int, Meta(ge=1, le=100)] = 1
    default_language: Annotated[
        str, Meta(extra={"expected": "the language of one of the texts, such as en"})
    ]
    passes: PassRule = PassRule()
    moment: Moment = Moment()
    texts: Annotated[
        Mapping[str, MessageText],
        Meta(min_length=1, extra={"expected": "at least one table [texts.en]"}),
    ]
    """Templates by language tag."""

    @property
    def definition_hash(self) -> str:
        """Hex SHA-256 of what the definition says: comments, order and layout do not count."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()
