"""Campaign files: from their text to a campaign, or to all that is wrong with it.

Everything is checked that can be known before a single pass is computed, the texts included. A new
section is one field of ``Campaign``; where its keys can disagree, or with others, it adds one
function to ``_CHECKS``.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal

import msgspec
from msgspec.structs import FieldInfo

from messaging.campaigns.definition import MAX_DURATION, Campaign
from messaging.errors import CampaignError, Problem, TemplateError
from messaging.toml_tables import TableReader, kind_of, parse_toml

Contradiction = tuple[str, str, str]
"""A key, what was expected there, and what came."""


def parse_campaign(text: str, *, source: str) -> Campaign:
    """Parse and check a campaign file.

    Args:
        text: the TOML text.
        source: where it came from, for messages.

    Raises:
        CampaignError: something is wrong; it names every problem that was found.
        TypeError: it is no text.
    """
    if not isinstance(text, str):
        got = type(text).__name__
        raise TypeError(f"expected the text of a campaign file, got {got}; pass path.read_text()")
    tables = parse_toml(text, origin=source)
    if isinstance(tables, Problem):
        raise CampaignError(tables)
    reader = _CampaignReader(origin=source)
    values = reader.section(Campaign, tables)
    if not reader.problems:
        campaign = msgspec.convert(values, Campaign, builtin_types=(datetime,))
        for check in _CHECKS:
            for key, expected, got in check(campaign):
                reader.refuse(key, expected, got)
        if not reader.problems:
            return campaign
    raise CampaignError(*reader.problems)


@lru_cache(maxsize=64)
def stored_campaign(definition: str) -> Campaign:
    """Return a campaign from a definition that was checked when it was loaded."""
    return parse_campaign(definition, source="stored campaign")


class _CampaignReader(TableReader):
    """Takes a date as midnight UTC, and a time in any zone."""

    def value(self, entry: FieldInfo, key: str, table: Mapping[str, object]) -> object:
        given = table.get(entry.encode_name)
        if kind_of(entry.type) is not datetime or not isinstance(given, date):
            return super().value(entry, key, table)
        if not isinstance(given, datetime):
            return datetime(given.year, given.month, given.day, tzinfo=UTC)
        written = given.isoformat()
        if given.tzinfo is None:
            self.refuse(key, "a time with its zone", written, f"add Z for UTC: {written}Z")
            return entry.default
        try:
            return given.astimezone(UTC)
        except OverflowError:
            self.refuse(key, "a time of this era", written)
            return entry.default


# --- what must agree ----------------------------------------------------------------------------


def _check_satellites(campaign: Campaign) -> Iterator[Contradiction]:
    number, times = Counter(campaign.satellites).most_common(1)[0]
    if times > 1:
        yield "satellites", "each catalog number once", f"{number} {times} times"


def _check_span(campaign: Campaign) -> Iterator[Contradiction]:
    start, end = campaign.start, campaign.end
    if not timedelta(0) < end - start <= MAX_DURATION:
        limit = f"after start ({start.isoformat()}) and at most {MAX_DURATION.days} days later"
        yield "end", f"a time {limit}", end.isoformat()


def _check_passes(campaign: Campaign) -> Iterator[Contradiction]:
    least_deg = campaign.passes.min_elevation_deg
    culmination_deg = campaign.passes.min_culmination_deg
    if culmination_deg is not None and culmination_deg < least_deg:
        wanted = f"at least min_elevation ({least_deg:g})"
        yield "passes.min_culmination", wanted, f"{culmination_deg:g}"


def _check_moment(campaign: Campaign) -> Iterator[Contradiction]:
    at, minutes_before = campaign.moment.at, campaign.moment.minutes_before
    if at == "before" and minutes_before is None:
        yield "moment.minutes_before", 'minutes, because at = "before"', "nothing"
    if at != "before" and minutes_before is not None:
        yield "moment.minutes_before", 'only with at = "before"', f'at = "{at}"'


def _check_texts(campaign: Campaign) -> Iterator[Contradiction]:
    # Jinja and Babel take a tenth of a second to import: only whoever parses a campaign pays.
    from messaging.texts.languages import canonical_language  # noqa: PLC0415 - see above
    from messaging.texts.templates import check_template  # noqa: PLC0415 - see above

    if campaign.default_language not in campaign.texts:
        known = ", ".join(campaign.texts)
        yield "default_language", f"one of the texts ({known})", repr(campaign.default_language)
    for language, entry in campaign.texts.items():
        canonical = canonical_language(language)
        if canonical != language:
            got = f"{language!r}; write {canonical}" if canonical else repr(language)
            yield f"texts.{language}", "a language tag such as en or pt-BR", got
        templates: Mapping[Literal["subject", "text"], str]
        templates = {"subject": entry.subject, "text": entry.text}
        for name, template in templates.items():
            try:
                check_template(template, language=language, field=name)
            except TemplateError as error:
                yield f"texts.{language}.{name}", "", f"line {error.line}: {error.problem}"


_CHECKS: tuple[Callable[[Campaign], Iterator[Contradiction]], ...] = (
    _check_satellites,
    _check_span,
    _check_passes,
    _check_moment,
    _check_texts,
)
