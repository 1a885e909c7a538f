"""Planning with a database: which campaigns, shard by shard of their customers.

Each shard is one read, one computation (``shards``) and writes so short that delivery goes on
between them; they give up if another process planned or edited the campaign meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from messaging.campaigns.lifecycle import PLANNED_STATES, State
from messaging.campaigns.store import StoredCampaign, campaigns
from messaging.defaults import MAX_AGE_DAYS
from messaging.passes.book import open_book
from messaging.passes.candidates import Candidates, find_candidates
from messaging.people.reading import customer_columns
from messaging.planning.existing import existing_messages
from messaging.planning.shards import Shard, ShardPlan, Step
from orbit.errors import OrbitError
from orbit.identity import Site
from orbit.observers import Observers
from tle.elements import ElementSet
from tle.storage.port import Database, Reader
from tle.times import from_ms, to_ms
from tle.versions.adoption import current_ids
from tle.versions.in_force import elements_in_force

SHARD = 20_000  # customers computed at once
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
    missing: tuple[int, ...] = ()
    """Satellites without a real element set."""
    note: str = ""
    failed: bool = False
    """It could not be planned, or not with all its satellites; the note says why."""

    def count(self, plan: ShardPlan) -> None:
        """Add what the planning of one shard came to."""
        self.passes += len(plan.book.candidates)
        self.added += plan.added
        self.revised += plan.revised
        self.cancelled += plan.cancelled
        self.unchanged += plan.unchanged
        self.suppressed = dict(plan.suppressed + Counter(self.suppressed))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """How far ahead to plan, and what."""

    ahead: timedelta
    """So far from now."""
    max_age_days: float = MAX_AGE_DAYS
    dry_run: bool = False
    only: str | None = None
    """Key of the one campaign to plan."""
    states: frozenset[State] = PLANNED_STATES
    synthetic: bool = False
    """Plan for satellites that do not fly yet, too: in a rehearsal."""
    unless_planned: bool = False
    """Skip campaigns whose inputs are those of the last planning and that are planned for more
    than half as far ahead."""
    on_shard: Callable[[str, int, int], None] = lambda _key, _done, _all: None
    """Told after each shard: campaign, customers done, customers in all."""
    on_step: Callable[[], None] = lambda: None
    """Called before each transaction; whoever wants planning to stop may raise here."""


def plan_campaigns(database: Database, options: PlanOptions, *, now: datetime) -> list[Planned]:
    """Plan every campaign whose state allows it, so far ahead; planning again is free.

    What keeps one campaign from being planned is in its result, and does not touch the others.
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
    satellites: frozenset[int]
    """Their current numbers, whatever the campaign calls them."""
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
        satellites = current_ids(reader, stored.campaign.satellites).values()
        element_sets = elements_in_force(reader, [*satellites], now=now)
        if not options.synthetic:
            element_sets = [each for each in element_sets if not each.synthetic]
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
            satellites=frozenset(satellites),
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
    def ahead_ms(self) -> int:
        return self.options.ahead // _MILLISECOND

    @property
    def until_ms(self) -> int:
        """How far to plan; what an earlier planning put farther ahead is found again."""
        return max(self.now_ms + self.ahead_ms, self.planned_until_ms)

    @property
    def is_needed(self) -> bool:
        if not self.options.unless_planned or self.fingerprint != self.planned_from:
            return True
        return self.planned_until_ms - self.now_ms < self.ahead_ms // 2

    def run(self) -> Planned:
        campaign, result = self.stored.campaign, Planned(key=self.stored.key)
        missing = self.satellites - {e.norad_id for e in self.element_sets}
        if missing:
            listed = ", ".join(map(str, sorted(missing)))
            result.note = f"no real element set of satellite {listed}"
            result.failed, result.missing = True, tuple(sorted(missing))
        ahead = timedelta(minutes=campaign.moment.minutes_before or 0.0)
        if campaign.end <= self.now:
            result.note, result.failed = "its period is over", False
        elif campaign.start - ahead >= from_ms(self.until_ms):
            result.note, result.failed = "it starts later than planning looks ahead", False
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
            shard = Shard.of(everybody, slice(first, first + SHARD), campaign.channel)
            if not self._plan_shard(shard, result):
                result.note = (
                    "another process took over: it planned or edited the campaign meanwhile"
                )
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

    def _plan_shard(self, shard: Shard, result: Planned) -> bool:
        """Plan a run of customers; False if another process changed the campaign meanwhile."""
        candidates = self._candidates(shard.sites)
        campaign_no = self.stored.campaign_no
        rule = self.stored.campaign.passes
        with self.database.reading() as reader:
            existing = existing_messages(reader, campaign_no, **shard.span)
            book = open_book(
                reader,
                candidates,
                shard.sites,
                norad_ids=self.satellites,
                min_elevation_deg=rule.min_elevation_deg,
            )
        plan = ShardPlan.of(
            self.stored, shard, existing, book, now_ms=self.now_ms, until_ms=self.until_ms
        )
        result.count(plan)
        if self.options.dry_run:
            return True
        return all(self._write(step) for step in plan.steps())

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

    def _candidates(self, sites: Sequence[Site]) -> Candidates:
        """Find the passes whose culmination could still matter."""
        campaign = self.stored.campaign
        period = timedelta(seconds=max(e.period_s for e in self.element_sets))
        start = max(campaign.start, self.now - period)
        end = campaign.end
        if campaign.passes.choose != "best":
            ahead = timedelta(minutes=campaign.moment.minutes_before or 0.0)
            end = min(end, from_ms(self.until_ms) + ahead + period)
        coordinates = [(site.latitude_deg, site.longitude_deg) for site in sites]
        latitude_deg, longitude_deg = np.array(coordinates).reshape(-1, 2).T
        return find_candidates(
            self.element_sets,
            Observers.at(latitude_deg, longitude_deg),
            [site.horizon_mask for site in sites],
            campaign.passes,
            start=start,
            end=max(end, start + _MILLISECOND),
            max_age_days=self.options.max_age_days,
        )
