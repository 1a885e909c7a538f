"""What is written about a message, ever appended, never changed."""

from enum import StrEnum


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

BY_HAND = "by_hand"
"""Reason of a cancellation that a person asked for."""

INSERT = """
INSERT INTO ledger (message_no, attempt, event, at_ms, reason)
VALUES (:message_no, :attempt, :event, :at_ms, :reason)
"""


def frees_the_budget(event: str | None, reason: str | None) -> bool:
    """Tell whether a customer got nothing, so that another pass may bring the message.

    What a person took back is not replaced.
    """
    return event in _ENDED_WITHOUT and reason != BY_HAND


def entry(
    message_no: int, event: Event, at_ms: int, *, attempt: int = 0, reason: str = ""
) -> dict[str, object]:
    """Return one row for ``INSERT``; the reason is a short code, never a text."""
    return {
        "message_no": message_no,
        "attempt": attempt,
        "event": event.value,
        "at_ms": at_ms,
        "reason": reason,
    }
