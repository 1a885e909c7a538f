"""Delivery: leases what is due, writes the intent, sends, writes the outcome.

A window of at most 64 messages is the unit of risk: their intents are durable before the first of
them is sent, and whoever dies on the way leaves no more than these without an outcome. The next
worker calls them unknown, unless the channel can tell, and never repeats them.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

from messaging.channels.ports import Channel, Envelope
from messaging.clock import Clock
from messaging.ledger import PENDING, Event
from messaging.queue import (
    Lease,
    QueuedMessage,
    armed_campaigns,
    close_or_release,
    lease_due,
    renew,
)
from messaging.sending import Begun, Letter, Outcomes, begin, names_of, outcomes, settle
from tle.ports import Database, Transaction
from tle.times import to_ms

WINDOW = 64
WATCH_S = 1.0
SAFE_SHARE = 2 / 3  # of a lease, by the holder's own monotonic time; then it stops by itself

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """How a worker works."""

    worker: str
    lease_s: float = 25.0
    in_thread: bool = True
    """Keep database calls out of the event loop; a rehearsal, alone with its clock, need not."""


@dataclass(slots=True)
class _Load:
    """The chunks leased for one channel at once."""

    leases: dict[int, Lease]
    messages: list[QueuedMessage]
    renewed_s: float
    """When the leases began, by the holder's monotonic time."""
    armed: set[int] = field(default_factory=set)
    """The campaigns that may send, when the leases were last renewed."""

    def hold(self, transaction: Transaction, begun_s: float, *, lease_s: float) -> None:
        """Renew the leases, drop those that were lost, and see which campaigns are armed."""
        held = renew(transaction, self.leases.values(), lease_s=lease_s)
        self.leases = {number: lease for number, lease in self.leases.items() if number in held}
        self.armed = armed_campaigns(transaction)
        self.renewed_s = begun_s

    def windows(self) -> Iterator[list[QueuedMessage]]:
        """Yield what is to be sent, in windows."""
        pending = [m for m in self.messages if m.last_event in PENDING]
        for first in range(0, len(pending), WINDOW):
            yield pending[first : first + WINDOW]


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
        self._stopping = False

    async def dispatch(self) -> int:
        """Send everything that is due; return how many messages came to an end."""
        ended, more = 0, True
        while more and not self._stopping:
            loads, more = await self._in_thread(self._lease)
            counts = await asyncio.gather(
                *(self._drain(name, load) for name, load in loads.items())
            )
            ended += sum(counts)
        return ended

    def stop(self) -> None:
        """Finish the windows under way and begin no other."""
        self._stopping = True

    async def close(self) -> None:
        """Release channels and the database thread."""
        for channel in self._channels.values():
            await channel.close()
        if self._thread is not None:
            self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        """Run a function where the database may be used: on a clock that jumps, here and now."""
        if self._thread is None:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _lease(self) -> tuple[dict[str, _Load], bool]:
        begun_s = time.monotonic()
        leased, more = lease_due(
            self._database,
            channels=set(self._channels),
            owner=self._options.worker,
            now=self._clock.now(),
            lease_s=self._options.lease_s,
        )
        loads: dict[str, _Load] = defaultdict(lambda: _Load({}, [], begun_s))
        for lease, messages in leased:
            loads[lease.channel].leases[lease.chunk_no] = lease
            loads[lease.channel].messages.extend(messages)
        return loads, more

    async def record(self, work: Callable[[Database], None]) -> None:
        """Write something else with the database of the delivery, between its windows."""
        await self._in_thread(lambda: work(self._database))

    async def _drain(self, name: str, load: _Load) -> int:
        """Send a load window by window; the outcomes of one are written with the next."""
        channel = self._channels[name]
        unwritten = await self._settle_lost(channel, load)
        ended = 0
        for window in load.windows():
            if self._stopping:
                break
            begun = await self._in_thread(
                lambda: self._begin(name, load, window, unwritten)  # noqa: B023 - awaited here
            )
            unwritten = await self._send(name, load, begun.letters)
            ended += begun.ended + len(begun.letters)
        await self._in_thread(lambda: self._finish(load, unwritten))
        return ended

    async def _settle_lost(self, channel: Channel, load: _Load) -> Outcomes:
        """Say what became of messages whose former holder died between intent and outcome."""
        lost = [m for m in load.messages if m.last_event is Event.INTENT]
        if not lost:
            return Outcomes()

        def names() -> dict[int, str]:
            with self._database.reading() as reader:
                return names_of(reader, lost)

        known_as = await self._in_thread(names)
        taken = await channel.reconcile(set(known_as.values()))
        log.warning("settled %d messages of a lost worker", len(lost))
        if channel.keeps_records:
            again = [m for m in lost if known_as[m.message_no] not in taken]
            load.messages.extend(replace(m, last_event=Event.DEFERRED) for m in again)
        return settle(
            lost, known_as, taken, keeps_records=channel.keeps_records, now=self._clock.now()
        )

    def _begin(
        self, channel_name: str, load: _Load, window: Sequence[QueuedMessage], unwritten: Outcomes
    ) -> Begun:
        """Write the last window's outcomes and this one's intents, in one transaction."""
        begun_s = time.monotonic()
        with self._database.writing() as transaction:
            unwritten.write(transaction)
            load.hold(transaction, begun_s, lease_s=self._options.lease_s)
            now = self._clock.now()
            mine = [
                m
                for m in window
                if m.chunk_no in load.leases
                and (m.campaign_no in load.armed or m.expires_at_ms <= to_ms(now))
            ]
            return begin(transaction, mine, channel_name=channel_name, now=now)

    async def _send(self, name: str, load: _Load, letters: list[Letter]) -> Outcomes:
        """Send a window; whatever a slow channel has not begun stops when it may not begin."""
        if not letters:
            return Outcomes()
        message_of = {letter.envelope.message_id: letter.message for letter in letters}

        def may_begin(envelope: Envelope) -> bool:
            message = message_of[envelope.message_id]
            return (
                not self._stopping
                and message.chunk_no in load.leases
                and message.campaign_no in load.armed
                # This process may have stood still: another worker may hold the chunk by now.
                and time.monotonic() - load.renewed_s < SAFE_SHARE * self._options.lease_s
                and self._clock.now() < envelope.expires_at
            )

        watch = asyncio.create_task(self._watch(load))
        try:
            receipts = await self._channels[name].send(
                [letter.envelope for letter in letters],
                now=self._clock.now(),
                may_begin=may_begin,
            )
        finally:
            watch.cancel()
        return outcomes(letters, receipts, channel_name=name, now=self._clock.now())

    async def _watch(self, load: _Load) -> None:
        """Keep the leases of a slow window, and see it when a campaign is paused."""
        interval_s = min(WATCH_S, self._options.lease_s / 4)
        while True:
            await asyncio.sleep(interval_s)
            await self._in_thread(lambda: self._renew(load))

    def _renew(self, load: _Load) -> None:
        begun_s = time.monotonic()
        with self._database.writing() as transaction:
            load.hold(transaction, begun_s, lease_s=self._options.lease_s)

    def _finish(self, load: _Load, unwritten: Outcomes) -> None:
        """Write the last outcomes, close chunks that are through, give the others back."""
        with self._database.writing() as transaction:
            unwritten.write(transaction)
            close_or_release(transaction, load.leases.values(), now_ms=to_ms(self._clock.now()))
