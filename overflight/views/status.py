"""What is planned, sent and waiting, and who is working on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from messaging.campaigns.lifecycle import State
from messaging.campaigns.store import campaigns
from messaging.people.reading import count_customers
from messaging.queue.leases import next_due
from messaging.queue.workers import workers
from messaging.report import Tally, tally
from tle import elements_in_force
from tle.sources.providers import PROVIDERS
from tle.sources.request_log import source_state
from tle.storage.port import Reader
from tle.versions.in_force import quarantined

SILENT_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSeen:
    """A process that delivers."""

    name: str
    seen_at: datetime
    silent: bool
    """It was seen so long ago that it may be gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteSeen:
    """A satellite that is followed, and the age of its elements in force."""

    norad_id: int
    name: str
    age_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedSet:
    """A satellite whose newest set is in quarantine, and why."""

    norad_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How things stand."""

    home: Path
    workers: Sequence[WorkerSeen]
    element_sets: Sequence[SatelliteSeen]
    quarantined: Sequence[QuarantinedSet]
    stopped_sources: Mapping[str, str]
    """Name of a provider -> why it is not asked any more."""
    customers: int
    campaigns: Mapping[str, State]
    """By key."""
    messages: Tally
    next_due: datetime | None


def gather_status(
    reader: Reader, *, home: Path, satellites: Sequence[int], now: datetime
) -> Status:
    """Return how things stand.

    Args:
        reader: the view to read.
        home: where it is kept.
        satellites: catalog numbers of those that are followed.
        now: what is later is still to come.
    """
    providers = [
        source_state(reader, name, limits=provider.limits, now=now)
        for name, provider in PROVIDERS.items()
    ]
    customers = count_customers(reader)
    return Status(
        home=home,
        workers=[
            WorkerSeen(
                name=each.name, seen_at=each.seen_at, silent=now - each.seen_at > SILENT_AFTER
            )
            for each in workers(reader)
        ],
        element_sets=[
            SatelliteSeen(
                norad_id=each.norad_id, name=each.name, age_days=round(each.age_days(now), 2)
            )
            for each in elements_in_force(reader, satellites, now=now)
        ],
        quarantined=[
            QuarantinedSet(norad_id=norad_id, reason=reason)
            for norad_id, reason in quarantined(reader)
        ],
        stopped_sources={each.source: each.why for each in providers if each.is_stopped},
        customers=customers,
        campaigns={stored.key: stored.state for stored in campaigns(reader)},
        messages=tally(reader),
        next_due=next_due(reader, after=now),
    )
