"""Hold predictions against what came: how far they were off, and how often the interval held it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tle.columns import Columns, Flags, Floats, Integers
from tle.elements import ElementSet
from tle.motion.drift import measure_drifts
from tle.motion.uncertainty import MAX_HISTORY_SETS, count_manoeuvres, estimate_uncertainty

AGES_DAYS = (0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0)
NEAR = 0.2  # in the logarithm: pairs of 0.82 to 1.22 days stand for one day

Follow = Callable[[Sequence["Origin"]], Iterable["Origin"]]
"""Passes on what to predict from, one by one, and may show how many are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far predictions were off, of pairs of sets at about one age; None without a pair."""

    pairs: int
    half_width_s: float | None
    """The median of what was predicted, for 90 %."""
    median_s: float | None
    p90_s: float | None
    max_s: float | None
    covered: float | None
    """The share whose drift is within the half-width that was predicted: 0.9 is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRow:
    """What came of predictions at about one age of the elements."""

    age_days: float
    quiet: Drift
    """Where no manoeuvre shows between the sets."""
    all: Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The sets of one satellite, and where a manoeuvre shows between them."""

    norad_id: int
    name: str
    sets: int
    manoeuvres: list[datetime]
    """Each was before this epoch, and after that of the set before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What predictions from some histories were worth."""

    histories: list[History]
    ages: list[AgeRow]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Origin:
    """A set of a history, to predict from."""

    sets: Sequence[ElementSet]
    """All of the satellite, by epoch."""
    manoeuvres: Integers
    """How many lie before each of them."""
    row: int
    """Which one; those before it are what was known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tested(Columns):
    """Predictions and what came of them, columns of shape (n,)."""

    age: Integers
    """Which of ``AGES_DAYS``."""
    drift_s: Floats
    half_width_s: Floats
    is_quiet: Flags


_NOTHING = _Tested(
    age=np.empty(0, np.int64),
    drift_s=np.empty(0),
    half_width_s=np.empty(0),
    is_quiet=np.empty(0, np.bool_),
)


def backtest(histories: Mapping[int, Sequence[ElementSet]], *, follow: Follow = iter) -> Backtest:
    """Predict from each set with what was known then, and compare with a later set at its epoch.

    Whether a span was quiet is judged with hindsight, from the mean motions of all its sets.

    Args:
        histories: the sets of each satellite, by catalog number, in any order; of several with
            one epoch the last counts, and synthetic ones do not.
        follow: for whoever watches.
    """
    tested_histories: list[History] = []
    origins: list[Origin] = []
    for norad_id, history in histories.items():
        by_epoch = {each.epoch: each for each in history if not each.synthetic}
        if not by_epoch:
            continue
        sets = [by_epoch[epoch] for epoch in sorted(by_epoch)]
        manoeuvres = count_manoeuvres(sets)
        after = np.flatnonzero(np.diff(manoeuvres)) + 1
        tested_histories.append(
            History(
                norad_id=norad_id,
                name=sets[-1].name,
                sets=len(sets),
                manoeuvres=[sets[row].epoch for row in after.tolist()],
            )
        )
        rows = range(len(sets) - 1)
        origins += (Origin(sets=sets, manoeuvres=manoeuvres, row=row) for row in rows)
    tested = _Tested.join([_NOTHING, *map(_test, follow(origins))])
    return Backtest(
        histories=tested_histories, ages=[_row(age, tested) for age in range(len(AGES_DAYS))]
    )


def _test(origin: Origin) -> _Tested:
    sets, row = origin.sets, origin.row
    older = sets[row]
    later_days = np.array([older.age_days(each.epoch) for each in sets[row + 1 :]])
    distance = np.abs(np.log(later_days[:, None] / AGES_DAYS))
    age = np.flatnonzero(distance.min(axis=0) <= NEAR)
    newer = row + 1 + distance.argmin(axis=0)[age]
    drifts = measure_drifts([older] * len(age), [sets[k] for k in newer])
    known = sets[max(0, row + 1 - MAX_HISTORY_SETS) : row]
    uncertainty = estimate_uncertainty(older, known)
    tested = _Tested(
        age=age,
        drift_s=np.abs(drifts.along_track_s),
        half_width_s=uncertainty.half_width_s(drifts.age_days),
        is_quiet=origin.manoeuvres[newer] == origin.manoeuvres[row],
    )
    return tested.take(np.isfinite(tested.drift_s))


def _row(age: int, tested: _Tested) -> AgeRow:
    here = tested.take(tested.age == age)
    return AgeRow(
        age_days=AGES_DAYS[age],
        quiet=_drift(here.take(here.is_quiet)),
        all=_drift(here),
    )


def _drift(tested: _Tested) -> Drift:
    count = len(tested.age)
    if not count:
        return Drift(
            pairs=0, half_width_s=None, median_s=None, p90_s=None, max_s=None, covered=None
        )
    median_s, p90_s, max_s = np.quantile(tested.drift_s, [0.5, 0.9, 1.0]).tolist()
    covered = float(np.mean(tested.drift_s <= tested.half_width_s))
    return Drift(
        pairs=count,
        half_width_s=float(np.median(tested.half_width_s)),
        median_s=median_s,
        p90_s=p90_s,
        max_s=max_s,
        covered=covered,
    )
