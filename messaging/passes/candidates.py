"""Passes as planning sees them: all that a campaign could use, over its customers' sites."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from messaging.campaigns.definition import PassRule
from orbit.ephemeris import propagate
from orbit.horizon import HorizonMask
from orbit.masking import above_masks
from orbit.observers import Observers
from orbit.passes import Passes, find_passes
from tle.columns import Columns, Flags, Floats, Integers
from tle.elements import ElementSet

NEVER_MS = -1
"""Stands for the AOS or LOS of a satellite that does not cross the threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates(Columns):
    """Passes over sites, one row each, in the order of site and culmination.

    Attributes:
        site: row of the site, shape (n,).
        usable: the pass rule of the campaign and the age of the elements allow it; the others
            still tell what became of a pass that was planned before.
        stale: the elements would be too old by then.
    """

    site: Integers
    norad_id: Integers
    period_ms: Integers
    culmination_ms: Integers
    culmination_azimuth_deg: Floats
    culmination_elevation_deg: Floats
    culmination_range_km: Floats
    aos_ms: Integers
    aos_azimuth_deg: Floats
    los_ms: Integers
    los_azimuth_deg: Floats
    visible: Flags
    element_epoch_ms: Integers
    usable: Flags
    stale: Flags

    def __len__(self) -> int:
        """Return the number of passes."""
        return len(self.site)


def find_candidates(
    element_sets: Sequence[ElementSet],
    observers: Observers,
    masks: Sequence[HorizonMask | None],
    rule: PassRule,
    *,
    start: datetime,
    end: datetime,
    max_age_days: float,
) -> Candidates:
    """Find every pass of a campaign's satellites over the sites of its customers.

    Args:
        element_sets: those in force, one a satellite; at least one.
        observers: the sites.
        masks: what hides the sky from each site; None for an open horizon.
        rule: which passes count.
        start: culminations from here...
        end: ...to before here.
        max_age_days: beyond it, elements do not carry a message.

    Raises:
        OrbitError: an element set cannot be propagated to the window.
    """
    parts = [
        _of_one(
            element_set, observers, masks, rule, start=start, end=end, max_age_days=max_age_days
        )
        for element_set in element_sets
    ]
    joined = Candidates.join(parts)
    return joined.take(np.lexsort((joined.norad_id, joined.culmination_ms, joined.site)))


def _of_one(
    element_set: ElementSet,
    observers: Observers,
    masks: Sequence[HorizonMask | None],
    rule: PassRule,
    *,
    start: datetime,
    end: datetime,
    max_age_days: float,
) -> Candidates:
    ephemeris = propagate(element_set, start, end)
    passes = find_passes(ephemeris, observers, min_elevation_deg=rule.min_elevation_deg)
    passes = above_masks(passes, masks, min_elevation_deg=rule.min_elevation_deg)
    count = len(passes)
    stale = np.abs(passes.element_age_days) > max_age_days
    return Candidates(
        site=passes.observer,
        norad_id=np.full(count, element_set.norad_id),
        period_ms=np.full(count, round(element_set.period_s * 1000)),
        culmination_ms=ephemeris.milliseconds(passes.culmination.time_s),
        culmination_azimuth_deg=passes.culmination.azimuth_deg,
        culmination_elevation_deg=passes.culmination.elevation_deg,
        culmination_range_km=passes.culmination.range_km,
        aos_ms=_milliseconds(passes, passes.aos.time_s),
        aos_azimuth_deg=passes.aos.azimuth_deg,
        los_ms=_milliseconds(passes, passes.los.time_s),
        los_azimuth_deg=passes.los.azimuth_deg,
        visible=passes.visible,
        element_epoch_ms=np.full(count, element_set.epoch_ms),
        usable=_allowed(passes, rule) & ~stale,
        stale=stale,
    )


def _allowed(passes: Passes, rule: PassRule) -> Flags:
    high = passes.culmination.elevation_deg >= (rule.min_culmination_deg or -90.0)
    return np.asarray(high & passes.visible if rule.visible_only else high)


def _milliseconds(passes: Passes, time_s: Floats) -> Integers:
    known = np.isfinite(time_s)
    return np.where(known, passes.ephemeris.milliseconds(np.where(known, time_s, 0.0)), NEVER_MS)
