"""A campaign as people write it: what to say to whom, about which passes, and when.

The file is TOML. Its keys are short (``min_elevation``); the attributes they become carry their
unit (``min_elevation_deg``). ``load_campaign`` checks everything that can be known before a single
pass is computed, the texts included, and names the key, what was expected and what came.
"""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct, field

from messaging.campaigns.example import EXAMPLE_CAMPAIGN
from messaging.errors import CampaignError, TemplateError

__all__ = [
    "Campaign",
    "MessageText",
    "Moment",
    "PassRule",
    "example_campaign",
    "load_campaign",
    "stored_campaign",
]

MAX_DURATION = timedelta(days=31)

_KEY = r"\A[a-z0-9][a-z0-9-]{0,62}\Z"
_LONGEST_REPR = 60

# A description completes the sentence "expected ..." whenever a value is refused.
_Key = Annotated[
    str,
    Meta(
        pattern=_KEY,
        description="1 to 63 small letters, digits and hyphens, the first not a hyphen",
    ),
]
_Name = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z][a-z0-9_.-]{0,62}\Z",
        description="a short name in small letters, such as marketing or smtp",
    ),
]
_Satellites = Annotated[
    tuple[Annotated[int, Meta(ge=1, le=999_999_999)], ...],
    Meta(min_length=1, description="catalog numbers, such as [25544, 48274]"),
]
_Instant = Annotated[
    datetime,
    Meta(tz=True, description="a time with its zone and no quotes, such as 2026-11-11T00:00:00Z"),
]


class PassRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which passes count."""

    min_elevation_deg: Annotated[
        float, Meta(ge=0, le=89, description="degrees above the horizon, 0 to 89")
    ] = field(name="min_elevation", default=10.0)
    """Rise and set are crossings of this elevation."""
    min_culmination_deg: Annotated[
        Annotated[float, Meta(ge=0, le=90)] | None,
        Meta(description="degrees above the horizon, up to 90"),
    ] = field(name="min_culmination", default=None)
    """Keep only passes that climb this high; ``None`` keeps them all."""
    visible_only: Annotated[bool, Meta(description="true or false")] = False
    choose: Annotated[
        Literal["best", "first", "each"], Meta(description='"best", "first" or "each"')
    ] = "best"


class Moment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the message is due, relative to its pass."""

    at: Annotated[
        Literal["aos", "culmination", "before"],
        Meta(description='"aos", "culmination" or "before"'),
    ] = "culmination"
    minutes_before: Annotated[
        Annotated[float, Meta(gt=0, le=720)] | None,
        Meta(description="minutes before the rise, up to 720"),
    ] = None
    """Minutes before AOS; given exactly when ``at`` is ``before``."""


class MessageText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language's templates."""

    subject: Annotated[
        str,
        Meta(
            pattern=r"\A[^\x00-\x1f\x7f]+\Z",
            max_length=1_000,
            description="one line of at most 1,000 characters",
        ),
    ]
    text: Annotated[
        str, Meta(min_length=1, max_length=20_000, description="at most 20,000 characters")
    ]


class Campaign(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to say to whom, about which passes, and when."""

    key: _Key
    """The identity of the campaign, for ever; editing the rest does not change it."""
    title: Annotated[
        str, Meta(min_length=1, max_length=200, description="a title of at most 200 characters")
    ]
    purpose: _Name
    """The purpose for which each customer must have consented."""
    channel: _Name
    satellites: _Satellites
    start: _Instant
    """First instant, UTC; a pass belongs to the campaign if it culminates in [start, end)."""
    end: _Instant
    limit_per_customer: Annotated[
        int, Meta(ge=1, le=100, description="a whole number from 1 to 100")
    ] = 1
    default_language: Annotated[
        str, Meta(description="the language of one of the texts, such as en")
    ]
    passes: PassRule = PassRule()
    moment: Moment = Moment()
    texts: Annotated[
        Mapping[str, MessageText], Meta(min_length=1, description="at least one table [texts.en]")
    ]
    """Templates by language tag."""

    @property
    def definition_hash(self) -> str:
        """Hex SHA-256 of what the definition says: comments, order and layout do not count."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


_Section = TypeVar("_Section", Campaign, PassRule, Moment, MessageText)


def load_campaign(text: str, *, source: str) -> Campaign:
    """Read and check a campaign file.

    Args:
        text: The TOML text.
        source: Where it came from, for messages.

    Raises:
        CampaignError: If anything is wrong, the first thing found.
    """
    raw = _parse_toml(text, source=source)
    for name in ("start", "end"):
        if name in raw:
            raw[name] = _as_utc(raw[name], key=name, source=source)
    if "passes" in raw:
        raw["passes"] = _convert(raw["passes"], PassRule, key="passes", source=source)
    if "moment" in raw:
        raw["moment"] = _convert(raw["moment"], Moment, key="moment", source=source)
    if isinstance(raw.get("texts"), dict):
        raw["texts"] = {
            language: _convert(entry, MessageText, key=f"texts.{language}", source=source)
            for language, entry in raw["texts"].items()
        }
    campaign = _convert(raw, Campaign, key="", source=source)
    for key, problem in _contradictions(campaign):
        raise CampaignError(problem, source=source, key=key)
    _check_texts(campaign, source=source)
    return campaign


@lru_cache(maxsize=64)
def stored_campaign(definition: str) -> Campaign:
    """Return a campaign from a definition that was checked when it was loaded."""
    return load_campaign(definition, source="stored campaign")


def example_campaign(key: str, *, first_day: date) -> str:
    """Return a commented campaign file that loads as it is, and lasts for a week.

    Raises:
        CampaignError: If ``key`` cannot name a campaign.
    """
    if not re.search(_KEY, key):
        raise CampaignError(_expected(Campaign, "key", key), source="new campaign", key="key")
    last_day = first_day + timedelta(days=7)
    dated = EXAMPLE_CAMPAIGN.replace("FIRST_DAY", f"{first_day}", 1)
    return dated.replace("LAST_DAY", f"{last_day}", 1).replace("KEY", key, 1)


def _parse_toml(text: str, *, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise CampaignError("expected TOML, got brackets nested too deep", source=source) from None
    except ValueError as error:
        problem, _, line = str(error).partition(" (at line ")
        number = re.match(r"\d+", line)
        raise CampaignError(
            f"expected TOML: {problem}", source=source, line=int(number[0]) if number else None
        ) from None


def _as_utc(value: object, *, key: str, source: str) -> object:
    """Return dates and times as UTC; leave the rest to be refused by type."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise CampaignError(
                f"expected a time with its zone, got {value.isoformat()}; "
                f"add Z for UTC: {value.isoformat()}Z",
                source=source,
                key=key,
            )
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise CampaignError(
                f"expected a time of this era, got {value.isoformat()}", source=source, key=key
            ) from None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


def _convert(raw: object, kind: type[_Section], *, key: str, source: str) -> _Section:
    """Turn one table into its value; nested tables are converted already."""
    if not isinstance(raw, dict):
        raise CampaignError(f"expected a table [{key}], got {_short(raw)}", source=source, key=key)
    known = [info.encode_name for info in msgspec.structs.fields(kind)]
    prefix = f"{key}." if key else ""
    for name in raw:
        if name not in known:
            raise CampaignError(_unknown_key(name, known), source=source, key=f"{prefix}{name}")
    try:
        return msgspec.convert(raw, kind, builtin_types=(datetime,))
    except msgspec.ValidationError as error:
        named = re.search(r"missing required field `(\w+)`|at `\$\.(\w+)", str(error))
        if named is None:
            raise CampaignError(str(error), source=source, key=key) from None
        name = named[1] or named[2]
        problem = _expected(kind, name, *([raw[name]] if name in raw else []))
        raise CampaignError(problem, source=source, key=f"{prefix}{name}") from None


def _expected(kind: type[Struct], name: str, *came: object) -> str:
    """Say what a key should hold and what it holds, if anything."""
    attribute = next(f.name for f in msgspec.structs.fields(kind) if f.encode_name == name)
    meta: Meta = get_type_hints(kind, include_extras=True)[attribute].__metadata__[0]
    return f"expected {meta.description}, got {_short(came[0]) if came else 'nothing'}"


def _unknown_key(name: str, known: list[str]) -> str:
    nearest = get_close_matches(name, known, n=1)
    if nearest:
        return f"unknown key; did you mean {nearest[0]}?"
    return f"unknown key; known are {', '.join(known)}"


def _short(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else repr(value)
    return text if len(text) <= _LONGEST_REPR else f"{text[: _LONGEST_REPR - 1]}…"


def _contradictions(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Yield each key whose value disagrees with another one, and what is wrong."""
    number, times = Counter(campaign.satellites).most_common(1)[0]
    if times > 1:
        yield "satellites", f"expected each catalog number once, got {number} {times} times"
    start, end = campaign.start, campaign.end
    if not timedelta(0) < end - start <= MAX_DURATION:
        limit = f"after start ({start.isoformat()}) and at most {MAX_DURATION.days} days later"
        yield "end", f"expected a time {limit}, got {end.isoformat()}"
    if campaign.default_language not in campaign.texts:
        known = ", ".join(campaign.texts)
        yield (
            "default_language",
            f"expected one of the texts ({known}), got {_short(campaign.default_language)}",
        )
    least_deg = campaign.passes.min_elevation_deg
    culmination_deg = campaign.passes.min_culmination_deg
    if culmination_deg is not None and culmination_deg < least_deg:
        yield (
            "passes.min_culmination",
            f"expected at least min_elevation ({least_deg:g}), got {culmination_deg:g}",
        )
    at, minutes_before = campaign.moment.at, campaign.moment.minutes_before
    if at == "before" and minutes_before is None:
        yield "moment.minutes_before", 'expected minutes, because at = "before", got nothing'
    if at != "before" and minutes_before is not None:
        yield "moment.minutes_before", f'expected only with at = "before", got at = "{at}"'


def _check_texts(campaign: Campaign, *, source: str) -> None:
    # Jinja and Babel take a tenth of a second to import: only whoever loads a campaign pays.
    from messaging.texts.languages import canonical_language  # noqa: PLC0415
    from messaging.texts.templates import check_template  # noqa: PLC0415

    for language, entry in campaign.texts.items():
        canonical = canonical_language(language)
        if canonical != language:
            advice = f"; write {canonical}" if canonical else ""
            raise CampaignError(
                f"expected a language tag such as en or pt-BR, got {_short(language)}{advice}",
                source=source,
                key=f"texts.{language}",
            )
        try:
            check_template(entry.subject, language=language, field="subject")
            check_template(entry.text, language=language, field="text")
        except TemplateError as error:
            raise CampaignError(
                f"line {error.line}: {error.problem}",
                source=source,
                key=f"texts.{language}.{error.field}",
            ) from None
