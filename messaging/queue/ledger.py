"""What is written about a message, ever appended, never changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from messaging.rules import Rule
from tle.storage.port import Transaction


class Event(StrEnum):
    """How far a message has come; the last event of a message is where it stands."""

    INTENT = "intent"  # an attempt is about to begin
    ACCEPTED = "accepted"  # the channel took it
    DELIVERED = "delivered"  # the channel confirmed that it arrived
    DEFERRED = "deferred"  # not taken now; a revision of the message holds the next attempt
    REJECTED = "rejected"  # the channel will never take it, or it could not be written
    DEAD = "dead"  # given up after several attempts; a person may look
    EXPIRED = "expired"  # its window closed before it could be sent
    SUPPRESSED = "suppressed"  # a rule kept it from being sent; the reason names it
    CANCELLED = "cancelled"  # the plan or a person took it back
    UNKNOWN = "unknown"  # an attempt began and its outcome is lost; it is not repeated


PENDING = frozenset({None, Event.DEFERRED})
"""Events after which a message may still be sent; None: nothing has happened yet."""

UNSETTLED = PENDING | {Event.INTENT}
"""Events after which it is still open what becomes of a message."""

_ENDED_WITHOUT = frozenset({Event.EXPIRED, Event.SUPPRESSED, Event.CANCELLED})

_INSERT = """
INSERT INTO ledger (message_no, attempt, event, at_ms, reason)
VALUES (:message_no, :attempt, :event, :at_ms, :reason)
"""


def frees_the_budget(event: str | None, reason: str | None) -> bool:
    """Tell whether a customer got nothing, so that another pass may bring the message.

    What a person took back is not replaced.
    """
    return event in _ENDED_WITHOUT and reason != Rule.BY_HAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the ledger; the reason is a rule, or one with what a server answered."""

    message_no: int
    event: Event
    at_ms: int
    attempt: int = 0
    reason: str = ""


def append(transaction: Transaction, entries: Iterable[Entry]) -> None:
    """Append to the ledger."""
    transaction.execute_many(
        _INSERT,
        [
            {
                "message_no": entry.message_no,
                "attempt": entry.attempt,
                "event": entry.event.value,
                "at_ms": entry.at_ms,
                "reason": str(entry.reason),
            }
            for entry in entries
        ],
    )
