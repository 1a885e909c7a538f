"""What planning one shard of the customers comes to: read once, decided once, written in steps.

The decisions are in ``choosing`` and ``revising``; here they meet what the stores hold of these
customers.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from messaging.campaigns.store import StoredCampaign
from messaging.channel_kinds import needs_address
from messaging.passes.book import PassBook, store_passes
from messaging.passes.matching import nearest
from messaging.passes.timing import windows
from messaging.people.consent import Standing
from messaging.people.customers import CustomerColumns
from messaging.planning.choosing import Audience, Choice, choose, why_nothing
from messaging.planning.existing import Existing, write_suppressions
from messaging.planning.revising import Revision, Waiting, revise
from messaging.queue.chunks import Windows
from messaging.queue.messages import (
    MessageRows,
    append_messages,
    cancel_pending,
    lock_pending,
)
from messaging.rules import Rule
from orbit.identity import Site
from tle.columns import Columns, Integers
from tle.storage.port import Transaction

SLICE = 5_000  # messages written at once: a tenth of a second in which nobody else writes
Step = Callable[[Transaction], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A run of customers, and the sites where they live."""

    customer_no: Integers
    site: Integers
    sites: list[Site]
    blocked_by: np.ndarray[tuple[int, ...], np.dtype[np.object_]]

    @classmethod
    def of(cls, everybody: CustomerColumns, rows: slice, channel: str) -> "Shard":
        """Cut a run out of all customers, and say whom a rule keeps from any message."""
        used, site = np.unique(everybody.site[rows], return_inverse=True)
        standing, has_address = everybody.standing[rows], everybody.has_address[rows]
        blocked_by = np.full(len(site), "", object)
        if needs_address(channel):
            blocked_by[~has_address] = Rule.NO_ADDRESS
        blocked_by[standing == Standing.NONE] = Rule.NO_CONSENT
        blocked_by[standing == Standing.WITHDRAWN] = Rule.CONSENT_WITHDRAWN
        return cls(
            customer_no=everybody.customer_no[rows],
            site=site,
            sites=[
                Site(
                    latitude_deg=float(everybody.latitude_deg[row]),
                    longitude_deg=float(everybody.longitude_deg[row]),
                    horizon_mask=everybody.horizon_mask[row],
                )
                for row in used.tolist()
            ],
            blocked_by=blocked_by,
        )

    @property
    def span(self) -> dict[str, int]:
        """The customer numbers from first to last."""
        return {"first_no": int(self.customer_no[0]), "last_no": int(self.customer_no[-1])}


def _where_they_live(shard: Shard, customer: Integers, existing: Existing) -> Integers:
    """Return the site of each message's customer, or -1 where they have moved away from its pass.

    Whoever gets another horizon mask has not moved: a message of the same passage stays theirs.
    """
    site = shard.site[customer]
    lives_there = [
        (shard.sites[row].latitude_deg, shard.sites[row].longitude_deg) == position
        for row, position in zip(site.tolist(), existing.position, strict=True)
    ]
    return np.where(lives_there, site, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardPlan:
    """What planning one shard changes."""

    stored: StoredCampaign
    now_ms: int
    shard: Shard
    existing: Existing
    book: PassBook
    choice: Choice
    waiting_rows: Integers
    """Rows of ``existing`` that may be revised."""
    waiting: Waiting
    revision: Revision
    rules: np.ndarray[tuple[int, ...], np.dtype[np.object_]]

    @classmethod
    def of(
        cls,
        stored: StoredCampaign,
        shard: Shard,
        existing: Existing,
        book: PassBook,
        *,
        now_ms: int,
        until_ms: int,
    ) -> "ShardPlan":
        """Decide what changes for a shard.

        Args:
            stored: the campaign.
            shard: its customers.
            existing: their messages.
            book: the passes over their sites.
            now_ms: messages that would expire before are not planned...
            until_ms: ...nor those due later.
        """
        campaign, candidates = stored.campaign, book.candidates
        customer = np.searchsorted(shard.customer_no, existing.customer_no)
        site = _where_they_live(shard, customer, existing)
        match = nearest(site, existing.norad_id, existing.culmination_ms, candidates)
        is_open = existing.windows.expires_at_ms > now_ms
        rows = np.flatnonzero(existing.pending & is_open)
        waiting = Waiting(
            candidate=match[rows],
            customer_no=existing.customer_no[rows],
            version=existing.version[rows],
            windows=existing.windows.take(rows),
        )
        revision = revise(campaign, stored.version, waiting, candidates, book.seed, now_ms=now_ms)
        counts = ~existing.frees_the_budget & (is_open | ~existing.pending)
        counts[rows[revision.vanished]] = counts[rows[revision.unwanted]] = False
        used = np.bincount(customer[counts], minlength=len(shard.customer_no))
        audience = Audience(
            customer_no=shard.customer_no,
            site=shard.site,
            blocked_by=shard.blocked_by,
            budget=campaign.limit_per_customer - used,
        )
        known = match >= 0
        choice = choose(
            campaign,
            audience,
            candidates,
            np.column_stack([customer[known], match[known]]),
            now_ms=now_ms,
            until_ms=until_ms,
        )
        served = used > 0
        served[choice.customer] = True
        return cls(
            stored=stored,
            now_ms=now_ms,
            shard=shard,
            existing=existing,
            book=book,
            choice=choice,
            waiting_rows=rows,
            waiting=waiting,
            revision=revision,
            rules=why_nothing(campaign.moment, audience, candidates, served, now_ms=now_ms),
        )

    @property
    def added(self) -> int:
        """How many messages are new."""
        return len(self.choice.customer)

    @property
    def revised(self) -> int:
        """How many waiting messages get a new window or a new text."""
        return len(self.revision.revised)

    @property
    def cancelled(self) -> int:
        """How many waiting messages are taken back."""
        return len(self.revision.vanished) + len(self.revision.unwanted)

    @property
    def unchanged(self) -> int:
        """How many waiting messages stay as they are."""
        return len(self.waiting_rows) - self.revised - self.cancelled

    @property
    def suppressed(self) -> Counter[str]:
        """Rule -> customers it leaves without a message."""
        return Counter(rule for rule in self.rules.tolist() if rule)

    def steps(self) -> Iterator[Step]:
        """Yield what to write, in transactions so short that delivery goes on between them."""
        waiting, revision = self.waiting, self.revision
        for rows, reason in (
            (revision.vanished, Rule.PASS_VANISHED),
            (revision.unwanted, Rule.EDITED),
        ):
            numbers = self.existing.message_no[self.waiting_rows[rows]].tolist()
            for some in _slices(len(numbers)):
                yield partial(
                    cancel_pending, message_nos=numbers[some], reason=reason, now_ms=self.now_ms
                )
        appended = self._rows()
        for some in _slices(len(appended.candidate)):
            yield partial(self._write_messages, rows=appended.take(some))
        still_expected = waiting.candidate[waiting.candidate >= 0]
        yield partial(self._write_passes, used=np.unique(still_expected))
        yield partial(
            write_suppressions,
            campaign_no=self.stored.campaign_no,
            customer_no=self.shard.customer_no,
            rules=self.rules.tolist(),
            now_ms=self.now_ms,
        )

    def _rows(self) -> "_Rows":
        """Return the rows to append, new and revised, in the order of their due times."""
        chosen, revised = self.choice.candidate, self.waiting_rows[self.revision.revised]
        customer_no = self.shard.customer_no[self.choice.customer]
        new = _Rows(
            candidate=chosen,
            message_no=np.full(len(chosen), -1),
            revision=np.ones(len(chosen), np.int64),
            customer_no=customer_no,
            windows=windows(
                self.stored.campaign.moment,
                self.book.candidates,
                chosen,
                customer_no,
                self.book.seed[chosen],
            ),
        )
        again = _Rows(
            candidate=self.waiting.candidate[self.revision.revised],
            message_no=self.existing.message_no[revised],
            revision=self.existing.revision[revised] + 1,
            customer_no=self.existing.customer_no[revised],
            windows=self.revision.windows,
        )
        rows = _Rows.join([new, again])
        return rows.take(np.argsort(rows.windows.due_ms, kind="stable"))

    def _write_messages(self, transaction: Transaction, *, rows: "_Rows") -> None:
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
        pass_no = self._write_passes(transaction, used=np.unique(rows.candidate))
        append_messages(
            transaction,
            MessageRows(
                message_no=rows.message_no,
                revision=rows.revision,
                customer_no=rows.customer_no,
                pass_no=pass_no[rows.candidate],
                windows=rows.windows,
            ),
            campaign_no=self.stored.campaign_no,
            campaign_version=self.stored.version,
            channel=self.stored.campaign.channel,
        )

    def _write_passes(self, transaction: Transaction, *, used: Integers) -> Integers:
        """Store the used passes, and remember in the book that the store holds them now."""
        pass_no = store_passes(
            transaction,
            self.book,
            used,
            self.shard.sites,
            min_elevation_deg=self.stored.campaign.passes.min_elevation_deg,
        )
        self.book.pass_no[used] = pass_no[used]
        self.book.is_current[used] = True
        return pass_no


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows(Columns):
    """Message rows to append; ``message_no`` is -1 for new messages."""

    candidate: Integers
    message_no: Integers
    revision: Integers
    customer_no: Integers
    windows: Windows


def _slices(count: int) -> Iterator[slice]:
    return (slice(first, first + SLICE) for first in range(0, count, SLICE))
