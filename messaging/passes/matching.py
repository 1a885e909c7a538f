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
        origin_ms = min(candidates.culmination_ms[rows].min(), culmination_ms[known].min())
        span_ms = 1 + max(candidates.culmination_ms[rows].max(), culmination_ms[known].max())
        axis = candidates.site[rows] * (2 * (span_ms - origin_ms)) + (
            candidates.culmination_ms[rows] - origin_ms
        )
        at = site[known] * (2 * (span_ms - origin_ms)) + culmination_ms[known] - origin_ms
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
