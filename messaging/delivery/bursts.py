"""One burst of at most 64 messages: what is settled before it is sent, and what after.

These are the database halves of sending; ``delivery`` puts the channel between them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from messaging.channel_kinds import needs_address
from messaging.channels.ports import Envelope, Outcome, Receipt
from messaging.delivery.letters import Script, compose, script_of
from messaging.delivery.retry import decide_retry
from messaging.errors import RenderError
from messaging.passes.facts import PlannedPass, pass_ids, planned_passes
from messaging.people.consent import Standing
from messaging.people.customers import Recipient
from messaging.people.reading import recipients
from messaging.queue.leases import QueuedMessage, Retry, plan_retries, still_pending
from messaging.queue.ledger import Entry, Event, append
from messaging.queue.messages import MessageState, message_id, message_states
from messaging.rules import Rule
from tle.storage.port import Reader, Transaction
from tle.times import to_ms

_EVENT_OF = {
    Outcome.ACCEPTED: Event.ACCEPTED,
    Outcome.DELIVERED: Event.DELIVERED,
    Outcome.REJECTED: Event.REJECTED,
    Outcome.UNKNOWN: Event.UNKNOWN,
}
_CERTAIN = frozenset({Event.ACCEPTED, Event.DELIVERED, Event.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What a burst came to, not yet written."""

    entries: list[Entry] = field(default_factory=list)
    retries: list[Retry] = field(default_factory=list)

    def write(self, transaction: Transaction) -> None:
        """Append the outcomes, and plan what is to be tried again.

        An outcome answers the intent of its own attempt. What another worker has settled meanwhile
        stays settled; only who is certain may end an unknown.
        """
        latest = message_states(transaction, [told.message_no for told in self.entries])
        entries = [told for told in self.entries if _answers(told, latest[told.message_no])]
        answered = {told.message_no for told in entries}
        append(transaction, entries)
        plan_retries(transaction, [r for r in self.retries if r.message.message_no in answered])


def _answers(told: Entry, latest: MessageState) -> bool:
    is_certain = latest.event is Event.UNKNOWN and told.event in _CERTAIN
    return latest.attempt == told.attempt and (latest.event is Event.INTENT or is_certain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message whose intent is written."""

    message: QueuedMessage
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A burst that may be sent now.

    Attributes:
        outgoing: what to send.
        ended: how many messages of the burst came to their end without being sent.
    """

    outgoing: list[Outgoing]
    ended: int


def begin(
    transaction: Transaction,
    burst: Sequence[QueuedMessage],
    *,
    channel_name: str,
    max_age_days: float,
    now: datetime,
) -> Begun:
    """Check every message of a burst once more, and write the intent of those to be sent.

    Consent, cancellation, expiry and the age of the elements are looked at here, in the transaction
    of the intent, however long the chunk has been leased.
    """
    pending = still_pending(transaction, burst)
    outgoing: list[Outgoing] = []
    entries: list[Entry] = []
    for script, messages in _by_script(transaction, [m for m in burst if m.message_no in pending]):
        composing = _Composing.of(
            transaction,
            script,
            messages,
            channel_name=channel_name,
            max_age_days=max_age_days,
            now=now,
        )
        for message in messages:
            written = composing.write(message)
            if isinstance(written, Outgoing):
                outgoing.append(written)
                entries.append(_intent(message, now))
            else:
                entries.append(written)
    append(transaction, entries)
    return Begun(outgoing=outgoing, ended=len(entries) - len(outgoing))


def _intent(message: QueuedMessage, now: datetime) -> Entry:
    return Entry(
        message_no=message.message_no,
        event=Event.INTENT,
        at_ms=to_ms(now),
        attempt=message.attempts + 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Composing:
    """All that it takes to write the messages of one campaign in one burst."""

    script: Script
    people: Mapping[int, Recipient]
    passes: Mapping[int, PlannedPass]
    channel_name: str
    max_age_days: float
    now: datetime

    @classmethod
    def of(
        cls,
        reader: Reader,
        script: Script,
        messages: Sequence[QueuedMessage],
        *,
        channel_name: str,
        max_age_days: float,
        now: datetime,
    ) -> "_Composing":
        campaign = script.campaign
        return cls(
            script=script,
            people=recipients(
                reader,
                [message.customer_no for message in messages],
                purpose=campaign.purpose,
                channel=campaign.channel,
                now=now,
            ),
            passes=planned_passes(
                reader,
                sorted({message.pass_no for message in messages}),
                min_elevation_deg=campaign.passes.min_elevation_deg,
                now=now,
            ),
            channel_name=channel_name,
            max_age_days=max_age_days,
            now=now,
        )

    def write(self, message: QueuedMessage) -> Outgoing | Entry:
        """Return what to send, or what speaks against it."""
        recipient, planned = self.people.get(message.customer_no), self.passes[message.pass_no]
        if to_ms(self.now) >= message.expires_at_ms:
            return self._ended(message, Event.EXPIRED, Rule.WINDOW_CLOSED)
        if recipient is None:
            return self._ended(message, Event.SUPPRESSED, Rule.CUSTOMER_ERASED)
        if rule := self._why_not(recipient, planned):
            return self._ended(message, Event.SUPPRESSED, rule)
        try:
            envelope = compose(message, self.script, recipient, planned)
        except RenderError as error:
            return self._ended(message, Event.REJECTED, error.rule)
        return Outgoing(message=message, envelope=envelope)

    def _why_not(self, recipient: Recipient, planned: PlannedPass) -> str:
        """Return the rule that keeps a message back now; empty for most."""
        if recipient.standing is Standing.WITHDRAWN:
            return Rule.CONSENT_WITHDRAWN
        if recipient.standing is not Standing.GRANTED:
            return Rule.NO_CONSENT
        if needs_address(self.channel_name) and not recipient.address:
            return Rule.NO_ADDRESS
        if planned.element_age_days > self.max_age_days:
            return Rule.ELEMENTS_TOO_OLD
        return ""

    def _ended(self, message: QueuedMessage, event: Event, reason: str) -> Entry:
        return Entry(
            message_no=message.message_no,
            event=event,
            at_ms=to_ms(self.now),
            attempt=message.attempts,
            reason=reason,
        )


def _by_script(
    reader: Reader, messages: Sequence[QueuedMessage]
) -> list[tuple[Script, list[QueuedMessage]]]:
    groups: dict[tuple[int, int], list[QueuedMessage]] = {}
    for message in messages:
        groups.setdefault((message.campaign_no, message.campaign_version), []).append(message)
    return [(script_of(reader, *version), group) for version, group in groups.items()]


def outcomes(
    burst: Sequence[Outgoing], receipts: Sequence[Receipt], *, channel_name: str, now: datetime
) -> Outcomes:
    """Turn a channel's receipts into what is written of them."""
    entries: list[Entry] = []
    retries: list[Retry] = []
    for outgoing, receipt in zip(burst, receipts, strict=True):
        message, now_ms = outgoing.message, to_ms(now)
        event, reason = _EVENT_OF.get(receipt.outcome, Event.DEFERRED), receipt.reason
        if receipt.outcome is Outcome.NOT_BEGUN:
            reason = Rule.NOT_BEGUN  # still due in the chunk where it stands
        elif event is Event.DEFERRED:
            decision = decide_retry(
                attempt=message.failures + 1,
                retry_after_s=receipt.retry_after_s,
                now_ms=now_ms,
                expires_at_ms=message.expires_at_ms,
                seed=message.message_no,
            )
            if decision.at_ms is None:
                event = Event.DEAD
            else:
                retries.append(Retry(message=message, channel=channel_name, at_ms=decision.at_ms))
        entries.append(
            Entry(
                message_no=message.message_no,
                event=event,
                at_ms=now_ms,
                attempt=message.attempts + 1,
                reason=reason,
            )
        )
    return Outcomes(entries=entries, retries=retries)


def message_ids(reader: Reader, messages: Sequence[QueuedMessage]) -> dict[int, str]:
    """Return the identities under which a channel knows messages, by number."""
    pass_id = pass_ids(reader, sorted({message.pass_no for message in messages}))
    return {
        message.message_no: message_id(
            script.campaign.key, message.customer_no, pass_id[message.pass_no], message.kind
        )
        for script, group in _by_script(reader, messages)
        for message in group
    }


def settle(
    lost: Sequence[QueuedMessage],
    names: Mapping[int, str],
    taken: set[str],
    *,
    keeps_records: bool,
    now: datetime,
) -> Outcomes:
    """Say what became of messages whose worker died between intent and outcome.

    A channel that keeps records knows: what it has not taken is due as before. Any other leaves
    them unknown, and they are not repeated.
    """
    entries = []
    for message in lost:
        if names[message.message_no] in taken:
            event, reason = Event.ACCEPTED, Rule.RECONCILED
        elif keeps_records:
            event, reason = Event.DEFERRED, Rule.NOT_TAKEN
        else:
            event, reason = Event.UNKNOWN, Rule.WORKER_LOST
        entries.append(
            Entry(
                message_no=message.message_no,
                event=event,
                at_ms=to_ms(now),
                attempt=message.attempts,
                reason=reason,
            )
        )
    return Outcomes(entries=entries)
