"""What delivery needs from a channel."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """How an attempt ended, as the channel says."""

    ACCEPTED = "accepted"  # the channel took it; whether it arrived is not known
    DELIVERED = "delivered"  # the channel confirmed that it arrived
    DEFERRED = "deferred"  # not taken now; worth another attempt
    REJECTED = "rejected"  # not taken, and never will be
    UNKNOWN = "unknown"  # it may have been taken; not repeated blindly
    NOT_BEGUN = "not_begun"  # ``may_begin`` said no: nothing of it has left


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One rendered message, ready to be sent. Its repr keeps what is personal to itself."""

    message_id: str
    campaign: str
    pass_id: str
    address: str = field(repr=False)
    """Where it goes; empty for a channel that needs no address."""
    language: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    not_before: datetime
    due: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A channel's answer for one envelope."""

    outcome: Outcome
    reason: str = ""
    """A short code such as ``smtp_550_5.1.1``: never a text that could carry personal data."""
    retry_after_s: float | None = None


MayBegin = Callable[[Envelope], bool]
"""Asked immediately before an envelope leaves: a slow channel may not finish what a pause, a
closing window or the end of a lease has overtaken."""


def always(_envelope: Envelope) -> bool:
    """Let everything leave."""
    return True


class Channel(Protocol):
    """A way to reach people."""

    name: str
    keeps_records: bool
    """``reconcile`` knows every message that was taken: what it does not name, was not."""

    async def send(
        self, envelopes: Sequence[Envelope], *, now: datetime, may_begin: MayBegin = always
    ) -> list[Receipt]:
        """Send a burst of at most 64 envelopes; return a receipt for each, in order.

        Whatever goes wrong on the way becomes a receipt; an exception means a defect.
        """
        ...

    async def reconcile(self, message_ids: Collection[str]) -> set[str]:
        """Return those messages that the channel knows it took, by its own records."""
        ...

    async def close(self) -> None:
        """Release connections and files."""
        ...
