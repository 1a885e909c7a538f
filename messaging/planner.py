"""Planning with a database: reads customers, passes and what is planned; writes what changes.

The decisions are in ``planning``; here they meet the stores. Each shard of the customers is one
read, one computation and one short write, which gives up if another planner was faster.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from messaging.campaign_store import State, StoredCampaign, campaigns
from messaging.candidates import Candidates, Ints, find_candidates
from messaging.channels.ports import ADDRESSED_CHANNELS
from messaging.consent import Standing
from messaging.customer_store import customer_columns
from messaging.customers import CustomerColumns
from messaging.plan_store import (
    Existing,
    cancel,
    existing_messages,
    write_messages,
    write_suppressions,
)
from messaging.planning import (
    Audience,
    Choice,
    Revision,
    Waiting,
    choose,
    nearest,
    revise,
    why_nothing,
    windows,
)
from messaging.stored_passes import PassBook, Place, open_book, store_passes
from orbit.observers import Observers
from tle.elements import ElementSet
from tle.ports import Database, Reader, Transaction
from tle.store import elements_in_force
from tle.times import from_ms, to_ms

SHARD = 50_000
PLANNED_STATES = frozenset({State.APPROVED, State.ARMED, State.PAUSED})
_MILLISECOND = timedelta(milliseconds=1)

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


def plan_campaigns(database: Database, options: PlanOptions, *, now: datetime) -> list[Planned]:
    """Plan every campaign whose state allows it, from now to the horizon; planning again is free.

    Raises:
        OrbitError: an element set cannot be propagated to a campaign's period.
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
        if not self.element_sets:
            return result
        if campaign.end <= self.now:
            result.note = "its period is over"
            return result
        with self.database.reading() as reader:
            everybody = customer_columns(
                reader, purpose=campaign.purpose, channel=campaign.channel, now=self.now
            )
        result.customers = len(everybody.customer_no)
        for first in range(0, result.customers, SHARD):
            shard = _Shard.of(everybody, slice(first, first + SHARD), campaign.channel)
            if not self._plan_shard(shard, result):
                result.note = "another process planned or edited it meanwhile; it has the word"
                return result
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
        return result

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
        with self.database.writing() as transaction:
            if not transaction.execute(
                _CLAIM,
                campaign_no=campaign_no,
                plan_no=self.plan_no,
                version=self.stored.version,
            ):
                return False
            draft.write(transaction, self)
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
        rows = np.flatnonzero(existing.untouched & is_open)
        waiting = Waiting(
            candidate=match[rows],
            customer_no=existing.customer_no[rows],
            version=existing.version[rows],
            windows=existing.windows.take(rows),
        )
        revision = revise(
            campaign, work.stored.version, waiting, candidates, book.seed, now_ms=work.now_ms
        )
        counts = ~existing.frees_the_budget & (is_open | ~existing.untouched)
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
        touched = len(revision.revised) + len(revision.vanished) + len(revision.unwanted)
        result.passes += len(self.book.candidates)
        result.added += len(self.choice.customer)
        result.revised += len(revision.revised)
        result.cancelled += len(revision.vanished) + len(revision.unwanted)
        result.unchanged += len(self.waiting_rows) - touched
        kept_back = Counter(rule for rule in self.rules.tolist() if rule)
        result.suppressed = dict(kept_back + Counter(result.suppressed))

    def write(self, transaction: Transaction, work: _Work) -> None:
        campaign, revision, waiting = work.stored.campaign, self.revision, self.waiting
        customer_no = self.shard.customer_no[self.choice.customer]
        chosen, revised = self.choice.candidate, self.waiting_rows[revision.revised]
        still_expected = waiting.candidate[waiting.candidate >= 0]
        pass_no = store_passes(
            transaction,
            self.book,
            np.unique(_join(chosen, still_expected)),
            self.shard.places,
            min_elevation_deg=campaign.passes.min_elevation_deg,
        )
        candidate = _join(chosen, waiting.candidate[revision.revised])
        seed = self.book.seed[chosen]
        write_messages(
            transaction,
            campaign_no=work.stored.campaign_no,
            version=work.stored.version,
            channel=campaign.channel,
            message_no=np.concatenate(
                [np.full(len(chosen), -1), self.existing.message_no[revised]]
            ),
            revision=np.concatenate(
                [np.ones(len(chosen), int), self.existing.revision[revised] + 1]
            ),
            customer_no=_join(customer_no, waiting.customer_no[revision.revised]),
            pass_no=pass_no[candidate],
            windows=windows(
                campaign.moment, self.book.candidates, chosen, customer_no, seed
            ).followed_by(revision.windows),
        )
        for rows, reason in ((revision.vanished, "pass_vanished"), (revision.unwanted, "edited")):
            cancel(
                transaction,
                self.existing.message_no[self.waiting_rows[rows]],
                reason=reason,
                now_ms=work.now_ms,
            )
        write_suppressions(
            transaction,
            campaign_no=work.stored.campaign_no,
            customer_no=self.shard.customer_no,
            rules=self.rules.tolist(),
            now_ms=work.now_ms,
        )


def _join(one: Ints, other: Ints) -> Ints:
    return np.concatenate([one, other])
