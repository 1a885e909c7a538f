"""The queue in the database: leases on chunks, and what is written of their messages.

A chunk is leased as a whole. The lease ends by the store's clock and carries a token that grows
with every lease, so that a holder who was away too long finds out before it sends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from messaging import ledger
from messaging.ledger import PENDING, UNSETTLED, Event
from messaging.numbering import reserve
from tle.ports import Database, Reader, Row, Transaction, placeholders
from tle.times import from_ms, to_ms

MESSAGES_AT_ONCE = 1_024
CHUNKS_AT_ONCE = 64

_DUE = """
SELECT k.chunk_no, k.channel, k.lease_token, k.size
FROM chunk k JOIN campaign c ON c.campaign_no = k.campaign_no
WHERE k.done_ms IS NULL AND k.due_ms <= :now_ms AND k.leased_until_ms <= :clock_ms
    AND (c.state = 'armed' OR k.expires_at_ms < :now_ms)
    AND k.channel IN ({channels})
ORDER BY k.due_ms, k.chunk_no LIMIT :limit
"""
_LEASE = """
UPDATE chunk SET lease_owner = :owner, lease_token = lease_token + 1,
    leased_until_ms = :until_ms
WHERE chunk_no = :chunk_no AND lease_token = :token AND done_ms IS NULL
"""
_RENEW = """
UPDATE chunk SET leased_until_ms = :until_ms
WHERE chunk_no = :chunk_no AND lease_token = :token AND done_ms IS NULL
"""
_RELEASE = """
UPDATE chunk SET leased_until_ms = 0 WHERE chunk_no = :chunk_no AND lease_token = :token
"""
_DONE = """
UPDATE chunk SET done_ms = :now_ms WHERE chunk_no = :chunk_no AND lease_token = :token
"""
_MESSAGES = """
SELECT m.message_no, m.revision, m.chunk_no, m.campaign_no, m.campaign_version, m.customer_no,
    m.pass_no, m.kind, m.not_before_ms, m.due_ms, m.expires_at_ms, l.event,
    (SELECT COUNT(*) FROM ledger i WHERE i.message_no = m.message_no AND i.event = 'intent')
FROM message m
LEFT JOIN ledger l ON l.entry_no = (
    SELECT MAX(entry_no) FROM ledger WHERE message_no = m.message_no
)
WHERE m.chunk_no = :chunk_no AND NOT EXISTS (
    SELECT 1 FROM message n WHERE n.message_no = m.message_no AND n.revision > m.revision
)
ORDER BY m.message_no
"""
_LATEST = """
SELECT m.message_no, MAX(m.revision), (
    SELECT event FROM ledger WHERE entry_no = (
        SELECT MAX(entry_no) FROM ledger WHERE message_no = m.message_no
    )
)
FROM message m WHERE m.message_no IN ({numbers}) GROUP BY m.message_no
"""
_LAST_ENTRIES = """
SELECT message_no, attempt, event FROM ledger WHERE entry_no IN (
    SELECT MAX(entry_no) FROM ledger WHERE message_no IN ({numbers}) GROUP BY message_no
)
"""
_NEXT_DUE = """
SELECT k.due_ms FROM chunk k JOIN campaign c ON c.campaign_no = k.campaign_no
WHERE k.done_ms IS NULL AND c.state = 'armed' AND k.due_ms > :now_ms
ORDER BY k.due_ms LIMIT 1
"""
_INSERT_CHUNK = """
INSERT INTO chunk (chunk_no, campaign_no, channel, due_ms, expires_at_ms, size)
VALUES (:chunk_no, :campaign_no, :channel, :due_ms, :expires_at_ms, 1)
"""
_INSERT_REVISION = """
INSERT INTO message (message_no, revision, chunk_no, campaign_no, campaign_version, customer_no,
    pass_no, kind, not_before_ms, due_ms, expires_at_ms)
VALUES (:message_no, :revision, :chunk_no, :campaign_no, :campaign_version, :customer_no,
    :pass_no, :kind, :not_before_ms, :due_ms, :expires_at_ms)
"""
_STATES = "SELECT campaign_no, state FROM campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to send a chunk, for a while."""

    chunk_no: int
    channel: str
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """One planned delivery, without anything personal."""

    message_no: int
    revision: int
    chunk_no: int
    campaign_no: int
    campaign_version: int
    customer_no: int
    pass_no: int
    kind: str
    not_before_ms: int
    due_ms: int
    expires_at_ms: int
    last_event: Event | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A message and the time of its next attempt."""

    message: QueuedMessage
    channel: str
    at_ms: int


def lease_due(
    database: Database, *, channels: Iterable[str], owner: str, now: datetime, lease_s: float
) -> tuple[list[tuple[Lease, list[QueuedMessage]]], bool]:
    """Lease chunks of some channels that are due, the earliest first.

    Chunks whose campaign is not armed stay where they are until they expire.

    Returns:
        The leases with their messages, and whether more may be due.
    """
    now_ms = to_ms(now)
    with database.writing() as transaction:
        clock_ms = transaction.clock_ms()
        leased: list[tuple[Lease, list[QueuedMessage]]] = []
        count = 0
        names, values = placeholders(sorted(channels))
        due = transaction.rows(
            _DUE.format(channels=names),
            now_ms=now_ms,
            clock_ms=clock_ms,
            limit=CHUNKS_AT_ONCE,
            **values,
        )
        for chunk_no, channel, token, size in due:
            if leased and count + size > MESSAGES_AT_ONCE:
                return leased, True
            until_ms = clock_ms + round(lease_s * 1000)
            won = transaction.execute(
                _LEASE, owner=owner, until_ms=until_ms, chunk_no=chunk_no, token=token
            )
            if won:
                count += size
                lease = Lease(chunk_no=chunk_no, channel=channel, token=token + 1)
                leased.append((lease, _messages(transaction, chunk_no)))
        return leased, len(due) == CHUNKS_AT_ONCE


def _messages(reader: Reader, chunk_no: int) -> list[QueuedMessage]:
    return [_message(row) for row in reader.rows(_MESSAGES, chunk_no=chunk_no)]


def _message(row: Row) -> QueuedMessage:
    return QueuedMessage(
        message_no=row[0],
        revision=row[1],
        chunk_no=row[2],
        campaign_no=row[3],
        campaign_version=row[4],
        customer_no=row[5],
        pass_no=row[6],
        kind=row[7],
        not_before_ms=row[8],
        due_ms=row[9],
        expires_at_ms=row[10],
        last_event=None if row[11] is None else Event(row[11]),
        attempts=row[12],
    )


def renew(transaction: Transaction, leases: Iterable[Lease], *, lease_s: float) -> set[int]:
    """Extend leases; return the chunks that are still held."""
    until_ms = transaction.clock_ms() + round(lease_s * 1000)
    return {
        lease.chunk_no
        for lease in leases
        if transaction.execute(
            _RENEW, until_ms=until_ms, chunk_no=lease.chunk_no, token=lease.token
        )
    }


def close_or_release(transaction: Transaction, leases: Iterable[Lease], *, now_ms: int) -> None:
    """Close chunks whose messages have all come to an end; give the others back at once.

    What is given back was held by a pause, or by a worker that was told to stop.
    """
    for lease in leases:
        held = {"chunk_no": lease.chunk_no, "token": lease.token}
        if any(m.last_event in UNSETTLED for m in _messages(transaction, lease.chunk_no)):
            transaction.execute(_RELEASE, **held)
        else:
            transaction.execute(_DONE, now_ms=now_ms, **held)


def armed_campaigns(reader: Reader) -> set[int]:
    """Return the campaigns that may send now."""
    return {number for number, state in reader.rows(_STATES) if state == "armed"}


def still_pending(reader: Reader, messages: Sequence[QueuedMessage]) -> set[int]:
    """Return those messages that nothing has happened to since they were read."""
    names, numbers = placeholders([message.message_no for message in messages])
    latest = {
        number: (revision, None if event is None else Event(event))
        for number, revision, event in reader.rows(_LATEST.format(numbers=names), **numbers)
    }
    return {
        message.message_no
        for message in messages
        if latest[message.message_no][0] == message.revision
        and latest[message.message_no][1] in PENDING
    }


def last_entries(reader: Reader, message_nos: Sequence[object]) -> dict[object, tuple[int, Event]]:
    """Return attempt and event of the last entry of each message that has any."""
    names, numbers = placeholders(message_nos)
    rows = reader.rows(_LAST_ENTRIES.format(numbers=names), **numbers)
    return {number: (attempt, Event(event)) for number, attempt, event in rows}


def append(transaction: Transaction, entries: Iterable[dict[str, object]]) -> None:
    """Append to the ledger."""
    transaction.execute_many(ledger.INSERT, entries)


def plan_retries(transaction: Transaction, retries: Sequence[Retry]) -> None:
    """Append a revision of each message, in a chunk of its own, due at its next attempt."""
    if not retries:
        return
    first_no = reserve(transaction, "chunk", len(retries))
    rows = [
        {
            "message_no": retry.message.message_no,
            "revision": retry.message.revision + 1,
            "chunk_no": chunk_no,
            "campaign_no": retry.message.campaign_no,
            "campaign_version": retry.message.campaign_version,
            "customer_no": retry.message.customer_no,
            "pass_no": retry.message.pass_no,
            "kind": retry.message.kind,
            "not_before_ms": retry.message.not_before_ms,
            "due_ms": retry.at_ms,
            "expires_at_ms": retry.message.expires_at_ms,
            "channel": retry.channel,
        }
        for chunk_no, retry in enumerate(retries, first_no)
    ]
    transaction.execute_many(_INSERT_CHUNK, rows)
    transaction.execute_many(_INSERT_REVISION, rows)


def next_due(reader: Reader, *, after: datetime) -> datetime | None:
    """Return when the next chunk of an armed campaign falls due."""
    following = reader.rows(_NEXT_DUE, now_ms=to_ms(after))
    return from_ms(following[0][0]) if following else None


def cancel_message(transaction: Transaction, message_no: int, *, now_ms: int) -> bool:
    """Take a message back; False if it is being sent or has come to an end."""
    latest = transaction.rows(_LATEST.format(numbers=":number"), number=message_no)
    event = latest[0][2]
    if (None if event is None else Event(event)) not in PENDING:
        return False
    append(
        transaction,
        [ledger.entry(message_no, Event.CANCELLED, now_ms, reason=ledger.BY_HAND)],
    )
    return True
