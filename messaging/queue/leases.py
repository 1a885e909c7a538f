"""The queue in the database: leases on chunks, and what is written of their messages.

A chunk is leased as a whole. The lease ends by the store's clock and carries a token that grows
with every lease, so that a holder who was away too long finds out before it sends.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np

from messaging.queue.chunks import Windows
from messaging.queue.ledger import PENDING, UNSETTLED, Entry, Event, append
from messaging.queue.messages import (
    LAST_ENTRY,
    NEWEST,
    MessageRows,
    among,
    append_messages,
    cancel_pending,
    message_states,
)
from messaging.rules import Rule
from tle.storage.port import Database, Reader, Row, Transaction
from tle.storage.statements import placeholders
from tle.times import from_ms, to_ms

MESSAGES_AT_ONCE = 1_024
CHUNKS_AT_ONCE = 64

# Only what is armed as it was planned may be sent: rows of an older version wait for planning.
_SENDABLE = "(c.state = 'armed' AND c.version = k.campaign_version)"
_DUE = f"""
SELECT k.chunk_no, k.lease_token, k.size
FROM chunk k JOIN campaign c ON c.campaign_no = k.campaign_no
WHERE k.done_ms IS NULL AND k.due_ms <= :now_ms AND k.leased_until_ms <= :clock_ms
    AND ({_SENDABLE} OR k.expires_at_ms < :now_ms) AND k.channel = :channel
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
_MESSAGES = f"""
SELECT m.message_no, m.revision, m.chunk_no, m.campaign_no, m.campaign_version, m.customer_no,
    m.pass_no, m.kind, m.not_before_ms, m.due_ms, m.expires_at_ms, l.event, (
        SELECT COUNT(*) FROM ledger i
        WHERE i.message_no = m.message_no AND i.event = '{Event.INTENT}'
    ), (
        SELECT COUNT(*) FROM ledger d WHERE d.message_no = m.message_no
            AND d.event = '{Event.DEFERRED}'
            AND d.reason NOT IN ('{Rule.NOT_BEGUN}', '{Rule.NOT_TAKEN}')
    )
FROM message m {LAST_ENTRY}
WHERE m.chunk_no = :chunk_no AND {NEWEST}
ORDER BY m.message_no
"""
_IS_OPEN = f"""
SELECT 1 FROM message m {LAST_ENTRY}
WHERE m.chunk_no = :chunk_no AND {NEWEST} AND {among(UNSETTLED)} LIMIT 1
"""
_NEXT_DUE = f"""
SELECT k.due_ms FROM chunk k JOIN campaign c ON c.campaign_no = k.campaign_no
WHERE k.done_ms IS NULL AND {_SENDABLE} AND k.due_ms > :now_ms
ORDER BY k.due_ms LIMIT 1
"""
_ORPHANS = """
SELECT chunk_no FROM chunk
WHERE done_ms IS NULL AND expires_at_ms < :now_ms AND leased_until_ms <= :clock_ms
    AND channel NOT IN ({channels})
LIMIT :limit
"""
_CLOSE_ORPHAN = "UPDATE chunk SET done_ms = :now_ms WHERE chunk_no = :chunk_no"
_ARMED = "SELECT campaign_no, version FROM campaign WHERE state = 'armed'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to send a chunk, for a while."""

    chunk_no: int
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
    """How many intents were written."""
    failures: int
    """How many of them the channel did not take."""


_MESSAGE_FIELDS = [each.name for each in fields(QueuedMessage)]  # in the order of _MESSAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A message and the time of its next attempt."""

    message: QueuedMessage
    channel: str
    at_ms: int


def lease_due(
    database: Database, *, channel: str, owner: str, now: datetime, lease_s: float
) -> tuple[list[tuple[Lease, list[QueuedMessage]]], bool]:
    """Lease chunks of one channel that are due, the earliest first.

    Chunks whose campaign is not armed, or was edited since, stay where they are until they expire.

    Returns:
        The leases with their messages, and whether more may be due.
    """
    now_ms = to_ms(now)
    with database.writing() as transaction:
        clock_ms = transaction.clock_ms()
        leased: list[tuple[Lease, list[QueuedMessage]]] = []
        count, until_ms = 0, clock_ms + round(lease_s * 1000)
        due = transaction.rows(
            _DUE, now_ms=now_ms, clock_ms=clock_ms, channel=channel, limit=CHUNKS_AT_ONCE
        )
        for chunk_no, token, size in due:
            if leased and count + size > MESSAGES_AT_ONCE:
                return leased, True
            won = transaction.execute(
                _LEASE, owner=owner, until_ms=until_ms, chunk_no=chunk_no, token=token
            )
            if won:
                count += size
                lease = Lease(chunk_no=chunk_no, token=token + 1)
                leased.append((lease, _messages(transaction, chunk_no)))
        return leased, len(due) == CHUNKS_AT_ONCE


def _messages(reader: Reader, chunk_no: int) -> list[QueuedMessage]:
    return [_message(row) for row in reader.rows(_MESSAGES, chunk_no=chunk_no)]


def _message(row: Row) -> QueuedMessage:
    message = dict(zip(_MESSAGE_FIELDS, row, strict=True))
    event = message["last_event"]
    return QueuedMessage(**message | {"last_event": None if event is None else Event(event)})


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
        if transaction.rows(_IS_OPEN, chunk_no=lease.chunk_no):
            transaction.execute(_RELEASE, **held)
        else:
            transaction.execute(_DONE, now_ms=now_ms, **held)


def armed_campaigns(reader: Reader) -> dict[int, int]:
    """Return the campaigns that may send now, and in which version."""
    return {int(number): int(version) for number, version in reader.rows(_ARMED)}


def still_pending(reader: Reader, messages: Sequence[QueuedMessage]) -> set[int]:
    """Return those messages that nothing has happened to since they were read."""
    latest = message_states(reader, [message.message_no for message in messages])
    return {
        message.message_no
        for message in messages
        if latest[message.message_no].revision == message.revision
        and latest[message.message_no].event in PENDING
    }


def plan_retries(transaction: Transaction, retries: Sequence[Retry]) -> None:
    """Append a revision of each message, due at its next attempt."""
    latest = message_states(transaction, [retry.message.message_no for retry in retries])
    groups: dict[tuple[int, int, str], list[Retry]] = {}
    for retry in retries:
        message = retry.message
        key = (message.campaign_no, message.campaign_version, retry.channel)
        groups.setdefault(key, []).append(retry)
    for (campaign_no, version, channel), group in groups.items():
        messages = [retry.message for retry in group]
        rows = MessageRows(
            message_no=np.array([m.message_no for m in messages]),
            revision=np.array([latest[m.message_no].revision + 1 for m in messages]),
            customer_no=np.array([m.customer_no for m in messages]),
            pass_no=np.array([m.pass_no for m in messages]),
            windows=Windows(
                not_before_ms=np.array([m.not_before_ms for m in messages]),
                due_ms=np.array([retry.at_ms for retry in group]),
                expires_at_ms=np.array([m.expires_at_ms for m in messages]),
            ),
        )
        append_messages(
            transaction,
            rows,
            campaign_no=campaign_no,
            campaign_version=version,
            channel=channel,
        )


def expire_orphans(transaction: Transaction, *, channels: Collection[str], now_ms: int) -> int:
    """End what waits on channels that nobody serves, once its windows have closed."""
    names, values = placeholders(sorted(channels))
    chunks = transaction.rows(
        _ORPHANS.format(channels=names),
        now_ms=now_ms,
        clock_ms=transaction.clock_ms(),
        limit=CHUNKS_AT_ONCE,
        **values,
    )
    for (chunk_no,) in chunks:
        left = [m for m in _messages(transaction, chunk_no) if m.last_event in UNSETTLED]
        append(
            transaction,
            [
                Entry(
                    message_no=m.message_no,
                    event=Event.EXPIRED if m.last_event in PENDING else Event.UNKNOWN,
                    at_ms=now_ms,
                    attempt=m.attempts,
                    reason=Rule.NO_SUCH_CHANNEL,
                )
                for m in left
            ],
        )
        transaction.execute(_CLOSE_ORPHAN, chunk_no=chunk_no, now_ms=now_ms)
    return len(chunks)


def next_due(reader: Reader, *, after: datetime) -> datetime | None:
    """Return when the next chunk of an armed campaign falls due."""
    following = reader.rows(_NEXT_DUE, now_ms=to_ms(after))
    return from_ms(following[0][0]) if following else None


def cancel_message(transaction: Transaction, message_no: int, *, now_ms: int) -> bool:
    """Take a message back; False if it is being sent or has come to an end."""
    return bool(cancel_pending(transaction, [message_no], reason=Rule.BY_HAND, now_ms=now_ms))
