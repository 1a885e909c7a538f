"""A rehearsal: the real thing on a copy of the database, on a clock that jumps.

The same planner, queue, ticks and delivery run as in the daemon; only the clock is virtual and
every channel writes files. The copy is private, holds no address and is deleted at the end.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

from messaging.campaigns.store import campaigns
from messaging.channels.file.channel import FileChannel
from messaging.channels.ports import Envelope, MayBegin, Outcome, Receipt, always
from messaging.clock import VirtualClock
from messaging.planning.planner import Planned
from messaging.queue.leases import next_due
from messaging.queue.messages import cancel_pending_where
from messaging.report import Punctuality, Tally, punctuality, tally
from messaging.rules import Rule
from overflight.database.opening import open_database
from overflight.database.sqlite import SqliteDatabase
from overflight.errors import OverflightError
from scheduler import Connections, Daemon, DaemonOptions
from tle import ElementSet, elements_in_force
from tle.storage.port import Database
from tle.times import to_ms

PLAN_INTERVAL_S = 3600.0
EML_PER_LANGUAGE = 4

_ADDRESS = """
CASE WHEN email = '' THEN ''
ELSE 'customer-' || CAST(customer_no AS TEXT) || '@rehearsal.invalid' END
"""
# What a rehearsal needs, and what it gets instead of an address.
_COPIED: Mapping[str, Mapping[str, str]] = {
    "numbering": {},
    "element_set": {},
    "element_pin": {},
    "adoption": {},
    "customer": {"email": _ADDRESS},
    "consent": {},
    "campaign": {"state": "CASE WHEN state = 'stopped' THEN 'stopped' ELSE 'armed' END"},
    "campaign_version": {},
    "satellite_pass": {},
    "pass_crossing": {},
    "chunk": {},
    "message": {},
    "ledger": {},
    "suppression": {},
}


_STOP_OTHERS = "UPDATE campaign SET state = 'stopped' WHERE key <> :key"


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """What is rehearsed, and where its messages go."""

    start: datetime
    end: datetime
    output: Path
    sample: int | None
    """How many messages are written at most; None: all."""
    max_age_days: float = 10.0
    only: str | None = None
    """Key of the one campaign to rehearse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
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


Observe = Callable[[Moment], None]


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
    with _copy_of(source, home, options) as copy:
        return asyncio.run(_Rehearsal(copy, options, observe).run())


def _prepare_output(output: Path) -> None:
    output.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(output.glob("*.jsonl")):
        raise OverflightError(
            f"{output} holds the messages of an earlier rehearsal; name another folder, or empty it"
        )


@contextmanager
def _copy_of(source: Database, home: Path, options: RehearsalOptions) -> Iterator[SqliteDatabase]:
    with tempfile.TemporaryDirectory(dir=home, prefix="rehearsal-") as folder:
        path = Path(folder) / "rehearsal.sqlite3"
        open_database(f"sqlite:///{path}").close()
        copy = SqliteDatabase(path, durable=False)
        try:
            _copy_tables(source, copy)
            with copy.writing() as transaction:
                if options.only is not None:
                    transaction.execute(_STOP_OTHERS, key=options.only)
                # What was due before the rehearsal begins is no part of it.
                cancel_pending_where(
                    transaction,
                    "m.expires_at_ms < :now_ms",
                    reason=Rule.BEFORE_REHEARSAL,
                    now_ms=to_ms(options.start),
                )
            yield copy
        finally:
            copy.close()


def _copy_tables(source: Database, copy: Database) -> None:
    with source.reading() as reader, copy.writing() as transaction:
        for table, instead in _COPIED.items():
            transaction.execute(f"DELETE FROM {table}")
            columns = [row[1] for row in transaction.rows(f"PRAGMA table_info({table})")]
            wanted = ", ".join(instead.get(column, column) for column in columns)
            places = ", ".join(f":{column}" for column in columns)
            rows = reader.stream(f"SELECT {wanted} FROM {table}")
            transaction.execute_many(
                f"INSERT INTO {table} VALUES ({places})",
                (dict(zip(columns, row, strict=True)) for row in rows),
            )
        transaction.execute("UPDATE campaign SET planned_from = ''")
        transaction.execute("UPDATE chunk SET leased_until_ms = 0")


class _Sampled:
    """A file channel that writes a part of the messages and accepts all."""

    keeps_records = True

    def __init__(self, name: str, inner: FileChannel, keep: Callable[[str], bool]) -> None:
        self.name = name
        self._inner = inner
        self._keep = keep
        self.written = 0

    async def send(
        self, envelopes: Sequence[Envelope], *, now: datetime, may_begin: MayBegin = always
    ) -> list[Receipt]:
        """Write those messages that belong to the sample."""
        kept = [envelope for envelope in envelopes if self._keep(envelope.message_id)]
        receipts = await self._inner.send(kept, now=now, may_begin=may_begin) if kept else []
        said = {e.message_id: receipt for e, receipt in zip(kept, receipts, strict=True)}
        self.written += sum(receipt.outcome is Outcome.ACCEPTED for receipt in receipts)
        taken = Receipt(outcome=Outcome.ACCEPTED)
        return [said.get(envelope.message_id, taken) for envelope in envelopes]

    async def reconcile(self, message_ids: object) -> set[str]:  # noqa: ARG002 - nothing is lost here
        """Return nothing: no other worker shares a copy."""
        return set()

    async def close(self) -> None:
        """Release the files."""
        await self._inner.close()


@dataclass
class _Rehearsal:
    copy: SqliteDatabase
    options: RehearsalOptions
    observe: Observe
    plans: dict[str, Planned] = field(default_factory=dict)
    """The last planning of each campaign."""
    kept: int = 0
    share: float = 1.0

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
                horizon=self.options.end - self.options.start + timedelta(hours=12),
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
            ((customers,),) = reader.rows("SELECT COUNT(*) FROM customer")
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
                self._size_the_sample()
            await daemon.dispatch()
            with self.copy.reading() as reader:
                following = next_due(reader, after=clock.now())
                moment = Moment(
                    now=clock.now(),
                    counts=lambda: tally(reader).since(before),
                    element_sets=element_sets,
                )
                self.observe(moment)
            clock.advance_to(min(following or self.options.end, next_plan, self.options.end))

    def _size_the_sample(self) -> None:
        if self.options.sample is not None:
            with self.copy.reading() as reader:
                ((planned,),) = reader.rows("SELECT COUNT(*) FROM message WHERE revision = 1")
            self.share = self.options.sample / max(planned, 1)

    def _channels(self, names: set[str]) -> Mapping[str, _Sampled]:
        files = FileChannel(
            self.options.output, eml_samples_per_language=EML_PER_LANGUAGE, durable=False
        )
        return {name: _Sampled(name, files, self._keep) for name in names}

    def _keep(self, message_id: str) -> bool:
        limit = self.options.sample
        kept = limit is None or (
            self.kept < limit and crc32(message_id.encode()) < self.share * 2**32
        )
        self.kept += kept
        return kept
