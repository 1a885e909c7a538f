"""How far off the times of passes may be: from a satellite's own history, or from its orbit class.

``docs/uncertainty.md`` has the reasons and the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tle.columns import Floats, Integers
from tle.elements import ElementSet
from tle.motion.drift import Drifts, measure_drifts
from tle.motion.orbit_classes import default_half_width_s, drag_rev_per_day2

HISTORY_DAYS = 60.0
"""How far back from its epoch the history of a set speaks for it."""
MIN_OWN_SETS = 3
MAX_HISTORY_SETS = 60
MANOEUVRE_REV_PER_DAY = 0.0004  # a drop by more, in a low orbit: all ten reboosts seen were

_AGES_DAYS = np.geomspace(0.05, 400.0, 27)  # where half-widths are computed; between them, drawn
_PAIR_AGES_DAYS = np.geomspace(0.25, 20.0, 10)
_NEARNESS = 0.4  # in the logarithm of ages: how far what was seen at one age speaks for another
_PRIOR_SETS = 3.0  # the class default weighs as much as so many sets of its own
_PRIOR_RATIO = 0.33  # mean drift over half-width where the default is right
_MOST_OVER_QUARTILE = 5.0  # a drift larger than this is of one bad set, and counts as this
_JUMP_OVER_MEDIAN = 10.0
_LEAST_JUMP_REV_PER_DAY = 1e-5
_STORM = 3.0  # a jump that so many times the drag explains is weather
_TINY = 1e-200  # where no age is near


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uncertainty:
    """The half-width of the 90 % interval of an event's time, as a function of the elements' age.

    Attributes:
        half_widths_s: at a grid of ages, never falling; NaN where nobody can know.
    """

    half_widths_s: Floats

    def half_width_s(self, age_days: ArrayLike) -> Floats:
        """Return half-widths, seconds, at ages of any shape; before the epoch as after it."""
        age = np.maximum(np.abs(np.asarray(age_days, np.float64)), _AGES_DAYS[0])
        half_widths = np.interp(np.log(age), np.log(_AGES_DAYS), np.log(self.half_widths_s))
        return np.asarray(np.exp(half_widths))


def estimate_uncertainty(
    element_set: ElementSet, history: Sequence[ElementSet] = ()
) -> Uncertainty:
    """Say how far off predictions from an element set may be.

    Args:
        element_set: what is predicted from. A synthetic one has no uncertainty.
        history: sets of the same satellite, in any order; those that are newer are left out, and
            synthetic ones. The last ``MAX_HISTORY_SETS`` within ``HISTORY_DAYS`` count. Fewer than
            ``MIN_OWN_SETS`` say nothing, nor do spans with a manoeuvre.
    """
    if element_set.synthetic:
        return Uncertainty(half_widths_s=np.full_like(_AGES_DAYS, np.nan))
    default_s = default_half_width_s(element_set, _AGES_DAYS)
    sets = _known(element_set, history)
    if len(sets) >= MIN_OWN_SETS:
        older, drifts = _quiet_pairs(sets)
        ratio = np.abs(drifts.along_track_s) / default_half_width_s(element_set, drifts.age_days)
        usable = np.isfinite(ratio)
        if usable.any():
            span_days = sets[0].age_days(element_set.epoch)
            learnt_s = _learn(
                default_s, older[usable], ratio[usable], drifts.age_days[usable], span_days
            )
            return Uncertainty(half_widths_s=learnt_s)
    return Uncertainty(half_widths_s=default_s)


def count_manoeuvres(sets: Sequence[ElementSet]) -> Integers:
    """Return how many manoeuvres lie before each of some successive sets of a satellite.

    A manoeuvre shows as mean motion that drops, against what the older set says, by more than
    ``MANOEUVRE_REV_PER_DAY`` and than if drag had ceased; or that jumps, either way, far more than
    it does otherwise and than stormy drag explains.
    """
    steps = measure_drifts(sets[:-1], sets[1:])
    change = np.nan_to_num(steps.mean_motion_change_rev_per_day)
    typical = float(np.median(np.abs(change))) if len(change) else 0.0
    usual = max(_LEAST_JUMP_REV_PER_DAY, _JUMP_OVER_MEDIAN * typical)
    moved = np.zeros(len(change), np.int64)
    suspect = (np.abs(change) > usual) | (change < -MANOEUVRE_REV_PER_DAY)
    for row in np.flatnonzero(suspect).tolist():
        dragged = abs(drag_rev_per_day2(sets[row])) * steps.age_days[row]
        jumped = abs(change[row]) > max(usual, _STORM * dragged)
        moved[row] = jumped or change[row] < -max(MANOEUVRE_REV_PER_DAY, dragged)
    return np.concatenate([[0], np.cumsum(moved)])


# --- the satellite's own history ----------------------------------------------------------------


def _known(element_set: ElementSet, history: Sequence[ElementSet]) -> list[ElementSet]:
    """Return what counts of a history, by epoch up to the set itself."""
    known = {
        each.epoch: each
        for each in history
        if 0.0 <= each.age_days(element_set.epoch) <= HISTORY_DAYS and not each.synthetic
    }
    known[element_set.epoch] = element_set
    return [known[epoch] for epoch in sorted(known)][-MAX_HISTORY_SETS:]


def _learn(
    default_s: Floats, older: Integers, ratio: Floats, age_days: Floats, span_days: float
) -> Floats:
    """Return the default, scaled at each of ``_AGES_DAYS`` by what pairs of own sets show.

    Few sets widen the interval as in Student's t. Predictions that overlap share their weather: of
    a span only so many count as fit in one behind the other.

    Args:
        default_s: half-widths at ``_AGES_DAYS``.
        older: which is the older set of each pair, in their order by epoch.
        ratio: drift over default of each pair...
        age_days: ...and the age of the older set then.
        span_days: from the first epoch to the last.
    """
    ratio = np.minimum(ratio, _MOST_OVER_QUARTILE * np.quantile(ratio, 0.75))
    distance = np.log(_AGES_DAYS[:, None] / age_days) / _NEARNESS
    nearness = np.exp(-0.5 * distance**2) + _TINY  # (ages, pairs)
    _, begins = np.unique(older, return_index=True)
    weighted = np.add.reduceat(nearness * ratio, begins, axis=1)
    of_set = weighted / np.add.reduceat(nearness, begins, axis=1)  # (ages, sets)
    weight = np.maximum.reduceat(nearness, begins, axis=1)
    own = (weight * of_set).sum(axis=1) / weight.sum(axis=1)
    count = np.minimum(weight.sum(axis=1), 1.0 + span_days / _AGES_DAYS)
    degrees = _PRIOR_SETS + count
    typical = (_PRIOR_SETS * _PRIOR_RATIO + count * own) / degrees
    widened = _t95(degrees) / _t95(np.array(_PRIOR_SETS))
    return np.asarray(np.maximum.accumulate(default_s * widened * typical / _PRIOR_RATIO))


def _quiet_pairs(sets: Sequence[ElementSet]) -> tuple[Integers, Drifts]:
    """Return pairs without a manoeuvre between, at a choice of ages: the older rows, the drifts."""
    first = sets[0].epoch
    day = np.array([-each.age_days(first) for each in sets])
    manoeuvres = count_manoeuvres(sets)
    age = day[None, :] - day[:, None]
    allowed = (age > 0.0) & (age <= 1.25 * _PAIR_AGES_DAYS[-1])
    allowed &= manoeuvres[None, :] == manoeuvres[:, None]
    distance = np.where(allowed, np.log(np.where(allowed, age, 1.0)), np.inf)
    nearest = np.abs(distance[:, :, None] - np.log(_PAIR_AGES_DAYS)).argmin(axis=1)
    pairs = {(i, int(j)) for i in range(len(sets)) for j in nearest[i] if allowed[i, j]}
    ordered = sorted(pairs)
    older = np.array([i for i, _ in ordered], np.int64)
    return older, measure_drifts([sets[i] for i, _ in ordered], [sets[j] for _, j in ordered])


def _t95(degrees: Floats) -> Floats:
    """Return the 95 % point of Student's t: Cornish and Fisher's series, to 1 % from 4 degrees."""
    z = 1.6448536
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    return np.asarray(z + first / degrees + second / degrees**2)
