"""What planning reads of the queue, and how it writes its result."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from messaging.candidates import Flags, Ints
from messaging.ledger import frees_the_budget
from messaging.numbering import reserve
from messaging.planning import Windows, chunk
from tle.ports import Reader, Transaction

_EXISTING = """
SELECT m.message_no, m.revision, m.customer_no, m.campaign_version, m.not_before_ms, m.due_ms,
    m.expires_at_ms, p.norad_id, p.culmination_ms, p.latitude_deg, p.longitude_deg, l.event,
    l.reason
FROM message m
JOIN satellite_pass p ON p.pass_no = m.pass_no
JOIN customer u ON u.customer_no = m.customer_no
LEFT JOIN ledger l ON l.entry_no = (
    SELECT MAX(entry_no) FROM ledger WHERE message_no = m.message_no
)
WHERE m.campaign_no = :campaign_no AND m.customer_no BETWEEN :first_no AND :last_no
    AND NOT EXISTS (
        SELECT 1 FROM message n WHERE n.message_no = m.message_no AND n.revision > m.revision
    )
"""
_INSERT_CHUNK = """
INSERT INTO chunk (chunk_no, campaign_no, channel, due_ms, expires_at_ms, size)
VALUES (:chunk_no, :campaign_no, :channel, :due_ms, :expires_at_ms, :size)
"""
_INSERT_MESSAGE = """
INSERT INTO message (message_no, revision, chunk_no, campaign_no, campaign_version, customer_no,
    pass_no, kind, not_before_ms, due_ms, expires_at_ms)
VALUES (:message_no, :revision, :chunk_no, :campaign_no, :campaign_version, :customer_no,
    :pass_no, 'first', :not_before_ms, :due_ms, :expires_at_ms)
"""
_CANCEL = """
INSERT INTO ledger (message_no, attempt, event, at_ms, reason)
SELECT m.message_no, 0, 'cancelled', :now_ms, :reason FROM message m
WHERE m.message_no = :message_no AND m.revision = 1 AND NOT EXISTS (
    SELECT 1 FROM ledger l WHERE l.message_no = m.message_no
)
"""
_FORGET_SUPPRESSIONS = """
DELETE FROM suppression
WHERE campaign_no = :campaign_no AND customer_no BETWEEN :first_no AND :last_no
"""
_INSERT_SUPPRESSION = """
INSERT INTO suppression (campaign_no, customer_no, rule, at_ms)
VALUES (:campaign_no, :customer_no, :rule, :at_ms)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """The messages of a campaign to a run of customers, each at its newest revision.

    Attributes:
        position: rounded latitude and longitude of each message's pass.
        untouched: nothing has happened to it but planning.
        frees_the_budget: it ended without reaching the customer.
    """

    message_no: Ints
    revision: Ints
    customer_no: Ints
    version: Ints
    windows: Windows
    norad_id: Ints
    culmination_ms: Ints
    position: list[tuple[float, float]]
    untouched: Flags
    frees_the_budget: Flags


def existing_messages(reader: Reader, campaign_no: int, *, first_no: int, last_no: int) -> Existing:
    """Read the messages to the customers from ``first_no`` to ``last_no``."""
    rows = reader.rows(_EXISTING, campaign_no=campaign_no, first_no=first_no, last_no=last_no)
    number = np.array([row[:9] for row in rows], np.int64).reshape(-1, 9).T
    return Existing(
        message_no=number[0],
        revision=number[1],
        customer_no=number[2],
        version=number[3],
        windows=Windows(not_before_ms=number[4], due_ms=number[5], expires_at_ms=number[6]),
        norad_id=number[7],
        culmination_ms=number[8],
        position=[(row[9], row[10]) for row in rows],
        untouched=np.array([row[11] is None for row in rows], bool),
        frees_the_budget=np.array([frees_the_budget(row[11], row[12]) for row in rows], bool),
    )


def write_messages(
    transaction: Transaction,
    *,
    campaign_no: int,
    version: int,
    channel: str,
    message_no: Ints,
    revision: Ints,
    customer_no: Ints,
    pass_no: Ints,
    windows: Windows,
) -> None:
    """Append plan rows in chunks of what is due together.

    ``message_no`` is -1 for new messages, which get their numbers here.
    """
    count = len(message_no)
    if not count:
        return
    is_new = message_no < 0
    message_no = message_no.copy()
    first_no = reserve(transaction, "message", int(is_new.sum()))
    message_no[is_new] = np.arange(first_no, first_no + int(is_new.sum()))
    order, chunk_no = chunk(windows.due_ms)
    chunk_no = chunk_no + reserve(transaction, "chunk", int(chunk_no[-1]) + 1)
    due_ms, expires_at_ms = windows.due_ms[order], windows.expires_at_ms[order]
    starts = np.flatnonzero(np.diff(chunk_no, prepend=-1))
    common = {"campaign_no": campaign_no, "campaign_version": version, "channel": channel}
    transaction.execute_many(
        _INSERT_CHUNK,
        _rows(
            common,
            chunk_no=chunk_no[starts],
            due_ms=due_ms[starts],
            expires_at_ms=np.maximum.reduceat(expires_at_ms, starts),
            size=np.diff(starts, append=count),
        ),
    )
    transaction.execute_many(
        _INSERT_MESSAGE,
        _rows(
            common,
            message_no=message_no[order],
            revision=revision[order],
            chunk_no=chunk_no,
            customer_no=customer_no[order],
            pass_no=pass_no[order],
            not_before_ms=windows.not_before_ms[order],
            due_ms=due_ms,
            expires_at_ms=expires_at_ms,
        ),
    )


def _rows(common: dict[str, object], **columns: Ints) -> Iterable[dict[str, object]]:
    names = list(columns)
    for row in zip(*(column.tolist() for column in columns.values()), strict=True):
        yield common | dict(zip(names, row, strict=True))


def cancel(transaction: Transaction, message_no: Ints, *, reason: str, now_ms: int) -> None:
    """Take untouched messages back; what was begun since they were read goes its way."""
    transaction.execute_many(
        _CANCEL,
        [
            {"message_no": number, "reason": reason, "now_ms": now_ms}
            for number in message_no.tolist()
        ],
    )


def write_suppressions(
    transaction: Transaction,
    *,
    campaign_no: int,
    customer_no: Ints,
    rules: Iterable[str],
    now_ms: int,
) -> None:
    """Replace what was said of a run of customers; an empty rule says nothing."""
    span = {"first_no": int(customer_no[0]), "last_no": int(customer_no[-1])}
    transaction.execute(_FORGET_SUPPRESSIONS, campaign_no=campaign_no, **span)
    transaction.execute_many(
        _INSERT_SUPPRESSION,
        [
            {"campaign_no": campaign_no, "customer_no": number, "rule": rule, "at_ms": now_ms}
            for number, rule in zip(customer_no.tolist(), rules, strict=True)
            if rule
        ],
    )
