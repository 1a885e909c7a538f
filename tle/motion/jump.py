"""Is a newer element set believable after the one in force?

Each pair is compared at the newer epoch. What differs by more than the age of the older set
explains is reported as a manoeuvre. What no engine could have done since is absurd: the measure is
the least change of speed that makes the newer orbit of the older one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from tle.columns import Flags
from tle.elements import ElementSet
from tle.motion.jump_evidence import DRAG_DAYS, Evidence
from tle.motion.verdict import Verdict

_NOISE_BURN_M_PER_S = 0.066  # 0.0004 rev/day for the ISS: every reboost seen was above it
_MIN_PERIGEE_KM = -100.0  # real sets of what falls within the hour go down to -51
_SUDDEN_BURN_M_PER_S, _SUDDEN_MIN = 8.0, 15.0  # a set rests on observations of hours
_MAX_DRAG_S, _BSTAR_FACTOR = 500.0, 10.0  # an engine that lifts low orbits by 6 km a day
_FALLING_KM, _MAX_FALLING_BSTAR = 350.0, 0.1  # what falls, or is just launched, may change faster


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on a newer set, and the figures of ``tle.motion.drift.Drifts`` behind it."""

    verdict: Verdict
    reason: str
    """One sentence for the operator; empty when plausible."""
    age_days: float
    along_track_s: float
    """NaN where SGP4 cannot carry the older set so far; ``cross_track_km`` too."""
    cross_track_km: float
    mean_motion_change_rev_per_day: float


def judge_jumps(pairs: Sequence[tuple[ElementSet, ElementSet]]) -> list[Judgement]:
    """Judge newer element sets by those in force, pair by pair.

    Args:
        pairs: the set in force and the newer one, of one satellite each; the newer epoch is later,
            or the same. After a synthetic set, only what the newer one says by itself counts.
    """
    older, newer = ([pair[side] for pair in pairs] for side in (0, 1))
    evidence = Evidence(older, newer)
    is_bound = np.array([not each.synthetic for each in older], np.bool_)
    changes = _reasons(_changes(evidence), is_bound)
    absurdities = _reasons(_absurdities(evidence, changes), is_bound)
    impossibilities = _reasons(_impossibilities(evidence), np.ones_like(is_bound))
    return [
        _judgement(evidence, row, impossible + absurd, changed)
        for row, (impossible, absurd, changed) in enumerate(
            zip(impossibilities, absurdities, changes, strict=True)
        )
    ]


def _judgement(
    evidence: Evidence, row: int, absurdities: list[str], changes: list[str]
) -> Judgement:
    verdict = Verdict.PLAUSIBLE
    if absurdities:
        verdict = Verdict.ABSURD
    elif changes:
        verdict = Verdict.MANOEUVRE
    return Judgement(
        verdict=verdict,
        reason="; ".join(absurdities or changes),
        age_days=float(evidence.age_days[row]),
        along_track_s=float(evidence.along_track_s[row]),
        cross_track_km=float(evidence.cross_track_km[row]),
        mean_motion_change_rev_per_day=float(evidence.motion_change_rev_per_day[row]),
    )


# --- the rules: which pairs each one hits, and what it then says ---------------------------------

_Rule = tuple[Flags, Callable[[int], str]]


def _reasons(rules: Iterable[_Rule], where: Flags) -> list[list[str]]:
    """Return what the rules say of each pair, where they count."""
    reasons: list[list[str]] = [[] for _ in where]
    for hits, sentence in rules:
        for row in np.flatnonzero(hits & where).tolist():
            reasons[row].append(sentence(row))
    return reasons


def _impossibilities(e: Evidence) -> Iterator[_Rule]:
    """Yield what is no orbit, whatever came before."""
    yield e.cannot_start, lambda _: "SGP4 cannot start from the set"
    yield (
        e.perigee_km < _MIN_PERIGEE_KM,
        lambda row: f"its perigee would be at {e.perigee_km[row]:,.0f} km",
    )


def _absurdities(e: Evidence, changes: Sequence[Sequence[str]]) -> Iterator[_Rule]:
    """Yield what no satellite does."""
    yield (
        e.burn_m_s > e.possible_burn_m_s,
        lambda row: (
            f"it would have taken a burn of {e.burn_m_s[row]:,.0f} m/s or more within "
            f"{e.age_days[row]:.1f} days, where {e.possible_burn_m_s[row]:,.0f} m/s would be much: "
            + ", ".join(changes[row])
        ),
    )
    is_large = np.abs(e.speed_change_m_s) > _SUDDEN_BURN_M_PER_S
    yield (
        is_large & (np.abs(e.along_track_s) < _SUDDEN_MIN * e.late_s_per_min),
        lambda row: (
            f"the mean motion changed by {e.motion_change_rev_per_day[row]:+.4f} rev/day, as by a "
            f"burn of {abs(e.speed_change_m_s[row]):,.0f} m/s, and yet the satellite is where it "
            "would be without"
        ),
    )
    is_new = np.abs(e.bstar) > _BSTAR_FACTOR * np.abs(e.bstar_before)
    may_fall = (e.perigee_km < _FALLING_KM) & (np.abs(e.bstar) <= _MAX_FALLING_BSTAR)
    yield is_new & (np.abs(e.drag_change_s) > _MAX_DRAG_S) & ~may_fall, partial(_told_drag, e)


def _changes(e: Evidence) -> Iterator[_Rule]:
    """Yield what the age of the older set does not explain."""
    yield (
        np.abs(e.speed_change_m_s) > _NOISE_BURN_M_PER_S,
        lambda row: (
            f"the mean motion changed by {e.motion_change_rev_per_day[row]:+.4f} rev/day, "
            f"as by a burn of {abs(e.speed_change_m_s[row]):,.1f} m/s "
            + ("forwards" if e.speed_change_m_s[row] > 0.0 else "backwards")
        ),
    )
    yield (
        np.abs(e.along_track_s) > e.ordinary_s,
        lambda row: (
            f"the satellite is {abs(e.along_track_s[row]):,.0f} s "
            f"{'late' if e.along_track_s[row] > 0.0 else 'early'} after {e.age_days[row]:.1f} "
            f"days, where {e.ordinary_s[row]:,.0f} s would be ordinary"
        ),
    )
    yield (
        e.turned_deg > e.ordinary_turn_deg,
        lambda row: f"the orbit plane is {e.plane_deg[row]:.1f} degrees from where it was expected",
    )
    yield (
        e.eccentricity_change > e.ordinary_eccentricity,
        lambda row: f"the eccentricity changed by {e.eccentricity_change[row]:.4f}",
    )
    yield np.abs(e.drag_change_s) > e.ordinary_drag_s, partial(_told_drag, e)


def _told_drag(e: Evidence, row: int) -> str:
    return (
        f"the drag term went from {e.bstar_before[row]:.2g} to {e.bstar[row]:.2g}, which alone "
        f"moves the satellite by {abs(e.drag_change_s[row]):,.0f} s in {DRAG_DAYS:.0f} days"
    )
