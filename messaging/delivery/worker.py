"""Delivery: leases what is due, writes the intent, sends, writes the outcome.

A burst of at most 64 messages is the unit of risk: their intents are durable before the first of
them is sent, and whoever dies on the way leaves no more than these without an outcome. The next
worker calls them unknown, unless the channel can tell, and never repeats them.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from messaging.channels.ports import Channel, Envelope
from messaging.clock import Clock
from messaging.defaults import LEASE_S, MAX_AGE_DAYS
from messaging.delivery.bursts import Begun, Outgoing, begin, message_ids, outcomes, settle
from messaging.queue.leases import (
    Lease,
    QueuedMessage,
    armed_campaigns,
    close_or_release,
    lease_due,
    renew,
)
from messaging.queue.ledger import PENDING, Event
from tle.storage.port import Database, Transaction
from tle.times import to_ms

if TYPE_CHECKING:
    from messaging.delivery.bursts import Outcomes

BURST = 64  # between two commits: what a crash can leave unknown
WATCH_S = 1.0
SAFE_SHARE = 2 / 3  # of a lease, by the holder's own monotonic time; then it stops by itself

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """How a worker works."""

    worker: str
    lease_s: float = LEASE_S
    max_age_days: float = MAX_AGE_DAYS
    """Of the elements at the culmination; what rests on older ones is not sent."""
    in_thread: bool = True
    """Keep database calls out of the event loop; a rehearsal, alone with its clock, need not."""


@dataclass(slots=True)
class _Held:
    """The chunks leased for one channel at once."""

    leases: dict[int, Lease]
    messages: list[QueuedMessage]
    renewed_s: float
    """When the leases began, by the holder's monotonic time."""
    armed: dict[int, int] = field(default_factory=dict)
    """The campaigns that might send when the leases were last renewed, and their versions."""

    def keep(self, transaction: Transaction, begun_s: float, *, lease_s: float) -> None:
        """Renew the leases, drop those that were lost, and see which campaigns are armed."""
        held = renew(transaction, self.leases.values(), lease_s=lease_s)
        self.leases = {number: lease for number, lease in self.leases.items() if number in held}
        self.armed = armed_campaigns(transaction)
        self.renewed_s = begun_s

    def may_send(self, message: QueuedMessage) -> bool:
        """Tell whether a message is held, and planned with what is armed now."""
        version = self.armed.get(message.campaign_no)
        return message.chunk_no in self.leases and version == message.campaign_version

    def has_expired(self, message: QueuedMessage, now_ms: int) -> bool:
        """Tell whether a message is held, and nothing is left but to write that it is over."""
        return message.chunk_no in self.leases and message.expires_at_ms <= now_ms

    def bursts(self) -> Iterator[list[QueuedMessage]]:
        """Yield what is to be sent, in bursts."""
        pending = [m for m in self.messages if m.last_event in PENDING]
        for first in range(0, len(pending), BURST):
            yield pending[first : first + BURST]


class Delivery:
    """One worker's delivery; database calls run in one thread, channels in the event loop."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Clock,
        options: DeliveryOptions,
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._options = options
        self._thread = (
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
            if options.in_thread
            else None
        )
        self._owed: list[Outcomes] = []
        """What is known and not yet written."""
        self._stopping = False

    @property
    def channels(self) -> list[str]:
        """The channels that this worker serves."""
        return sorted(self._channels)

    async def dispatch(self, name: str) -> int:
        """Send everything that is due on a channel; return how many messages were taken up.

        Channels are dispatched side by side: a slow one does not keep the others waiting.
        """
        taken_up, more = 0, True
        while more and not self._stopping:
            held, more = await self._in_thread(lambda: self._lease(name))
            taken_up += await self._drain(name, held)
        return taken_up

    def stop(self) -> None:
        """Finish the bursts under way and begin no other."""
        self._stopping = True

    async def close(self) -> None:
        """Release channels and the database thread."""
        for channel in self._channels.values():
            await channel.close()
        await self._in_thread(self._write_owed)
        if self._thread is not None:
            self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        """Run a function where the database may be used: on a clock that jumps, here and now."""
        if self._thread is None:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def record(self, work: Callable[[Database], None]) -> None:
        """Write something else with the database of the delivery, between its bursts."""
        await self._in_thread(lambda: work(self._database))

    def _write_owed(self) -> None:
        if self._owed:
            with self._writing():
                pass

    def _lease(self, name: str) -> tuple[_Held, bool]:
        begun_s = time.monotonic()
        leased, more = lease_due(
            self._database,
            channel=name,
            owner=self._options.worker,
            now=self._clock.now(),
            lease_s=self._options.lease_s,
        )
        return _Held(
            leases={lease.chunk_no: lease for lease, _ in leased},
            messages=[message for _, messages in leased for message in messages],
            renewed_s=begun_s,
        ), more

    async def _drain(self, name: str, held: _Held) -> int:
        """Send what is held burst by burst; the outcomes of one are written with the next."""
        if not held.leases:
            return 0
        taken_up = 0
        await self._settle_lost(self._channels[name], held)
        for burst in held.bursts():
            if self._stopping:
                break
            begun = await self._in_thread(
                lambda: self._begin(name, held, burst)  # noqa: B023 - awaited here
            )
            await self._send(name, held, begun.outgoing)
            taken_up += begun.ended + len(begun.outgoing)
        await self._in_thread(lambda: self._finish(held))
        return taken_up

    async def _settle_lost(self, channel: Channel, held: _Held) -> None:
        """Say what became of messages whose former holder died between intent and outcome."""
        lost = [m for m in held.messages if m.last_event is Event.INTENT]
        if not lost:
            return

        def names() -> dict[int, str]:
            with self._database.reading() as reader:
                return message_ids(reader, lost)

        known_as = await self._in_thread(names)
        taken = await channel.reconcile(set(known_as.values()))
        log.warning("settled %d messages of a lost worker", len(lost))
        if channel.keeps_records:
            again = [m for m in lost if known_as[m.message_no] not in taken]
            held.messages.extend(replace(m, last_event=Event.DEFERRED) for m in again)
        self._owed.append(
            settle(
                lost, known_as, taken, keeps_records=channel.keeps_records, now=self._clock.now()
            )
        )

    def _begin(self, name: str, held: _Held, burst: Sequence[QueuedMessage]) -> Begun:
        """Write the outcomes that are owed and this burst's intents, in one transaction."""
        with self._writing() as transaction:
            held.keep(transaction, time.monotonic(), lease_s=self._options.lease_s)
            now = self._clock.now()
            mine = [m for m in burst if held.may_send(m) or held.has_expired(m, to_ms(now))]
            return begin(
                transaction,
                mine,
                channel_name=name,
                max_age_days=self._options.max_age_days,
                now=now,
            )

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        """Open a write transaction that first pays what is owed to the ledger.

        If it fails, the outcomes are still known here, and the next one writes them.
        """
        owed = list(self._owed)
        with self._database.writing() as transaction:
            for results in owed:
                results.write(transaction)
            yield transaction
        del self._owed[: len(owed)]

    async def _send(self, name: str, held: _Held, burst: list[Outgoing]) -> None:
        """Send a burst; whatever a slow channel has not begun stops when it may not begin."""
        if not burst:
            return
        message_of = {each.envelope.message_id: each.message for each in burst}

        def may_begin(envelope: Envelope) -> bool:
            message = message_of[envelope.message_id]
            return (
                not self._stopping
                and held.may_send(message)
                # This process may have stood still: another worker may hold the chunk by now.
                and time.monotonic() - held.renewed_s < SAFE_SHARE * self._options.lease_s
                and self._clock.now() < envelope.expires_at
            )

        watch = asyncio.create_task(self._watch(held))
        try:
            receipts = await self._channels[name].send(
                [each.envelope for each in burst],
                now=self._clock.now(),
                may_begin=may_begin,
            )
        finally:
            watch.cancel()
        self._owed.append(outcomes(burst, receipts, channel_name=name, now=self._clock.now()))

    async def _watch(self, held: _Held) -> None:
        """Keep the leases of a slow burst, and see it when a campaign is paused."""
        interval_s = min(WATCH_S, self._options.lease_s / 4)
        while True:
            await asyncio.sleep(interval_s)
            try:
                await self._in_thread(lambda: self._renew(held))
            except Exception as error:  # noqa: BLE001 - blind, it may not go on sending
                log.error("lost sight of the queue (%s)", type(error).__name__)
                held.leases = {}
                return

    def _renew(self, held: _Held) -> None:
        begun_s = time.monotonic()
        with self._database.writing() as transaction:
            held.keep(transaction, begun_s, lease_s=self._options.lease_s)

    def _finish(self, held: _Held) -> None:
        """Write the last outcomes, close chunks that are through, give the others back."""
        with self._writing() as transaction:
            close_or_release(transaction, held.leases.values(), now_ms=to_ms(self._clock.now()))
