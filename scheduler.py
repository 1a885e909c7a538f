"""The daemon: what it does, tick by tick, and the alarm clock that rings the ticks.

A tick is a function of the database and a clock. ``serve`` rings them by APScheduler on the real
clock; a rehearsal calls the same ones on a clock that jumps. APScheduler holds a handful of
recurring jobs and no message: the queue in the database is the truth.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from messaging.channels.ports import Channel
from messaging.clock import Clock
from messaging.delivery import Delivery, DeliveryOptions
from messaging.planner import Planned, PlanOptions, plan_campaigns
from messaging.queue import expire_orphans
from messaging.workers import beat, farewell, forget_silent
from tle import Parsed, TleError, load_elements, parse_elements
from tle.ports import Database
from tle.times import to_ms

GRACE_S = 8.0  # within the ten seconds that ``serve`` promises
HOUSEKEEPING_S = 10.0
FORGET_AFTER = timedelta(days=1)

log = logging.getLogger("overflight")
Answer = TypeVar("Answer")
Tick = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonOptions:
    """What the daemon is told."""

    worker: str
    lease_s: float = 25.0
    dispatch_interval_s: float = 0.5
    plan_interval_s: float = 30.0
    horizon: timedelta = timedelta(hours=36)
    max_age_days: float = 10.0
    element_files: Sequence[Path] = ()
    check_interval_s: float = 30.0
    in_threads: bool = True
    """Planning and delivery run side by side; on a clock that jumps there is nothing beside."""


class Daemon:
    """The ticks, and what they share."""

    def __init__(
        self,
        database: Database,
        planning_database: Database,
        channels: Mapping[str, Channel],
        clock: Clock,
        options: DaemonOptions,
    ) -> None:
        """Take two connections to one database: planning is long, and delivery does not wait."""
        self._database = planning_database
        self._planning = ThreadPoolExecutor(max_workers=1, thread_name_prefix="planning")
        self._stopping = False
        self._dispatching = {name: asyncio.Lock() for name in channels}
        self._clock = clock
        self._options = options
        self._seen: dict[Path, tuple[int, int, int] | None] = {}
        self.delivery = Delivery(
            database,
            channels,
            clock,
            DeliveryOptions(
                worker=options.worker, lease_s=options.lease_s, in_thread=options.in_threads
            ),
        )

    async def refresh(self) -> None:
        """Load watched element files that have changed since they were last read."""
        await self._in_planning_thread(self._refresh_all)

    def _refresh_all(self) -> None:
        for path in self._options.element_files:
            self._refresh(path)

    def _refresh(self, path: Path) -> None:
        stamp = _stamp(path)
        if path in self._seen and self._seen[path] == stamp:
            return
        try:
            parsed = parse_elements(path.read_bytes(), source=str(path))
        except (OSError, TleError) as error:
            log.error("elements stay as they are: %s", error)
        else:
            self._load(path, parsed)
        self._seen[path] = stamp

    def _load(self, path: Path, parsed: Parsed) -> None:
        loaded = load_elements(self._database, parsed.sets, source=str(path), now=self._clock.now())
        added = sum(one.status == "added" for one in loaded)
        log.info("%s: %d sets, %d newly in force", path.name, len(loaded), added)
        for refusal in parsed.refusals:
            log.error("%s, line %d: refused", path.name, refusal.line)

    async def plan(self) -> list[Planned]:
        """Plan ahead where something has changed, or the last plan begins to run out."""
        options = PlanOptions(
            horizon=self._options.horizon,
            max_age_days=self._options.max_age_days,
            unless_planned=True,
            on_step=self._stop_between_steps,
        )

        def work() -> list[Planned]:
            return plan_campaigns(self._database, options, now=self._clock.now())

        try:
            planned = await self._in_planning_thread(work)
        except _Stopped:
            return []
        for one in planned:
            if one.added or one.revised or one.cancelled:
                counts = (one.key, one.added, one.revised, one.cancelled)
                log.info("planned %s: %d added, %d revised, %d cancelled", *counts)
            if one.failed:
                log.error("planning %s: %s", one.key, one.note)
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
        """Say that this worker is alive, and forget those that have long been silent."""
        now = self._clock.now()

        def work(database: Database) -> None:
            beat(database, self._options.worker, now=now)
            forget_silent(database, before=now - FORGET_AFTER)
            with database.writing() as transaction:
                expire_orphans(transaction, channels=self.delivery.channels, now_ms=to_ms(now))

        await self.delivery.record(work)

    async def close(self) -> None:
        """Let what is being sent come to its end, say goodbye and release everything."""
        self._stopping = True
        self.delivery.stop()
        try:
            locks = self._dispatching.values()
            await asyncio.wait_for(asyncio.gather(*(lock.acquire() for lock in locks)), GRACE_S)
        except TimeoutError:
            log.warning("gave up on what did not come to its end within %.0f s", GRACE_S)
        await self.delivery.record(lambda database: farewell(database, self._options.worker))
        await self.delivery.close()
        self._planning.shutdown(wait=False, cancel_futures=True)

    async def _in_planning_thread(self, work: Callable[[], Answer]) -> Answer:
        if not self._options.in_threads:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._planning, work)


class _Stopped(Exception):  # noqa: N818 - an order, not an error
    """The daemon is told to stop while it plans."""


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is written or replaced; None while there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


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
    for name in daemon.delivery.channels:
        ticks += [(partial(daemon.dispatch, name), options.dispatch_interval_s)]
    for tick, seconds in ticks:
        # The first one rings at once; a late one all the same, and many missed ones as one.
        alarm.add_job(
            _guarded,
            "interval",
            args=(tick,),
            seconds=seconds,
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
