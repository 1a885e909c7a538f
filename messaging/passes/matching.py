"""Which of the passes now expected is one that was expected before."""

import numpy as np

from messaging.passes.candidates import Candidates
from tle.columns import Integers


def nearest(
    site: Integers,
    norad_id: Integers,
    culmination_ms: Integers,
    candidates: Candidates,
) -> Integers:
    """Return for each known pass the candidate that is the same pass, or -1 where it vanished.

    The same pass culminates within a quarter of a revolution of where it was last expected.
    """
    found = np.full(len(site), -1)
    for satellite in np.unique(candidates.norad_id):
        known = np.flatnonzero(norad_id == satellite)
        rows = np.flatnonzero(candidates.norad_id == satellite)  # by site and culmination
        if not known.size:
            continue
        # One sorted axis for both keys: sites apart by more than any two times are.
        now_ms, then_ms = candidates.culmination_ms[rows], culmination_ms[known]
        first_ms, last_ms = min(now_ms.min(), then_ms.min()), max(now_ms.max(), then_ms.max())
        stride_ms = 2 * (last_ms - first_ms + 1)
        axis = candidates.site[rows] * stride_ms + now_ms - first_ms
        at = site[known] * stride_ms + then_ms - first_ms
        right = np.searchsorted(axis, at)
        left = np.clip(right - 1, 0, len(rows) - 1)
        right = np.clip(right, 0, len(rows) - 1)
        closer = np.where(np.abs(axis[left] - at) <= np.abs(axis[right] - at), left, right)
        quarter_ms = candidates.period_ms[rows[closer]] // 4
        same = np.abs(axis[closer] - at) <= quarter_ms
        found[known] = np.where(
            same & (candidates.site[rows[closer]] == site[known]), rows[closer], -1
        )
    return found
