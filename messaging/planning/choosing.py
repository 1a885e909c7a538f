"""Who gets which pass, and who gets none and why: pure functions from columns to columns.

None of them reads a clock, and a shard of the customers gives the same as all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messaging.campaigns.definition import Campaign, Moment
from messaging.passes.candidates import Candidates
from messaging.passes.timing import expiry_ms, moment_ms
from messaging.queue.chunks import rank_in_group
from messaging.rules import Rule
from tle.columns import Flags, Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The customers of a campaign, one row each, in the order of ``customer_no``.

    Attributes:
        customer_no: shape (n,).
        site: row of the site.
        blocked_by: the rule that keeps the customer from any message; empty for most.
        budget: how many more messages the customer may get.
    """

    customer_no: Integers
    site: Integers
    blocked_by: NDArray[np.object_]
    budget: Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which customer gets which pass; rows of the audience and of the candidates."""

    customer: Integers
    candidate: Integers


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
        candidates: passes in the order of site and culmination.
        taken: (m, 2) rows of audience and candidates that have a message already, whatever
            became of it: they never get a second one.
        now_ms: messages that would expire before are not planned...
        until_ms: ...nor those due later; the best of all passes may be one of them.
    """
    usable = np.flatnonzero(candidates.usable & (expiry_ms(campaign.moment, candidates) > now_ms))
    rank_by = -candidates.culmination_elevation_deg[usable]
    if campaign.passes.choose != "best":
        rank_by = candidates.culmination_ms[usable].astype(float)
    ranked = usable[np.lexsort((rank_by, candidates.site[usable]))]
    if campaign.passes.choose == "best":
        ranked = ranked[rank_in_group(candidates.site[ranked]) < campaign.limit_per_customer]

    # Customers x passes of their site, the passes of each customer still in rank order.
    open_ = np.flatnonzero((audience.blocked_by == "") & (audience.budget > 0))
    first, last = (
        np.searchsorted(candidates.site[ranked], audience.site[open_], side)
        for side in ("left", "right")
    )
    customer = np.repeat(open_, last - first)
    candidate = ranked[np.repeat(first, last - first) + rank_in_group(customer)]

    pair = customer * len(candidates) + candidate
    free = ~np.isin(pair, taken[:, 0] * len(candidates) + taken[:, 1])
    customer, candidate = customer[free], candidate[free]
    # The budget is for the first in rank, and waits for them where planning does not reach yet.
    within = rank_in_group(customer) < audience.budget[customer]
    within &= moment_ms(campaign.moment, candidates)[candidate] < until_ms
    return Choice(customer=customer[within], candidate=candidate[within])


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
    count = int(audience.site.max(initial=-1)) + 1
    ahead = expiry_ms(moment, candidates) > now_ms
    passes, stale, usable = (
        np.bincount(candidates.site[rows], minlength=count)[audience.site] > 0
        for rows in (ahead, ahead & candidates.stale, ahead & candidates.usable)
    )
    reason = np.full(len(audience.customer_no), "", object)
    reason[~usable] = Rule.NO_PASS_MEETS_THE_RULE
    reason[~usable & stale] = Rule.ELEMENTS_TOO_OLD
    reason[~passes] = Rule.NO_PASS
    reason = np.where(audience.blocked_by != "", audience.blocked_by, reason)
    reason[served] = ""
    return np.asarray(reason)
