"""From the consent columns of a customer's row to records."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from messaging.channel_kinds import CHANNEL_WORDS
from messaging.errors import CustomerRowError
from messaging.people.consent import ANY, ConsentKind, ConsentRecord
from messaging.people.ids import quoted
from tle.times import to_ms

YES = frozenset({"yes", "y", "true", "1", "granted"})
NO = frozenset({"no", "n", "false", "0", "withdrawn"})
_CHANNELS = {**CHANNEL_WORDS, ANY: ANY}

_COLUMNS = (
    "consent",
    "consent_purpose",
    "consent_channel",
    "consent_at",
    "consent_wording",
    "consent_source",
)
_PURPOSE = re.compile(r"[a-z][a-z0-9_.-]{0,62}")  # as a campaign may name it


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenConsent:
    """What a row says of consent."""

    records: tuple[ConsentRecord, ...] = ()
    unclear: str = ""
    """Why nothing is recorded, although something was said."""


def parse_consent(cells: Mapping[str, str], *, recorded_ms: int) -> SpokenConsent:
    """Read the consent columns; only a clear yes grants, only a clear no withdraws.

    A grant must name its purposes (several are separated by ``|``) and its channel. A withdrawal
    that names none, or none that can be read, withdraws all.

    Args:
        cells: the cells of the row by column, stripped; columns may be missing.
        recorded_ms: the time of the import, ms UTC.

    Raises:
        CustomerRowError: ``consent_at`` is no time.
    """
    return _parse(*(cells.get(column, "") for column in _COLUMNS), recorded_ms)


@lru_cache(maxsize=1_024)  # most rows of a file say the same
def _parse(  # noqa: PLR0917 - the cells in the order of _COLUMNS
    said: str, purpose: str, channel: str, at: str, wording: str, source: str, recorded_ms: int
) -> SpokenConsent:
    at_ms = _at_ms(at)
    purposes, channel = _purposes(purpose.casefold()), _CHANNELS.get(channel.casefold(), "")
    if said.casefold() in NO:
        kind, purposes, channel = ConsentKind.WITHDRAWAL, purposes or (ANY,), channel or ANY
    elif said.casefold() not in YES:
        return SpokenConsent(unclear=f"consent is {quoted(said, length=20)}" if said else "")
    elif not purposes or ANY in purposes:
        return SpokenConsent(unclear="consent_purpose is missing or no list of short names")
    elif not channel:
        return SpokenConsent(unclear=f"consent_channel is not one of {', '.join(_CHANNELS)}")
    else:
        kind = ConsentKind.GRANT
    return SpokenConsent(
        records=tuple(
            ConsentRecord(
                kind=kind,
                purpose=purpose,
                channel=channel,
                at_ms=at_ms,
                wording=wording,
                source=source,
                recorded_ms=recorded_ms,
            )
            for purpose in purposes
        )
    )


def _purposes(text: str) -> tuple[str, ...]:
    """Return the purposes; none if any of them cannot be read."""
    purposes = [purpose.strip() for purpose in text.split("|")]
    readable = all(map(_PURPOSE.fullmatch, purposes))
    return tuple(dict.fromkeys(purposes)) if readable else ()


def _at_ms(text: str) -> int | None:
    """Return a time in ms; one without a zone is UTC."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return to_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise CustomerRowError(
            f"expected a time such as 2026-10-31 or 2026-10-31T18:30:00Z, got {quoted(text)}",
            column="consent_at",
        ) from None
