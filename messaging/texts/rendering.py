"""Turns a campaign's texts into the words for one customer and one pass.

Everything here is pure: facts in, words out. Times are given in the zone of the customer's place,
dates and numbers in the language of the text that was chosen.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, NoReturn, Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from jinja2 import Template, UndefinedError

from messaging.errors import RenderError
from messaging.rules import Rule
from messaging.texts.facts import CustomerFacts, PassFacts, PlaceFacts
from messaging.texts.languages import choose_language
from messaging.texts.phrases import compass_word, native_digits
from messaging.texts.templates import compile_template

MAX_SUBJECT_LENGTH = 200
MAX_TEXT_LENGTH = 20_000

# Lone surrogates (which UTF-8 cannot carry) and control characters; a text may hold tab and
# newline, a subject becomes a header and may hold no kind of line break.
_BAD_IN_SUBJECT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BAD_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class TextPair(Protocol):
    """A subject and a text, as a campaign holds them."""

    @property
    def subject(self) -> str:
        """One line."""
        ...

    @property
    def text(self) -> str:
        """All of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The words for one customer and one pass."""

    language: str
    """Tag of the text that was chosen."""
    subject: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledTexts:
    """A campaign's texts, ready to render; compile once a campaign version."""

    templates: Mapping[str, tuple[Template, Template]]
    """Subject and text by language tag."""
    default_language: str


class _Number(int):
    """A whole number that compares as a number and prints as the reader writes it."""

    words: str

    def __str__(self) -> str:
        return self.words


def compile_texts(texts: Mapping[str, TextPair], *, default_language: str) -> CompiledTexts:
    """Compile a campaign's texts.

    Raises:
        TemplateError: one of them is not as it should be.
    """
    return CompiledTexts(
        templates={
            language: (
                compile_template(pair.subject, language=language, field="subject"),
                compile_template(pair.text, language=language, field="text"),
            )
            for language, pair in texts.items()
        },
        default_language=default_language,
    )


def render(
    texts: CompiledTexts, *, pass_facts: PassFacts, place: PlaceFacts, customer: CustomerFacts
) -> Rendered:
    """Write one message. Braces in the facts stay braces: only the campaign's text is a template.

    Raises:
        RenderError: a value is missing, the time zone is unknown, or the result is too long
            or not fit to send; its code says which.
    """
    language, locale = choose_language(
        tuple(texts.templates), texts.default_language, customer.language
    )
    values = {
        "pass": _pass_values(pass_facts, locale, place.time_zone),
        "place": {"city": place.city, "country": place.country, "time_zone": place.time_zone},
        "customer": {
            "name": customer.name,
            "language": customer.language,
            "attributes": customer.attributes,
        },
    }
    subject_template, text_template = texts.templates[language]
    try:
        subject, text = subject_template.render(values), text_template.render(values)
    except UndefinedError as error:
        _refuse(Rule.MISSING_VALUE, f'{error} has no value here; add |default("…") or an if')
    if len(subject) > MAX_SUBJECT_LENGTH:
        _refuse(Rule.SUBJECT_TOO_LONG, f"expected at most {MAX_SUBJECT_LENGTH}, got {len(subject)}")
    if len(text) > MAX_TEXT_LENGTH:
        _refuse(Rule.TEXT_TOO_LONG, f"expected at most {MAX_TEXT_LENGTH}, got {len(text)}")
    if _BAD_IN_SUBJECT.search(subject):
        _refuse(Rule.BAD_SUBJECT, "expected one line without control characters")
    if _BAD_IN_TEXT.search(text):
        _refuse(Rule.BAD_TEXT, "expected no control characters but tabs and line breaks")
    return Rendered(language=language, subject=subject, text=text)


@lru_cache(maxsize=16_384)
def _pass_values(facts: PassFacts, locale: Locale, time_zone: str) -> Mapping[str, Any]:
    """Say a pass in one language and zone; cached, because customers share places."""
    zone = _zone(time_zone)

    def clock(instant: datetime) -> str:
        return _time(instant.astimezone(zone).time().replace(second=0, microsecond=0), locale)

    values: dict[str, Any] = {
        "satellite": facts.satellite,
        "norad_id": facts.norad_id,
        "date": _date(facts.culmination.astimezone(zone).date(), locale),
        "time": clock(facts.culmination),
        "direction": compass_word(facts.culmination_azimuth_deg, locale),
        "elevation": _number(round(facts.culmination_elevation_deg), locale),
        "range_km": _number(round(facts.culmination_range_km), locale),
        "minutes": _number(max(1, round(facts.duration_s / 60)), locale),
        "visible": facts.visible,
    }
    if facts.aos is not None:
        values["aos_time"] = clock(facts.aos)
    if facts.los is not None:
        values["los_time"] = clock(facts.los)
    if facts.aos_azimuth_deg is not None:
        values["aos_direction"] = compass_word(facts.aos_azimuth_deg, locale)
    if facts.los_azimuth_deg is not None:
        values["los_direction"] = compass_word(facts.los_azimuth_deg, locale)
    return values


@lru_cache(maxsize=16_384)
def _time(minute: time, locale: Locale) -> str:
    return native_digits(format_time(minute, "short", locale=locale), locale)


@lru_cache(maxsize=1_024)
def _date(day: date, locale: Locale) -> str:
    return native_digits(format_date(day, "long", locale=locale), locale)


@lru_cache(maxsize=16_384)
def _number(value: int, locale: Locale) -> _Number:
    number = _Number(value)
    words = format_decimal(value, locale=locale, numbering_system="default")
    number.words = native_digits(words, locale)
    return number


@lru_cache(maxsize=1_024)
def _zone(time_zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        _refuse(Rule.UNKNOWN_TIME_ZONE, "expected an IANA name, such as America/Phoenix")


def _refuse(rule: Rule, problem: str) -> NoReturn:
    """Raise without a cause: the cause's frames hold what must not be logged."""
    raise RenderError(problem, rule=rule) from None
