"""The rows of messages: where each stands, and the only ways to append, revise and cancel them.

Rows are never changed. A message is revised by a row of a higher revision in another chunk, and
taken back by a ledger entry; both only while nothing has begun. Whoever does so locks the
message's chunk first, as a worker does that is about to write its intents.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from messaging.columns import as_rows
from messaging.queue.chunks import Windows, group_by_due
from messaging.queue.ledger import PENDING, Entry, Event, append
from messaging.rules import Rule
from tle.columns import Columns, Integers
from tle.storage.numbering import reserve
from tle.storage.port import Reader, Transaction
from tle.storage.statements import rows_among

LAST_ENTRY = """
LEFT JOIN ledger l ON l.entry_no = (
    SELECT MAX(entry_no) FROM ledger WHERE message_no = m.message_no
)
"""
NEWEST = """
NOT EXISTS (
    SELECT 1 FROM message n WHERE n.message_no = m.message_no AND n.revision > m.revision
)
"""


def among(events: Collection[Event | None]) -> str:
    """Return the condition that a message's last entry ``l`` is one of some events."""
    named = ", ".join(f"'{event.value}'" for event in sorted(e for e in events if e))
    either = f"l.event IN ({named})"
    return f"(l.event IS NULL OR {either})" if None in events else either


_CANCEL_WHERE = f"""
INSERT INTO ledger (message_no, attempt, event, at_ms, reason)
SELECT m.message_no, 0, '{Event.CANCELLED.value}', :now_ms, :reason
FROM message m {LAST_ENTRY}
WHERE {NEWEST} AND {among(PENDING)} AND {{which}}
"""
_STATES = f"""
SELECT m.message_no, m.revision, m.chunk_no, COALESCE(l.attempt, 0), l.event
FROM message m {LAST_ENTRY}
WHERE m.message_no IN (:values) AND {NEWEST}
"""
# Who writes to a chunk's row locks it until the transaction ends, on PostgreSQL too.
_LOCK = "UPDATE chunk SET size = size WHERE chunk_no = :chunk_no"
_LOCK_CAMPAIGN = """
UPDATE chunk SET size = size WHERE campaign_no = :campaign_no AND done_ms IS NULL
"""
_INSERT_CHUNK = """
INSERT INTO chunk (chunk_no, campaign_no, campaign_version, channel, due_ms, expires_at_ms, size)
VALUES (:chunk_no, :campaign_no, :campaign_version, :channel, :due_ms, :expires_at_ms, :size)
"""
_INSERT_MESSAGE = """
INSERT INTO message (message_no, revision, chunk_no, campaign_no, campaign_version, customer_no,
    pass_no, kind, not_before_ms, due_ms, expires_at_ms)
VALUES (:message_no, :revision, :chunk_no, :campaign_no, :campaign_version, :customer_no,
    :pass_no, :kind, :not_before_ms, :due_ms, :expires_at_ms)
"""


class Kind(StrEnum):
    """What a message is among those of one campaign, customer and pass."""

    FIRST = "first"


class MessageState(NamedTuple):
    """Where a message stands: its newest row, and the last word of the ledger."""

    revision: int
    chunk_no: int
    attempt: int
    event: Event | None


def message_states(reader: Reader, message_nos: Sequence[int]) -> dict[int, MessageState]:
    """Return where messages stand, by number."""
    return {
        number: MessageState(revision, chunk_no, attempt, None if event is None else Event(event))
        for number, revision, chunk_no, attempt, event in rows_among(reader, _STATES, message_nos)
    }


def lock_pending(transaction: Transaction, message_nos: Sequence[int]) -> dict[int, MessageState]:
    """Return those messages that nothing has begun of; until the transaction ends, nothing will."""
    chunks = {each.chunk_no for each in message_states(transaction, message_nos).values()}
    transaction.execute_many(_LOCK, [{"chunk_no": number} for number in sorted(chunks)])
    latest = message_states(transaction, message_nos)
    return {number: each for number, each in latest.items() if each.event in PENDING}


def cancel_pending(
    transaction: Transaction, message_nos: Sequence[int], *, reason: str, now_ms: int
) -> set[int]:
    """Take messages back that nothing has begun of; return which."""
    pending = lock_pending(transaction, message_nos)
    append(
        transaction,
        [
            Entry(message_no=number, event=Event.CANCELLED, at_ms=now_ms, reason=reason)
            for number in pending
        ],
    )
    return set(pending)


def cancel_pending_where(
    transaction: Transaction, which: str, *, reason: str, now_ms: int, **parameters: object
) -> None:
    """Take back all messages ``m`` that fulfil a condition and that nothing has begun of.

    The caller has seen to it that no worker can begin one meanwhile.
    """
    sql = _CANCEL_WHERE.format(which=which)
    transaction.execute(sql, reason=str(reason), now_ms=now_ms, **parameters)


def cancel_campaign(transaction: Transaction, campaign_no: int, *, now_ms: int) -> None:
    """Take back all that waits of a campaign that has been stopped."""
    transaction.execute(_LOCK_CAMPAIGN, campaign_no=campaign_no)
    cancel_pending_where(
        transaction,
        "m.campaign_no = :campaign_no",
        reason=Rule.CAMPAIGN_STOPPED,
        now_ms=now_ms,
        campaign_no=campaign_no,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRows(Columns):
    """Rows to append, of one campaign, in one version, for one channel.

    Attributes:
        message_no: -1 for new messages, which get their numbers when they are appended.
        revision: 1 for new messages.
        customer_no: whose message.
        pass_no: of which pass.
        windows: when it may be sent.
    """

    message_no: Integers
    revision: Integers
    customer_no: Integers
    pass_no: Integers
    windows: Windows

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.message_no)


def append_messages(
    transaction: Transaction,
    rows: MessageRows,
    *,
    campaign_no: int,
    campaign_version: int,
    channel: str,
) -> None:
    """Append rows in chunks of what is due together.

    Of a message that has a number already, ``lock_pending`` has allowed a revision.
    """
    if not len(rows):
        return
    order, chunk_no = group_by_due(rows.windows.due_ms)
    rows = rows.take(order)
    message_no = rows.message_no.copy()
    new = np.flatnonzero(message_no < 0)
    message_no[new] = np.arange(len(new)) + reserve(transaction, "message", len(new))
    chunk_no = chunk_no + reserve(transaction, "chunk", int(chunk_no[-1]) + 1)
    starts = np.flatnonzero(np.diff(chunk_no, prepend=-1))
    chunks = as_rows(
        chunk_no=chunk_no[starts],
        due_ms=rows.windows.due_ms[starts],
        expires_at_ms=np.maximum.reduceat(rows.windows.expires_at_ms, starts),
        size=np.diff(starts, append=len(rows)),
    )
    messages = as_rows(
        message_no=message_no,
        revision=rows.revision,
        chunk_no=chunk_no,
        customer_no=rows.customer_no,
        pass_no=rows.pass_no,
        not_before_ms=rows.windows.not_before_ms,
        due_ms=rows.windows.due_ms,
        expires_at_ms=rows.windows.expires_at_ms,
    )
    campaign = {"campaign_no": campaign_no, "campaign_version": campaign_version}
    of_chunk, of_message = campaign | {"channel": channel}, campaign | {"kind": Kind.FIRST.value}
    transaction.execute_many(_INSERT_CHUNK, (of_chunk | row for row in chunks))
    transaction.execute_many(_INSERT_MESSAGE, (of_message | row for row in messages))


def message_id(campaign_key: str, customer_no: int, pass_id: str, kind: str) -> str:
    """Return the identity of a message, campaign, customer, pass and kind, as text."""
    return f"{campaign_key}/{customer_no}/{pass_id}/{kind}"
