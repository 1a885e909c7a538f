"""What a new prediction or an edit changes in what is planned already: pure, by columns."""

from dataclasses import dataclass

import numpy as np

from messaging.campaigns.definition import Campaign
from messaging.passes.candidates import Candidates
from messaging.passes.timing import windows
from messaging.queue.chunks import Windows
from tle.columns import Integers

NOTICEABLE_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Messages that wait in the queue untouched, one row each.

    Attributes:
        candidate: the candidate that is the message's pass now, -1 where it vanished.
        customer_no: whose message.
        version: of the campaign it was planned with.
        windows: as planned.
    """

    candidate: Integers
    customer_no: Integers
    version: Integers
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

    revised: Integers
    windows: Windows
    vanished: Integers
    unwanted: Integers


def revise(
    campaign: Campaign,
    version: int,
    waiting: Waiting,
    candidates: Candidates,
    seed: Integers,
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
