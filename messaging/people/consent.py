"""Consent is a record, not a flag: what a customer said, to what, by which channel, and when.

Records are only ever added. ``standing`` decides for one customer who may be written to;
``messaging.people.reading`` asks the same of everybody at once, in SQL.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from tle.times import to_ms

ANY = "any"
"""Stands for every channel; in a withdrawal, for every purpose too."""


class ConsentKind(StrEnum):
    """What a record says."""

    GRANT = "grant"
    WITHDRAWAL = "withdrawal"


class Standing(IntEnum):
    """Whether a customer may be written to, for one purpose and by one channel."""

    NONE = 0  # nothing that counts is on record
    GRANTED = 1
    WITHDRAWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One thing a customer said."""

    kind: ConsentKind
    purpose: str
    channel: str
    at_ms: int | None
    """When it was given, ms UTC; ``None`` if the source does not say."""
    wording: str = ""
    """The version of the text that was agreed to."""
    source: str = ""
    recorded_ms: int
    """When it was stored, ms UTC."""

    @property
    def effective_ms(self) -> int:
        """When it takes effect: without a time of its own, when it was recorded."""
        return self.recorded_ms if self.at_ms is None else self.at_ms

    def covers(self, purpose: str, channel: str) -> bool:
        """Tell whether the record speaks of the whole of this purpose and channel."""
        return self.purpose in (purpose, ANY) and self.channel in (channel, ANY)

    def says_the_same(self, other: "ConsentRecord") -> bool:
        """Tell whether both say the same, whenever they were recorded."""
        return _statement(self) == _statement(other)


def standing(
    records: Iterable[ConsentRecord], *, purpose: str, channel: str, now: datetime
) -> Standing:
    """Return what one customer's records come to.

    A grant counts if it was given after the last withdrawal and not in the future. A grant that
    does not tell its time counts only while nothing was ever withdrawn. A withdrawal always counts.

    Args:
        records: all that is known of the customer, in any order.
        purpose: what the message is for.
        channel: what it would go by.
        now: the instant of the question, aware.
    """
    now_ms = to_ms(now)
    spoken = [record for record in records if record.covers(purpose, channel)]
    grants = [record for record in spoken if record.kind is ConsentKind.GRANT]
    withdrawn_ms = [r.effective_ms for r in spoken if r.kind is ConsentKind.WITHDRAWAL]
    if not withdrawn_ms:
        counts = any(grant.at_ms is None or grant.at_ms <= now_ms for grant in grants)
        return Standing.GRANTED if counts else Standing.NONE
    last_ms = max(withdrawn_ms)
    again = any(g.at_ms is not None and last_ms < g.at_ms <= now_ms for g in grants)
    return Standing.GRANTED if again else Standing.WITHDRAWN


def adds_to(records: Iterable[ConsentRecord], new: ConsentRecord) -> bool:
    """Tell whether a record says anything that the known ones do not.

    A withdrawal without a time would be a new one at every import; it is one only if nothing
    withdrew as much before, or if consent was given since.
    """
    known = list(records)
    if new.kind is ConsentKind.GRANT or new.at_ms is not None:
        return not any(new.says_the_same(record) for record in known)
    withdrawn_ms = [
        record.effective_ms
        for record in known
        if record.kind is ConsentKind.WITHDRAWAL and record.covers(new.purpose, new.channel)
    ]
    if not withdrawn_ms:
        return True
    last_ms = max(withdrawn_ms)
    return any(
        record.kind is ConsentKind.GRANT
        and record.at_ms is not None
        and last_ms < record.at_ms <= new.recorded_ms
        and _overlap(record, new)
        for record in known
    )


def _statement(record: ConsentRecord) -> tuple[object, ...]:
    said = (record.kind, record.purpose, record.channel, record.at_ms)
    return (*said, record.wording, record.source)


def _overlap(one: ConsentRecord, other: ConsentRecord) -> bool:
    return all(
        ANY in pair or pair[0] == pair[1]
        for pair in ((one.purpose, other.purpose), (one.channel, other.channel))
    )
