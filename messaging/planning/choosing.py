"""Who gets which message when: pure functions from columns to columns.

``choose`` picks a pass for each customer, ``windows`` says when its message may be sent,
``revise`` tells what a new prediction changes in what is planned already, ``chunk`` groups what
falls due together. None of them reads a clock, and a shard of the customers gives the same as all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messaging.campaigns.definition import Campaign, Moment
from messaging.columns import Flags, Ints
from messaging.passes.candidates import NEVER_MS, Candidates

SPREAD_MS = 60_000  # a message is due within a minute of its moment: see messaging-notes, the load
BUCKET_MS = 10_000  # due times are gathered on a grid, so that one lease serves many messages
CHUNK_SIZE = 1_000
NEVER_SETS_WINDOW_MS = 300_000
NOTICEABLE_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The customers of a campaign, one row each, in the order of ``customer_no``.

    Attributes:
        customer_no: shape (n,).
        place: row of the place.
        blocked_by: the rule that keeps the customer from any message; empty for most.
        budget: how many more messages the customer may get.
    """

    customer_no: Ints
    place: Ints
    blocked_by: NDArray[np.object_]
    budget: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which customer gets which pass; rows of the audience and of the candidates."""

    customer: Ints
    candidate: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """When each message may be sent, milliseconds since 1970 UTC."""

    not_before_ms: Ints
    due_ms: Ints
    expires_at_ms: Ints

    def take(self, rows: Ints | slice) -> "Windows":
        """Return the chosen rows."""
        return Windows(
            not_before_ms=self.not_before_ms[rows],
            due_ms=self.due_ms[rows],
            expires_at_ms=self.expires_at_ms[rows],
        )

    def followed_by(self, other: "Windows") -> "Windows":
        """Return these rows and then the other's."""
        return Windows(
            not_before_ms=np.concatenate([self.not_before_ms, other.not_before_ms]),
            due_ms=np.concatenate([self.due_ms, other.due_ms]),
            expires_at_ms=np.concatenate([self.expires_at_ms, other.expires_at_ms]),
        )


def choose(
    campaign: Campaign,
    audience: Audience,
    candidates: Candidates,
    taken: NDArray[np.int64],
    *,
    now_ms: int,
    until_ms: int,
) -> Choice:
    """Choose passes for customers who may get more messages.

    Args:
        campaign: says best, first or each.
        audience: a shard of the customers.
        candidates: passes in the order of place and culmination.
        taken: (m, 2) rows of audience and candidates that have a message already, whatever
            became of it: they never get a second one.
        now_ms: messages that would expire before are not planned...
        until_ms: ...nor those due later; the best of all passes may be one of them.
    """
    usable = np.flatnonzero(candidates.usable & (_expiry_ms(campaign.moment, candidates) > now_ms))
    rank_by = -candidates.culmination_elevation_deg[usable]
    if campaign.passes.choose != "best":
        rank_by = candidates.culmination_ms[usable].astype(float)
    ranked = usable[np.lexsort((rank_by, candidates.place[usable]))]
    if campaign.passes.choose == "best":
        ranked = ranked[_rank_in_group(candidates.place[ranked]) < campaign.limit_per_customer]

    # Customers x passes of their place, the passes of each customer still in rank order.
    open_ = np.flatnonzero((audience.blocked_by == "") & (audience.budget > 0))
    first, last = (
        np.searchsorted(candidates.place[ranked], audience.place[open_], side)
        for side in ("left", "right")
    )
    customer = np.repeat(open_, last - first)
    candidate = ranked[np.repeat(first, last - first) + _rank_in_group(customer)]

    pair = customer * len(candidates) + candidate
    free = ~np.isin(pair, taken[:, 0] * len(candidates) + taken[:, 1])
    customer, candidate = customer[free], candidate[free]
    # The budget is for the first in rank, and waits for them where the horizon does not reach.
    within = _rank_in_group(customer) < audience.budget[customer]
    within &= _moment_ms(campaign.moment, candidates)[candidate] < until_ms
    return Choice(customer=customer[within], candidate=candidate[within])


def _rank_in_group(group: Ints) -> Ints:
    """Return the place of each row within its run of equal, neighbouring values."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return np.arange(len(group)) - np.repeat(starts, np.diff(starts, append=len(group)))


def why_nothing(
    moment: Moment, audience: Audience, candidates: Candidates, served: Flags, *, now_ms: int
) -> NDArray[np.object_]:
    """Return for each customer the rule that leaves them without a message; empty for the served.

    Args:
        moment: AOS, culmination, or minutes before AOS.
        audience: a shard of the customers.
        candidates: passes of the period that was looked at.
        served: customers who have a message.
        now_ms: passes whose messages would expire before are gone.
    """
    count = int(audience.place.max(initial=-1)) + 1
    ahead = _expiry_ms(moment, candidates) > now_ms
    passes, stale, usable = (
        np.bincount(candidates.place[rows], minlength=count)[audience.place] > 0
        for rows in (ahead, ahead & candidates.stale, ahead & candidates.usable)
    )
    reason = np.full(len(audience.customer_no), "", object)
    reason[~usable] = "no_pass_meets_the_rule"
    reason[~usable & stale] = "elements_too_old"
    reason[~passes] = "no_pass"
    reason = np.where(audience.blocked_by != "", audience.blocked_by, reason)
    reason[served] = ""
    return np.asarray(reason)


def windows(
    moment: Moment, candidates: Candidates, candidate: Ints, customer_no: Ints, seed: Ints
) -> Windows:
    """Return when messages may be sent: from their moment on, to the end of what they speak of.

    Within a minute of the moment each message has its own due time, drawn from its identity.

    Args:
        moment: AOS, culmination, or minutes before AOS.
        candidates: the passes.
        candidate: row of the pass of each message.
        customer_no: of each message.
        seed: a number from the identity of the pass of each message.
    """
    not_before_ms = _moment_ms(moment, candidates)[candidate]
    expires_at_ms = _expiry_ms(moment, candidates)[candidate]
    share = _mix(customer_no.astype(np.uint64), seed.astype(np.uint64)) / 2.0**64
    spread_ms = np.minimum(SPREAD_MS, (expires_at_ms - not_before_ms) // 2)
    due_ms = not_before_ms + (share * spread_ms).astype(np.int64)
    gathered_ms = -(-due_ms // BUCKET_MS) * BUCKET_MS
    fits = gathered_ms + BUCKET_MS <= expires_at_ms
    return Windows(
        not_before_ms=not_before_ms,
        due_ms=np.where(fits, gathered_ms, due_ms),
        expires_at_ms=expires_at_ms,
    )


def _moment_ms(moment: Moment, candidates: Candidates) -> Ints:
    aos_ms = np.where(candidates.aos_ms == NEVER_MS, candidates.culmination_ms, candidates.aos_ms)
    if moment.at == "culmination":
        return candidates.culmination_ms
    if moment.at == "before":
        return aos_ms - round((moment.minutes_before or 0.0) * 60_000)
    return aos_ms


def _expiry_ms(moment: Moment, candidates: Candidates) -> Ints:
    """Return LOS; a message that announces a pass expires when the pass begins."""
    if moment.at == "before":
        return np.where(candidates.aos_ms == NEVER_MS, candidates.culmination_ms, candidates.aos_ms)
    never = candidates.culmination_ms + NEVER_SETS_WINDOW_MS
    return np.where(candidates.los_ms == NEVER_MS, never, candidates.los_ms)


def _mix(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return well mixed bits of two numbers (the finaliser of SplitMix64, Steele et al. 2014)."""
    z = one * np.uint64(0x9E3779B97F4A7C15) + other
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def chunk(due_ms: Ints) -> tuple[Ints, Ints]:
    """Group messages that are due together.

    Returns:
        order: rows by due time, shape (n,).
        chunk: for each row in that order the number of its chunk, from 0.
    """
    order = np.argsort(due_ms, kind="stable")
    same_time = _rank_in_group(due_ms[order])
    starts = (same_time % CHUNK_SIZE) == 0
    return order, np.cumsum(starts) - 1


def nearest(
    place: Ints,
    norad_id: Ints,
    culmination_ms: Ints,
    candidates: Candidates,
) -> Ints:
    """Return for each known pass the candidate that is the same pass, or -1 where it vanished.

    The same pass culminates within a quarter of a revolution of where it was last expected.
    """
    found = np.full(len(place), -1)
    for satellite in np.unique(candidates.norad_id):
        known = np.flatnonzero(norad_id == satellite)
        rows = np.flatnonzero(candidates.norad_id == satellite)  # by place and culmination
        if not known.size:
            continue
        # One sorted axis for both keys: places apart by more than any two times are.
        origin_ms = min(candidates.culmination_ms[rows].min(), culmination_ms[known].min())
        span_ms = 1 + max(candidates.culmination_ms[rows].max(), culmination_ms[known].max())
        axis = candidates.place[rows] * (2 * (span_ms - origin_ms)) + (
            candidates.culmination_ms[rows] - origin_ms
        )
        at = place[known] * (2 * (span_ms - origin_ms)) + culmination_ms[known] - origin_ms
        right = np.searchsorted(axis, at)
        left = np.clip(right - 1, 0, len(rows) - 1)
        right = np.clip(right, 0, len(rows) - 1)
        closer = np.where(np.abs(axis[left] - at) <= np.abs(axis[right] - at), left, right)
        quarter_ms = candidates.period_ms[rows[closer]] // 4
        same = np.abs(axis[closer] - at) <= quarter_ms
        found[known] = np.where(
            same & (candidates.place[rows[closer]] == place[known]), rows[closer], -1
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Messages that wait in the queue untouched, one row each.

    Attributes:
        candidate: the candidate that is the message's pass now, -1 where it vanished.
        customer_no: whose message.
        version: of the campaign it was planned with.
        windows: as planned.
    """

    candidate: Ints
    customer_no: Ints
    version: Ints
    windows: Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What becomes of waiting messages; rows of ``Waiting``.

    Attributes:
        revised: get a new window or a new text.
        windows: of the revised ones.
        vanished: their pass is not expected any more.
        unwanted: an edit of the campaign leaves their pass out.
    """

    revised: Ints
    windows: Windows
    vanished: Ints
    unwanted: Ints


def revise(
    campaign: Campaign,
    version: int,
    waiting: Waiting,
    candidates: Candidates,
    seed: Ints,
    *,
    now_ms: int,
) -> Revision:
    """Tell what new predictions and edits change for messages that wait.

    A message whose window moves by less than a second stays as it is, and a pass that an edit did
    not touch keeps its message even where it sinks below the campaign's rule.
    """
    lost = waiting.candidate < 0
    edited = waiting.version != version
    unwanted = ~lost & edited
    unwanted[unwanted] = ~candidates.usable[waiting.candidate[unwanted]]
    kept = np.flatnonzero(~lost & ~unwanted)
    after = windows(
        campaign.moment,
        candidates,
        waiting.candidate[kept],
        waiting.customer_no[kept],
        seed[waiting.candidate[kept]],
    )
    before = waiting.windows.take(kept)
    moved_ms = np.maximum(
        np.abs(after.not_before_ms - before.not_before_ms),
        np.abs(after.expires_at_ms - before.expires_at_ms),
    )
    differs = (moved_ms >= NOTICEABLE_MS) | edited[kept]
    rows = np.flatnonzero(differs & (after.expires_at_ms > now_ms))
    return Revision(
        revised=kept[rows],
        windows=after.take(rows),
        vanished=np.flatnonzero(lost),
        unwanted=np.flatnonzero(unwanted),
    )
