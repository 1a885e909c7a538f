"""When a message about a pass may go: planning and delivery both ask."""

import numpy as np
from numpy.typing import NDArray

from messaging.campaigns.definition import Moment
from messaging.passes.candidates import NEVER_MS, Candidates
from messaging.queue.chunks import Windows
from tle.columns import Integers

SPREAD_MS = 60_000  # a third of an audience shares its minute: docs/decisions/0003-queue.md
BUCKET_MS = 10_000  # due times are gathered on a grid, so that one lease serves many messages
NEVER_SETS_WINDOW_MS = 300_000


def windows(
    moment: Moment,
    candidates: Candidates,
    candidate: Integers,
    customer_no: Integers,
    seed: Integers,
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
    not_before_ms = moment_ms(moment, candidates)[candidate]
    expires_at_ms = expiry_ms(moment, candidates)[candidate]
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


def moment_ms(moment: Moment, candidates: Candidates) -> Integers:
    """Return when a message about each candidate would be due at the earliest."""
    aos_ms = np.where(candidates.aos_ms == NEVER_MS, candidates.culmination_ms, candidates.aos_ms)
    if moment.at == "culmination":
        return candidates.culmination_ms
    if moment.at == "before":
        return aos_ms - round((moment.minutes_before or 0.0) * 60_000)
    return aos_ms


def expiry_ms(moment: Moment, candidates: Candidates) -> Integers:
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
