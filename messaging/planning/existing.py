"""What planning reads of the queue, and what it records of those who get nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from messaging.queue.chunks import Windows
from messaging.queue.ledger import PENDING, frees_the_budget
from messaging.queue.messages import LAST_ENTRY, NEWEST
from tle.columns import Flags, Integers
from tle.storage.port import Reader, Transaction

_EXISTING = f"""
SELECT m.message_no, m.revision, m.customer_no, m.campaign_version, m.not_before_ms, m.due_ms,
    m.expires_at_ms, p.norad_id, p.culmination_ms, p.latitude_deg, p.longitude_deg, l.event,
    l.reason
FROM message m
JOIN satellite_pass p ON p.pass_no = m.pass_no
JOIN customer u ON u.customer_no = m.customer_no -- so the erased are left out
{LAST_ENTRY}
WHERE m.campaign_no = :campaign_no AND m.customer_no BETWEEN :first_no AND :last_no AND {NEWEST}
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
        pending: nothing of it has begun: it may be revised or taken back.
        frees_the_budget: it ended without reaching the customer.
    """

    message_no: Integers
    revision: Integers
    customer_no: Integers
    version: Integers
    windows: Windows
    norad_id: Integers
    culmination_ms: Integers
    position: list[tuple[float, float]]
    pending: Flags
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
        pending=np.array([row[11] in PENDING for row in rows], bool),
        frees_the_budget=np.array([frees_the_budget(row[11], row[12]) for row in rows], bool),
    )


def write_suppressions(
    transaction: Transaction,
    *,
    campaign_no: int,
    customer_no: Integers,
    rules: Iterable[str],
    now_ms: int,
) -> None:
    """Replace what is recorded of a run of customers; an empty rule records nothing."""
    span = {"first_no": int(customer_no[0]), "last_no": int(customer_no[-1])}
    transaction.execute(_FORGET_SUPPRESSIONS, campaign_no=campaign_no, **span)
    transaction.execute_many(
        _INSERT_SUPPRESSION,
        [
            {"campaign_no": campaign_no, "customer_no": number, "rule": str(rule), "at_ms": now_ms}
            for number, rule in zip(customer_no.tolist(), rules, strict=True)
            if rule
        ],
    )
