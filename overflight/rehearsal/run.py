"""A rehearsal: the real thing on a copy of the database, on a clock that jumps.

The same planner, queue, ticks and delivery run as in the daemon; only the clock is virtual and
every channel writes files. The copy is private, holds no address and is deleted at the end.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from messaging.campaigns.store import campaigns
from messaging.channels.file.channel import FileChannel
from messaging.clock import VirtualClock
from messaging.defaults import MAX_AGE_DAYS
from messaging.people.reading import count_customers
from messaging.planning.planner import Planned
from messaging.queue.leases import next_due
from messaging.report import Punctuality, Tally, punctuality, tally
from overflight.database.sqlite import SqliteDatabase
from overflight.errors import OverflightError
from overflight.rehearsal.copy import private_copy
from overflight.rehearsal.sampling import Sample, SampledChannel
from scheduler import Connections, Daemon, DaemonOptions
from tle import ElementSet, elements_in_force
from tle.storage.port import Database

PLAN_INTERVAL_S = 3600.0
EML_PER_LANGUAGE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """What is rehearsed, and where its messages go."""

    start: datetime
    end: datetime
    output: Path
    sample: int | None
    """How many messages are written at most; None: all."""
    max_age_days: float = MAX_AGE_DAYS
    only: str | None = None
    """Key of the one campaign to rehearse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a rehearsal has come."""

    now: datetime
    counts: Callable[[], Tally]
    """Counting costs time, so it is left to whoever looks."""
    element_sets: Sequence[ElementSet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a rehearsal came to."""

    start: datetime
    end: datetime
    output: Path
    customers: int
    passes: int
    tally: Tally
    written: int
    punctuality: Punctuality | None
    notes: Sequence[str]
    failed: bool
    """Something could not be planned, written or sent inside its window."""


Observe = Callable[[Progress], None]


def rehearse(
    source: Database, home: Path, options: RehearsalOptions, observe: Observe = lambda _: None
) -> Summary:
    """Rehearse a span of time and tell what would happen in it.

    Args:
        source: the real database; it is only read.
        home: where the copy lives while it is needed.
        options: see there.
        observe: told after each tick.
    """
    _prepare_output(options.output)
    with private_copy(source, home, start=options.start, only=options.only) as copy:
        return asyncio.run(_Rehearsal(copy, options, observe).run())


def _prepare_output(output: Path) -> None:
    output.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(output.glob("*.jsonl")):
        raise OverflightError(
            f"{output} holds the messages of an earlier rehearsal; name another folder, or empty it"
        )


@dataclass
class _Rehearsal:
    copy: SqliteDatabase
    options: RehearsalOptions
    observe: Observe
    plans: dict[str, Planned] = field(default_factory=dict)
    """The last planning of each campaign."""
    sample: Sample = field(init=False)

    def __post_init__(self) -> None:
        self.sample = Sample(self.options.sample)

    async def run(self) -> Summary:
        clock = VirtualClock(self.options.start)
        with self.copy.reading() as reader:
            before = tally(reader)
            channels = self._channels({c.campaign.channel for c in campaigns(reader)})
            satellites = {n for c in campaigns(reader) for n in c.campaign.satellites}
            element_sets = elements_in_force(reader, sorted(satellites), now=self.options.start)
        daemon = Daemon(
            Connections(delivery=self.copy, planning=self.copy, elements=self.copy),
            channels,
            clock,
            DaemonOptions(
                worker="rehearsal",
                ahead=self.options.end - self.options.start + timedelta(hours=12),
                max_age_days=self.options.max_age_days,
                rehearsal=True,
                in_threads=False,
            ),
        )
        await self._ticks(daemon, clock, before, element_sets)
        await daemon.close()
        written = sum(channel.written for channel in channels.values())
        return self._summary(before, written)

    def _summary(self, before: Tally, written: int) -> Summary:
        with self.copy.reading() as reader:
            customers = count_customers(reader)
            counts = tally(reader).since(before)
            kept = punctuality(reader, since=self.options.start)
        plans = self.plans.values()
        return Summary(
            start=self.options.start,
            end=self.options.end,
            output=self.options.output,
            customers=customers,
            passes=sum(planned.passes for planned in plans),
            tally=counts,
            written=written,
            punctuality=kept,
            notes=[f"{planned.key}: {planned.note}" for planned in plans if planned.note],
            failed=bool(
                any(planned.failed for planned in plans)
                or counts.failed
                or counts.unknown
                or (kept and kept.outside)
            ),
        )

    async def _ticks(
        self,
        daemon: Daemon,
        clock: VirtualClock,
        before: Tally,
        element_sets: Sequence[ElementSet],
    ) -> None:
        """Ring the ticks as the daemon would, each at the time it falls due."""
        next_plan = self.options.start
        while clock.now() < self.options.end:
            if clock.now() >= next_plan:
                for planned in await daemon.plan():
                    first = self.plans.setdefault(planned.key, planned)
                    first.note, first.failed = planned.note, planned.failed
                next_plan += timedelta(seconds=PLAN_INTERVAL_S)
                self._spread_the_sample()
            await daemon.dispatch()
            with self.copy.reading() as reader:
                following = next_due(reader, after=clock.now())
                progress = Progress(
                    now=clock.now(),
                    counts=lambda: tally(reader).since(before),
                    element_sets=element_sets,
                )
                self.observe(progress)
            clock.advance_to(min(following or self.options.end, next_plan, self.options.end))

    def _spread_the_sample(self) -> None:
        with self.copy.reading() as reader:
            # Every message has a first revision, and only one.
            ((planned,),) = reader.rows("SELECT COUNT(*) FROM message WHERE revision = 1")
        self.sample.spread_over(planned)

    def _channels(self, names: set[str]) -> Mapping[str, SampledChannel]:
        files = FileChannel(
            self.options.output, eml_samples_per_language=EML_PER_LANGUAGE, durable=False
        )
        return {name: SampledChannel(name, files, self.sample) for name in names}
