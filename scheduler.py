"""The daemon: what it does, tick by tick, and the alarm clock that rings the ticks.

A tick is a function of the database and a clock. ``serve`` rings them by APScheduler on the real
clock; a rehearsal calls the same ones on a clock that jumps. APScheduler holds a handful of
recurring jobs and no message: the queue in the database is the truth.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from messaging.channels.ports import Channel
from messaging.clock import Clock
from messaging.defaults import (
    CHECK_INTERVAL_S,
    DISPATCH_INTERVAL_S,
    LEASE_S,
    MAX_AGE_DAYS,
    PLAN_INTERVAL_S,
    PLANNED_AHEAD,
    UPDATE_INTERVAL_HOURS,
)
from messaging.delivery.worker import Delivery, DeliveryOptions
from messaging.followed import followed_satellites
from messaging.planning.planner import Planned, PlanOptions, plan_campaigns
from messaging.queue.leases import expire_orphans
from messaging.queue.workers import beat, forget_silent, sign_off
from tle import LoadStatus
from tle.sources.asking import BySatellites, Query, RequestResult, Source
from tle.sources.update import Update, update_elements
from tle.sources.watched import WatchedFiles
from tle.storage.port import Database
from tle.times import to_ms

GRACE_S = 8.0  # within the ten seconds that ``serve`` promises
HOUSEKEEPING_S = 10.0
ASKING_S = 600.0  # to the next look whether a source is to be asked again
ASKING_JITTER_S = 60.0  # so that not all the world asks at once
QUIET = {RequestResult.UNCHANGED, RequestResult.WAITING}
FORGET_AFTER = timedelta(days=1)

log = logging.getLogger("overflight")
Answer = TypeVar("Answer")
Tick = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonOptions:
    """How the daemon works."""

    worker: str
    lease_s: float = LEASE_S
    dispatch_interval_s: float = DISPATCH_INTERVAL_S
    plan_interval_s: float = PLAN_INTERVAL_S
    ahead: timedelta = PLANNED_AHEAD
    """So far messages are planned."""
    max_age_days: float = MAX_AGE_DAYS
    element_files: Sequence[Path] = ()
    """Files and folders that are watched."""
    check_interval_s: float = CHECK_INTERVAL_S
    sources: Sequence[Source] = ()
    """Providers of element sets on the network..."""
    satellites: Sequence[int] = ()
    """...which are asked for these satellites, for those of campaigns..."""
    queries: Mapping[str, Sequence[Query]] = field(default_factory=dict)
    """...and whatever else, by the provider's name."""
    update_interval: timedelta = timedelta(hours=UPDATE_INTERVAL_HOURS)
    """Until the same is asked for again."""
    rehearsal: bool = False
    """Satellites that do not fly yet are planned for, too."""
    in_threads: bool = True
    """Planning and delivery run side by side; on a clock that jumps there is nothing beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Connections to one database, so that delivery waits neither for planning nor for a server."""

    delivery: Database
    planning: Database
    elements: Database


class Daemon:
    """The ticks, and what they share."""

    def __init__(
        self,
        connections: Connections,
        channels: Mapping[str, Channel],
        clock: Clock,
        options: DaemonOptions,
    ) -> None:
        """Take what it works with; ``close`` releases the channels."""
        self._connections = connections
        self._planning = ThreadPoolExecutor(max_workers=1, thread_name_prefix="planning")
        self._stopping = False
        self._dispatching = {name: asyncio.Lock() for name in channels}
        self._clock = clock
        self._options = options
        self._watched = WatchedFiles(options.element_files)
        self._reported: dict[str, str] = {}
        self.delivery = Delivery(
            connections.delivery,
            channels,
            clock,
            DeliveryOptions(
                worker=options.worker,
                lease_s=options.lease_s,
                max_age_days=options.max_age_days,
                in_thread=options.in_threads,
            ),
        )

    async def refresh(self) -> None:
        """Load watched element files that have changed, and plan anew for what comes into force."""

        def work() -> bool:
            updates = self._watched.update(self._connections.planning, now=self._clock.now())
            return self._report(updates)

        if await self._in_planning_thread(work):
            await self.plan()

    async def update(self) -> None:
        """Ask the sources for element sets, and plan anew for what comes into force."""
        if await _in_daemon_thread(self._update):
            await self.plan()

    def _update(self) -> bool:
        database, options = self._connections.elements, self._options
        with database.reading() as reader:
            satellites = followed_satellites(reader, options.satellites, now=self._clock.now())
        changes = [
            self._report(
                update_elements(
                    database,
                    source,
                    [BySatellites(satellites), *options.queries.get(source.name, ())],
                    clock=self._clock.now,
                    unless_asked_within=options.update_interval,
                ),
            )
            for source in options.sources
        ]
        return any(changes)

    def _report(self, updates: Iterable[Update]) -> bool:
        """Log what came of each query, news only; return whether any set came into force."""
        changed = False
        for update in updates:
            label = f"{update.source} {update.query}"
            added = sum(one.status == LoadStatus.ADDED for one in update.loaded)
            changed |= added > 0
            if update.loaded:
                log.info("%s: %d sets, %d newly in force", label, len(update.loaded), added)
            elif update.result not in QUIET and self._reported.get(label) != update.note:
                log.error("elements stay as they are: %s: %s", label, update.note or update.result)
            if update.result is not RequestResult.WAITING:
                self._reported[label] = update.note
            if update.loaded and not update.is_good and update.note:
                log.error("%s: %s", label, update.note)
            for refusal in update.refusals:
                log.error("%s, line %d: refused: %s", label, refusal.line, refusal.reason)
            for one in update.loaded:
                if one.judgement is not None and one.judgement.reason:
                    told = f"{one.element_set.norad_id} {one.status}: {one.judgement.reason}"
                    log.warning("%s: %s", one.judgement.verdict, told)
        return changed

    async def plan(self) -> list[Planned]:
        """Plan ahead where something has changed, or the last plan begins to run out."""
        options = PlanOptions(
            ahead=self._options.ahead,
            max_age_days=self._options.max_age_days,
            unless_planned=True,
            synthetic=self._options.rehearsal,
            on_step=self._stop_between_steps,
        )

        def work() -> list[Planned]:
            return plan_campaigns(self._connections.planning, options, now=self._clock.now())

        try:
            planned = await self._in_planning_thread(work)
        except _Stopped:
            return []
        for one in planned:
            if one.added or one.revised or one.cancelled:
                counts = (one.key, one.added, one.revised, one.cancelled)
                log.info("planned %s: %d added, %d revised, %d cancelled", *counts)
            if one.failed and self._reported.get(one.key) != one.note:
                log.error("planning %s: %s", one.key, one.note)
            self._reported[one.key] = one.note
        return planned

    def _stop_between_steps(self) -> None:
        if self._stopping:
            raise _Stopped

    async def dispatch(self, *channels: str) -> int:
        """Deliver what is due on some channels, or on all."""
        counts = await asyncio.gather(*(self._dispatch(c) for c in channels or self._dispatching))
        return sum(counts)

    async def _dispatch(self, channel: str) -> int:
        async with self._dispatching[channel]:
            taken_up = await self.delivery.dispatch(channel)
        if taken_up:
            log.info("%s: messages taken up: %d", channel, taken_up)
        return taken_up

    async def housekeep(self) -> None:
        """Record that this worker is alive, and forget those that have long been silent."""
        now = self._clock.now()

        def work(database: Database) -> None:
            beat(database, self._options.worker, now=now)
            forget_silent(database, before=now - FORGET_AFTER)
            with database.writing() as transaction:
                expire_orphans(transaction, channels=self.delivery.channels, now_ms=to_ms(now))

        await self.delivery.record(work)

    async def close(self) -> None:
        """Let what is being sent come to its end, sign off and release everything."""
        self._stopping = True
        self.delivery.stop()
        try:
            locks = self._dispatching.values()
            await asyncio.wait_for(asyncio.gather(*(lock.acquire() for lock in locks)), GRACE_S)
        except TimeoutError:
            log.warning("gave up on what did not come to its end within %.0f s", GRACE_S)
        await self.delivery.record(lambda database: sign_off(database, self._options.worker))
        await self.delivery.close()
        self._planning.shutdown(wait=False, cancel_futures=True)

    async def _in_planning_thread(self, work: Callable[[], Answer]) -> Answer:
        if not self._options.in_threads:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._planning, work)


class _Stopped(Exception):
    """The daemon has to stop while it plans."""


async def _in_daemon_thread(work: Callable[[], Answer]) -> Answer:
    """Run a function in a thread that nobody waits for when the process ends.

    A server may take minutes to answer, and what is asked meanwhile is on record already.
    """
    future: Future[Answer] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
            future.set_exception(error)

    threading.Thread(target=run, name="elements", daemon=True).start()
    return await asyncio.wrap_future(future)


async def serve(daemon: Daemon, options: DaemonOptions, *, ready: Callable[[], None]) -> None:
    """Ring the ticks on the real clock until SIGTERM or SIGINT.

    What is being sent then is finished within ten seconds, and nothing else is begun.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    alarm = AsyncIOScheduler(timezone=UTC)
    ticks: list[tuple[Tick, float]] = [
        (daemon.housekeep, HOUSEKEEPING_S),
        (daemon.refresh, options.check_interval_s),
        (daemon.plan, options.plan_interval_s),
    ]
    if options.sources:
        ticks += [(daemon.update, ASKING_S)]
    for name in daemon.delivery.channels:
        ticks += [(partial(daemon.dispatch, name), options.dispatch_interval_s)]
    for tick, seconds in ticks:
        # The first one rings at once; a late one all the same, and many missed ones as one.
        alarm.add_job(
            _guarded,
            "interval",
            args=(tick,),
            seconds=seconds,
            jitter=ASKING_JITTER_S if tick == daemon.update else None,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=None,
        )
    alarm.start()
    ready()
    await stopped.wait()
    log.info("stopping: finishing what is being sent")
    alarm.pause()
    await daemon.close()
    alarm.shutdown(wait=False)


async def _guarded(tick: Tick) -> None:
    """Ring a tick; one that fails is rung again, and the log names the kind of failure only.

    What a database says of a failure may hold what it was about to store.
    """
    try:
        await tick()
    except asyncio.CancelledError:
        return  # the daemon gave up waiting for it
    except Exception as error:  # noqa: BLE001 - the daemon lives on
        name = getattr(tick, "__name__", "dispatch")
        log.error("%s failed (%s); it is tried again", name, type(error).__name__)
