"""What there is to tell: counts for ``status`` and rehearsals, rows for the queue."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from messaging.queue.ledger import Event
from messaging.queue.messages import LAST_ENTRY, NEWEST, message_id
from tle.storage.port import Reader, Row
from tle.times import from_ms, to_ms

MOST_DIGITS = 18  # of a number that any database can hold

_STATES = f"""
SELECT COALESCE(l.event, 'planned') AS state, COUNT(*)
FROM message m
{LAST_ENTRY}
WHERE m.revision = 1 {{only}}
GROUP BY state
"""
_SUPPRESSED = "SELECT rule, COUNT(*) FROM suppression {only} GROUP BY rule"
_REASONS = f"""
SELECT reason, COUNT(*) FROM ledger WHERE event = '{Event.SUPPRESSED}' GROUP BY reason
"""
_SENT = f"""
SELECT l.at_ms, m.due_ms, m.not_before_ms, m.expires_at_ms
FROM ledger l
JOIN message m ON m.message_no = l.message_no AND m.revision = (
    SELECT MAX(revision) FROM message n WHERE n.message_no = l.message_no
)
WHERE l.event IN ('{Event.ACCEPTED}', '{Event.DELIVERED}') AND l.at_ms >= :since_ms
"""
_QUEUE = f"""
SELECT c.key, m.customer_no, p.pass_id, m.kind, m.not_before_ms, m.due_ms, m.expires_at_ms,
    m.revision, COALESCE(l.event, 'planned'), COALESCE(l.reason, ''), u.customer_id, k.channel,
    m.message_no
FROM message m
JOIN campaign c ON c.campaign_no = m.campaign_no
JOIN satellite_pass p ON p.pass_no = m.pass_no
JOIN chunk k ON k.chunk_no = m.chunk_no
LEFT JOIN customer u ON u.customer_no = m.customer_no
{LAST_ENTRY}
WHERE {NEWEST} {{only}}
ORDER BY m.due_ms, m.message_no
"""


class _MessageRow(NamedTuple):
    """A row of ``_QUEUE``."""

    campaign: str
    customer_no: int
    pass_id: str
    kind: str
    not_before_ms: int
    due_ms: int
    expires_at_ms: int
    revision: int
    state: str
    reason: str
    customer_id: str | None
    channel: str
    message_no: int


_HISTORY = """
SELECT attempt, event, at_ms, reason FROM ledger WHERE message_no = :message_no ORDER BY entry_no
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many messages stand where; what is being sent counts as planned."""

    planned: int
    sent: int
    expired: int
    suppressed: int
    """Messages kept back when they were due; planning keeps back customers: see ``rules``."""
    cancelled: int
    unknown: int
    failed: int
    rules: dict[str, int] = field(default_factory=dict)
    """Rule -> customers or messages that it kept back."""

    def since(self, before: "Tally") -> "Tally":
        """Return what has come on top of an earlier tally; rules and waiting are as they are."""
        return replace(
            self,
            sent=self.sent - before.sent,
            expired=self.expired - before.expired,
            suppressed=self.suppressed - before.suppressed,
            cancelled=self.cancelled - before.cancelled,
            unknown=self.unknown - before.unknown,
            failed=self.failed - before.failed,
        )

    @property
    def suppressed_in_all(self) -> int:
        """Customers that planning left out, and messages kept back when they were due."""
        return sum(self.rules.values())


def tally(reader: Reader, *, campaign_no: int | None = None) -> Tally:
    """Count all messages, or those of one campaign."""
    only = "" if campaign_no is None else "AND m.campaign_no = :campaign_no"
    parameters = {} if campaign_no is None else {"campaign_no": campaign_no}
    state: Counter[str] = Counter()
    for event, count in reader.rows(_STATES.format(only=only), **parameters):
        state[event] = count
    only = "" if campaign_no is None else "WHERE campaign_no = :campaign_no"
    rules: Counter[str] = Counter()
    for rule, count in reader.rows(_SUPPRESSED.format(only=only), **parameters):
        rules[rule] += count
    if campaign_no is None:
        for rule, count in reader.rows(_REASONS):
            rules[rule] += count
    return Tally(
        planned=state["planned"] + state["intent"] + state["deferred"],
        sent=state["accepted"] + state["delivered"],
        expired=state["expired"],
        suppressed=state["suppressed"],
        cancelled=state["cancelled"],
        unknown=state["unknown"],
        failed=state["rejected"] + state["dead"],
        rules=dict(rules.most_common()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuality:
    """How well the windows were kept."""

    outside: int
    """Messages sent before their window or after it: must be none."""
    lateness_p50_s: float
    lateness_p99_s: float
    busiest_minute: datetime
    busiest_count: int


def punctuality(reader: Reader, *, since: datetime) -> Punctuality | None:
    """Measure when messages were sent against when they were due; None if none was."""
    sent = reader.stream(_SENT, since_ms=to_ms(since))
    rows = np.array([tuple(row) for row in sent], np.int64).reshape(-1, 4)
    if not len(rows):
        return None
    sent_ms, due_ms, not_before_ms, expires_at_ms = rows.T
    late_s = (sent_ms - due_ms) / 1000
    minutes, counts = np.unique(sent_ms // 60_000, return_counts=True)
    return Punctuality(
        outside=int(((sent_ms < not_before_ms) | (sent_ms >= expires_at_ms)).sum()),
        lateness_p50_s=float(np.percentile(late_s, 50)),
        lateness_p99_s=float(np.percentile(late_s, 99)),
        busiest_minute=from_ms(int(minutes[counts.argmax()]) * 60_000),
        busiest_count=int(counts.max()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One message as the queue shows it: no address, no name, no text."""

    message_no: int
    message_id: str
    campaign: str
    customer_id: str
    pass_id: str
    channel: str
    not_before: datetime
    due: datetime
    expires_at: datetime
    revision: int
    state: str
    reason: str


def queue_rows(
    reader: Reader, *, campaign: str | None = None, state: str | None = None
) -> Iterator[QueueRow]:
    """Yield messages at their newest revision, by due time, in bounded memory."""
    conditions, parameters = [], {}
    if campaign is not None:
        conditions.append("AND c.key = :campaign")
        parameters["campaign"] = campaign
    if state is not None:
        conditions.append("AND COALESCE(l.event, 'planned') = :state")
        parameters["state"] = state
    for row in reader.stream(_QUEUE.format(only=" ".join(conditions)), **parameters):
        yield _queue_row(row)


def find_message(reader: Reader, identity: str) -> QueueRow | None:
    """Return the message of an identity (campaign/customer/pass/kind)."""
    campaign, _, rest = identity.partition("/")
    customer_no, _, rest = rest.partition("/")
    pass_id, _, kind = rest.partition("/")
    if not customer_no.isdecimal() or len(customer_no) > MOST_DIGITS:
        return None
    only = """AND c.key = :campaign AND m.customer_no = :customer_no AND p.pass_id = :pass_id
        AND m.kind = :kind"""
    rows = reader.rows(
        _QUEUE.format(only=only),
        campaign=campaign,
        customer_no=int(customer_no),
        pass_id=pass_id,
        kind=kind,
    )
    return _queue_row(rows[0]) if rows else None


def history(reader: Reader, message_no: int) -> list[dict[str, Any]]:
    """Return what the ledger says of a message."""
    return [
        {"attempt": attempt, "event": event, "at": from_ms(at_ms), "reason": reason}
        for attempt, event, at_ms, reason in reader.rows(_HISTORY, message_no=message_no)
    ]


def _queue_row(stored: Row) -> QueueRow:
    row = _MessageRow(*stored)
    return QueueRow(
        message_no=row.message_no,
        message_id=message_id(row.campaign, row.customer_no, row.pass_id, row.kind),
        campaign=row.campaign,
        customer_id=row.customer_id or "(erased)",
        pass_id=row.pass_id,
        channel=row.channel,
        not_before=from_ms(row.not_before_ms),
        due=from_ms(row.due_ms),
        expires_at=from_ms(row.expires_at_ms),
        revision=row.revision,
        state=row.state,
        reason=row.reason,
    )
