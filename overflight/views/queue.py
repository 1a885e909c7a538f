"""Planned messages: a list of them, and one with all that was written of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from messaging.campaigns.store import find_campaign
from messaging.report import QueueRow, find_message, history, queue_rows
from overflight.errors import NoSuchMessageError
from tle.storage.port import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Some messages by due time."""

    rows: Sequence[QueueRow]
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message, and what the ledger says of it."""

    row: QueueRow
    history: Sequence[dict[str, Any]]

    def facts(self) -> dict[str, Any]:
        """Return all by name."""
        return message_facts(self.row) | {"history": self.history}


def list_messages(
    reader: Reader, *, campaign: str | None, state: str | None, limit: int
) -> QueuePage:
    """Return the messages that fall due first.

    Args:
        reader: the view to read.
        campaign: only those of this key.
        state: only those in this state: ``planned``, or their last event.
        limit: at most so many.

    Raises:
        CampaignStateError: there is no such campaign.
    """
    if campaign is not None:
        find_campaign(reader, campaign)  # so that a misspelling is reported
    found = list(islice(queue_rows(reader, campaign=campaign, state=state), limit + 1))
    return QueuePage(rows=found[:limit], has_more=len(found) > limit)


def show_message(reader: Reader, message_id: str) -> MessageView:
    """Return a message by its id, with its history.

    Raises:
        NoSuchMessageError: there is none.
    """
    row = require_message(reader, message_id)
    return MessageView(row=row, history=history(reader, row.message_no))


def require_message(reader: Reader, message_id: str) -> QueueRow:
    """Return the row of a message by its id.

    Raises:
        NoSuchMessageError: there is none.
    """
    row = find_message(reader, message_id)
    if row is None:
        raise NoSuchMessageError(f"no message '{message_id}'; expected an id as the queue shows it")
    return row


def message_facts(row: QueueRow) -> dict[str, Any]:
    """Return a message by name; its internal number stays inside."""
    facts = asdict(row)
    del facts["message_no"]
    return facts
