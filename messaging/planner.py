"""Planning with a database: reads customers, passes and what is planned; writes what changes.

The decisions are in ``planning``; here they meet the stores. Each shard of the customers is one
read, one computation and one short write, which gives up if another planner was faster.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from messaging.campaign_store import State, StoredCampaign, campaigns
from messaging.candidates import Candidates, Ints, find_candidates
from messaging.channels.ports import ADDRESSED_CHANNELS
from messaging.consent import Standing
from messaging.customer_store import customer_columns
from messaging.customers import CustomerColumns
from messaging.message_rows import append_messages, cancel_pending, lock_pending
from messaging.plan_store import Existing, existing_messages, write_suppressions
from messaging.planning import (
    Audience,
    Choice,
    Revision,
    Waiting,
    Windows,
    choose,
    nearest,
    revise,
    why_nothing,
    windows,
)
from messaging.stored_passes import PassBook, Place, open_book, store_passes
from orbit.errors import OrbitError
from orbit.observers import Observers
from tle.elements import ElementSet
from tle.ports import Database, Reader, Transaction
from tle.store import elements_in_force
from tle.times import from_ms, to_ms

SHARD = 20_000  # customers computed at once
SLICE = 5_000  # messages written at once: a tenth of a second in which nobody else writes
PLANNED_STATES = frozenset({State.APPROVED, State.ARMED, State.PAUSED})
_MILLISECOND = timedelta(milliseconds=1)
Step = Callable[[Transaction], object]

_INPUTS = """
SELECT (SELECT COUNT(*) FROM customer), (SELECT COALESCE(MAX(imported_ms), 0) FROM customer),
    (SELECT COALESCE(MAX(consent_no), 0) FROM consent)
"""
_LAST_PLAN = """
SELECT plan_no, planned_from, planned_until_ms FROM campaign WHERE campaign_no = :campaign_no
"""
_CLAIM = """
UPDATE campaign SET plan_no = plan_no + 1
WHERE campaign_no = :campaign_no AND plan_no = :plan_no AND version = :version
    AND state <> 'stopped'
"""
_FINISH = """
UPDATE campaign SET planned_from = :planned_from, planned_until_ms = :planned_until_ms
WHERE campaign_no = :campaign_no AND plan_no = :plan_no
"""


@dataclass(slots=True, kw_only=True)
class Planned:
    """What planning one campaign came to."""

    key: str
    customers: int = 0
    passes: int = 0
    added: int = 0
    revised: int = 0
    cancelled: int = 0
    unchanged: int = 0
    suppressed: dict[str, int] = field(default_factory=dict)
    """Rule -> customers it leaves without a message."""
    note: str = ""
    failed: bool = False
    """It could not be planned, or not with all its satellites; the note says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """How far ahead to plan, and what."""

    horizon: timedelta
    max_age_days: float = 10.0
    dry_run: bool = False
    only: str | None = None
    """Key of the one campaign to plan."""
    states: frozenset[State] = PLANNED_STATES
    unless_planned: bool = False
    """Skip campaigns whose inputs are those of the last planning and that are planned for more
    than half the horizon ahead."""
    on_shard: Callable[[str, int, int], None] = lambda _key, _done, _all: None
    """Told after each shard: campaign, customers done, customers in all."""
    on_step: Callable[[], None] = lambda: None
    """Called before each transaction; whoever wants planning to stop may raise here."""


def plan_campaigns(database: Database, options: PlanOptions, *, now: datetime) -> list[Planned]:
    """Plan every campaign whose state allows it, from now to the horizon; planning again is free.

    What keeps one campaign from being planned is told in its result, and does not touch the others.
    """
    with database.reading() as reader:
        wanted = [
            stored
            for stored in campaigns(reader)
            if stored.state in options.states and options.only in (None, stored.key)
        ]
    planned = []
    for stored in wanted:
        with database.reading() as reader:
            work = _Work.of(reader, database, options, stored, now)
        if work.is_needed:
            planned.append(work.run())
    return planned


@dataclass(slots=True, kw_only=True)
class _Work:
    """One planning of one campaign."""

    database: Database
    options: PlanOptions
    stored: StoredCampaign
    now: datetime
    element_sets: Sequence[ElementSet]
    fingerprint: str
    plan_no: int
    planned_from: str
    planned_until_ms: int

    @classmethod
    def of(
        cls,
        reader: Reader,
        database: Database,
        options: PlanOptions,
        stored: StoredCampaign,
        now: datetime,
    ) -> "_Work":
        element_sets = elements_in_force(reader, stored.campaign.satellites)
        inputs = (
            stored.version,
            *reader.rows(_INPUTS)[0],
            *(element_set.content_hash[:16] for element_set in element_sets),
        )
        ((plan_no, planned_from, until_ms),) = reader.rows(
            _LAST_PLAN, campaign_no=stored.campaign_no
        )
        return cls(
            database=database,
            options=options,
            stored=stored,
            now=now,
            element_sets=element_sets,
            fingerprint=":".join(map(str, inputs)),
            plan_no=plan_no,
            planned_from=planned_from,
            planned_until_ms=until_ms,
        )

    @property
    def now_ms(self) -> int:
        return to_ms(self.now)

    @property
    def horizon_ms(self) -> int:
        return self.options.horizon // _MILLISECOND

    @property
    def until_ms(self) -> int:
        """The horizon; what an earlier planning with a farther one put there is found again."""
        return max(self.now_ms + self.horizon_ms, self.planned_until_ms)

    @property
    def is_needed(self) -> bool:
        if not self.options.unless_planned or self.fingerprint != self.planned_from:
            return True
        return self.planned_until_ms - self.now_ms < self.horizon_ms // 2

    def run(self) -> Planned:
        campaign, result = self.stored.campaign, Planned(key=self.stored.key)
        missing = set(campaign.satellites) - {e.norad_id for e in self.element_sets}
        if missing:
            listed = ", ".join(map(str, sorted(missing)))
            result.note = f"no element set of satellite {listed}; overflight tle load FILE"
            result.failed = True
        ahead = timedelta(minutes=campaign.moment.minutes_before or 0.0)
        if campaign.end <= self.now:
            result.note, result.failed = "its period is over", False
        elif campaign.start - ahead >= from_ms(self.until_ms):
            result.note, result.failed = "it starts beyond the planning horizon", False
        elif self.element_sets:
            try:
                self._plan(result)
            except OrbitError as error:
                result.note, result.failed = str(error), True
        return result

    def _plan(self, result: Planned) -> None:
        campaign = self.stored.campaign
        with self.database.reading() as reader:
            everybody = customer_columns(
                reader, purpose=campaign.purpose, channel=campaign.channel, now=self.now
            )
        result.customers = len(everybody.customer_no)
        for first in range(0, result.customers, SHARD):
            shard = _Shard.of(everybody, slice(first, first + SHARD), campaign.channel)
            if not self._plan_shard(shard, result):
                result.note = "another process planned or edited it meanwhile; it has the word"
                return
            done = first + len(shard.customer_no)
            self.options.on_shard(self.stored.key, done, result.customers)
        if not self.options.dry_run:
            with self.database.writing() as transaction:
                transaction.execute(
                    _FINISH,
                    campaign_no=self.stored.campaign_no,
                    plan_no=self.plan_no,
                    planned_from=self.fingerprint,
                    planned_until_ms=self.until_ms,
                )

    def _plan_shard(self, shard: "_Shard", result: Planned) -> bool:
        """Plan a run of customers; False if another process changed the campaign meanwhile."""
        candidates = self._candidates(shard.places)
        campaign_no = self.stored.campaign_no
        rule = self.stored.campaign.passes
        with self.database.reading() as reader:
            existing = existing_messages(reader, campaign_no, **shard.span)
            book = open_book(
                reader,
                candidates,
                shard.places,
                norad_ids=self.stored.campaign.satellites,
                min_elevation_deg=rule.min_elevation_deg,
            )
        draft = _Draft.of(self, shard, existing, book)
        draft.count_into(result)
        if self.options.dry_run:
            return True
        return all(self._write(step) for step in draft.steps(self))

    def _write(self, step: Step) -> bool:
        """Take one step unless another process planned or edited the campaign since the last."""
        self.options.on_step()
        with self.database.writing() as transaction:
            if not transaction.execute(
                _CLAIM,
                campaign_no=self.stored.campaign_no,
                plan_no=self.plan_no,
                version=self.stored.version,
            ):
                return False
            step(transaction)
        self.plan_no += 1
        return True

    def _candidates(self, places: Sequence[Place]) -> Candidates:
        """Find the passes whose culmination could still matter."""
        campaign = self.stored.campaign
        period = timedelta(seconds=max(e.period_s for e in self.element_sets))
        start = max(campaign.start, self.now - period)
        end = campaign.end
        if campaign.passes.choose != "best":
            ahead = timedelta(minutes=campaign.moment.minutes_before or 0.0)
            end = min(end, from_ms(self.until_ms) + ahead + period)
        latitude_deg, longitude_deg = np.array(places).reshape(-1, 2).T
        return find_candidates(
            self.element_sets,
            Observers.at(latitude_deg, longitude_deg),
            campaign.passes,
            start=start,
            end=max(end, start + _MILLISECOND),
            max_age_days=self.options.max_age_days,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shard:
    """A run of customers, and the places where they live."""

    customer_no: Ints
    place: Ints
    places: list[Place]
    blocked_by: np.ndarray[tuple[int, ...], np.dtype[np.object_]]

    @classmethod
    def of(cls, everybody: CustomerColumns, rows: slice, channel: str) -> "_Shard":
        used, place = np.unique(everybody.place[rows], return_inverse=True)
        standing, has_address = everybody.standing[rows], everybody.has_address[rows]
        blocked_by = np.full(len(place), "", object)
        if channel in ADDRESSED_CHANNELS:
            blocked_by[~has_address] = "no_address"
        blocked_by[standing == Standing.NONE] = "no_consent"
        blocked_by[standing == Standing.WITHDRAWN] = "consent_withdrawn"
        positions = (everybody.latitude_deg[used], everybody.longitude_deg[used])
        return cls(
            customer_no=everybody.customer_no[rows],
            place=place,
            places=list(zip(*(column.tolist() for column in positions), strict=True)),
            blocked_by=blocked_by,
        )

    @property
    def span(self) -> dict[str, int]:
        """The customer numbers from first to last."""
        return {"first_no": int(self.customer_no[0]), "last_no": int(self.customer_no[-1])}


def _where_they_live(shard: _Shard, customer: Ints, existing: Existing) -> Ints:
    """Return the place of each message's pass, or -1 where its customer has moved away."""
    row_of = {place: row for row, place in enumerate(shard.places)}
    place = np.array([row_of.get(position, -1) for position in existing.position], np.int64)
    return np.where(place == shard.place[customer], place, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What planning one shard changes."""

    shard: _Shard
    existing: Existing
    book: PassBook
    choice: Choice
    waiting_rows: Ints
    """Rows of ``existing`` that may be revised."""
    waiting: Waiting
    revision: Revision
    rules: np.ndarray[tuple[int, ...], np.dtype[np.object_]]

    @classmethod
    def of(cls, work: _Work, shard: _Shard, existing: Existing, book: PassBook) -> "_Draft":
        campaign, candidates = work.stored.campaign, book.candidates
        customer = np.searchsorted(shard.customer_no, existing.customer_no)
        place = _where_they_live(shard, customer, existing)
        match = nearest(place, existing.norad_id, existing.culmination_ms, candidates)
        is_open = existing.windows.expires_at_ms > work.now_ms
        rows = np.flatnonzero(existing.pending & is_open)
        waiting = Waiting(
            candidate=match[rows],
            customer_no=existing.customer_no[rows],
            version=existing.version[rows],
            windows=existing.windows.take(rows),
        )
        revision = revise(
            campaign, work.stored.version, waiting, candidates, book.seed, now_ms=work.now_ms
        )
        counts = ~existing.frees_the_budget & (is_open | ~existing.pending)
        counts[rows[revision.vanished]] = counts[rows[revision.unwanted]] = False
        used = np.bincount(customer[counts], minlength=len(shard.customer_no))
        audience = Audience(
            customer_no=shard.customer_no,
            place=shard.place,
            blocked_by=shard.blocked_by,
            budget=campaign.limit_per_customer - used,
        )
        known = match >= 0
        choice = choose(
            campaign,
            audience,
            candidates,
            np.column_stack([customer[known], match[known]]),
            now_ms=work.now_ms,
            until_ms=work.until_ms,
        )
        served = used > 0
        served[choice.customer] = True
        return cls(
            shard=shard,
            existing=existing,
            book=book,
            choice=choice,
            waiting_rows=rows,
            waiting=waiting,
            revision=revision,
            rules=why_nothing(campaign.moment, audience, candidates, served, now_ms=work.now_ms),
        )

    def count_into(self, result: Planned) -> None:
        revision = self.revision
        cancelled = len(revision.vanished) + len(revision.unwanted)
        result.passes += len(self.book.candidates)
        result.added += len(self.choice.customer)
        result.revised += len(revision.revised)
        result.cancelled += cancelled
        result.unchanged += len(self.waiting_rows) - len(revision.revised) - cancelled
        kept_back = Counter(rule for rule in self.rules.tolist() if rule)
        result.suppressed = dict(kept_back + Counter(result.suppressed))

    def steps(self, work: _Work) -> Iterator[Step]:
        """Yield what to write, in transactions so short that delivery goes on between them."""
        waiting, revision = self.waiting, self.revision
        for rows, reason in (
            (revision.vanished, "pass_vanished"),
            (revision.unwanted, "edited"),
        ):
            numbers = self.existing.message_no[self.waiting_rows[rows]].tolist()
            for some in _slices(len(numbers)):
                yield partial(
                    cancel_pending, message_nos=numbers[some], reason=reason, now_ms=work.now_ms
                )
        appended = self._rows(work)
        for some in _slices(len(appended.candidate)):
            yield partial(self._write_messages, work=work, rows=appended.take(some))
        still_expected = waiting.candidate[waiting.candidate >= 0]
        yield partial(self._write_passes, work=work, used=np.unique(still_expected))
        yield partial(
            write_suppressions,
            campaign_no=work.stored.campaign_no,
            customer_no=self.shard.customer_no,
            rules=self.rules.tolist(),
            now_ms=work.now_ms,
        )

    def _rows(self, work: _Work) -> "_Rows":
        """Return the rows to append, new and revised, in the order of their due times."""
        chosen, revised = self.choice.candidate, self.waiting_rows[self.revision.revised]
        customer_no = self.shard.customer_no[self.choice.customer]
        rows = _Rows(
            candidate=_join(chosen, self.waiting.candidate[self.revision.revised]),
            message_no=_join(np.full(len(chosen), -1), self.existing.message_no[revised]),
            revision=_join(np.ones(len(chosen), int), self.existing.revision[revised] + 1),
            customer_no=_join(customer_no, self.existing.customer_no[revised]),
            windows=windows(
                work.stored.campaign.moment,
                self.book.candidates,
                chosen,
                customer_no,
                self.book.seed[chosen],
            ).followed_by(self.revision.windows),
        )
        return rows.take(np.argsort(rows.windows.due_ms, kind="stable"))

    def _write_messages(self, transaction: Transaction, *, work: _Work, rows: "_Rows") -> None:
        known = np.flatnonzero(rows.message_no >= 0)
        pending = lock_pending(transaction, rows.message_no[known].tolist())
        begun = [
            row
            for row, number, revision in zip(
                known.tolist(),
                rows.message_no[known].tolist(),
                rows.revision[known].tolist(),
                strict=True,
            )
            if number not in pending or pending[number].revision != revision - 1
        ]
        rows = rows.take(np.delete(np.arange(len(rows.candidate)), begun))
        pass_no = self._write_passes(transaction, work=work, used=np.unique(rows.candidate))
        append_messages(
            transaction,
            campaign_no=work.stored.campaign_no,
            campaign_version=work.stored.version,
            channel=work.stored.campaign.channel,
            message_no=rows.message_no,
            revision=rows.revision,
            customer_no=rows.customer_no,
            pass_no=pass_no[rows.candidate],
            windows=rows.windows,
        )

    def _write_passes(self, transaction: Transaction, *, work: _Work, used: Ints) -> Ints:
        """Store the used passes, and remember in the book that the store holds them now."""
        pass_no = store_passes(
            transaction,
            self.book,
            used,
            self.shard.places,
            min_elevation_deg=work.stored.campaign.passes.min_elevation_deg,
        )
        self.book.pass_no[used] = pass_no[used]
        self.book.is_current[used] = True
        return pass_no


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Message rows to append; ``message_no`` is -1 for new messages."""

    candidate: Ints
    message_no: Ints
    revision: Ints
    customer_no: Ints
    windows: Windows

    def take(self, rows: Ints | slice) -> "_Rows":
        """Return the chosen rows."""
        return _Rows(
            candidate=self.candidate[rows],
            message_no=self.message_no[rows],
            revision=self.revision[rows],
            customer_no=self.customer_no[rows],
            windows=self.windows.take(rows),
        )


def _slices(count: int) -> Iterator[slice]:
    return (slice(first, first + SLICE) for first in range(0, count, SLICE))


def _join(one: Ints, other: Ints) -> Ints:
    return np.concatenate([one, other])
