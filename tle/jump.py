"""Is a newer element set believable after the one in force?

Each pair is compared at the newer epoch. What differs by more than the age of the older set
explains is told as a manoeuvre. What no engine could have done since is absurd: the measure is the
least change of speed that makes the newer orbit of the older one. Apart from ``tle``'s front door
because it imports sgp4 and numpy.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tle.design import is_synthetic
from tle.elements import ElementSet
from tle.jump_evidence import DRAG_DAYS, Evidence
from tle.propagation import to_satrec

_NOISE_BURN_M_PER_S = 0.066  # 0.0004 rev/day for the ISS: every reboost seen was above it
_MIN_PERIGEE_KM = -100.0  # real sets of what falls within the hour go down to -51
_SUDDEN_BURN_M_PER_S, _SUDDEN_MIN = 8.0, 15.0  # a set rests on observations of hours
_MAX_BSTAR, _BSTAR_FACTOR, _MAX_DRAG_S = 0.1, 10.0, 60.0


class Verdict(StrEnum):
    """What the comparison of two sets comes to."""

    PLAUSIBLE = "plausible"
    MANOEUVRE = "manoeuvre"  # more has changed than age explains; the set comes into force
    ABSURD = "absurd"  # no satellite does this; the set is kept back until a person accepts it


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on a newer set, and the figures of ``tle.drift.Drifts`` behind it."""

    verdict: Verdict
    reason: str
    """One sentence for the operator; empty when plausible."""
    age_days: float
    along_track_s: float
    """NaN where SGP4 cannot carry the older set so far; ``cross_track_km`` too."""
    cross_track_km: float
    mean_motion_change_rev_per_day: float


class _Row(NamedTuple):
    """One pair; the fields are columns of ``Evidence``."""

    age_days: float
    along_track_s: float
    ordinary_s: float
    cross_track_km: float
    motion_change_rev_per_day: float
    speed_change_m_s: float
    plane_deg: float
    turned_deg: float
    ordinary_turn_deg: float
    eccentricity_change: float
    ordinary_eccentricity: float
    drag_change_s: float
    ordinary_drag_s: float
    bstar: float
    bstar_before: float
    late_s_per_min: float
    burn_m_s: float
    possible_burn_m_s: float
    perigee_km: float


def judge_jumps(pairs: Sequence[tuple[ElementSet, ElementSet]]) -> list[Judgement]:
    """Judge newer element sets by those in force, pair by pair.

    Args:
        pairs: the set in force and the newer one, of one satellite each; the newer epoch is later,
            or the same. After a synthetic set, whatever comes is plausible.
    """
    older, newer = ([pair[side] for pair in pairs] for side in (0, 1))
    evidence = Evidence(older, newer)
    columns = (getattr(evidence, name).tolist() for name in _Row._fields)
    rows = map(_Row._make, zip(*columns, strict=True))
    return [_judge(row, *pair) for row, pair in zip(rows, pairs, strict=True)]


def _judge(row: _Row, old: ElementSet, new: ElementSet) -> Judgement:
    reasons: list[str] = []
    verdict = Verdict.PLAUSIBLE
    if not is_synthetic(old):
        if reasons := list(_absurdities(row, new)):
            verdict = Verdict.ABSURD
        elif reasons := list(_changes(row)):
            verdict = Verdict.MANOEUVRE
    return Judgement(
        verdict=verdict,
        reason="; ".join(reasons),
        age_days=row.age_days,
        along_track_s=row.along_track_s,
        cross_track_km=row.cross_track_km,
        mean_motion_change_rev_per_day=row.motion_change_rev_per_day,
    )


def _absurdities(row: _Row, new: ElementSet) -> Iterator[str]:
    """Yield what no satellite does."""
    if math.isnan(row.along_track_s) and to_satrec(new).sgp4_tsince(0.0)[0] != 0:
        yield "SGP4 cannot start from the set"
    if row.perigee_km < _MIN_PERIGEE_KM:
        yield f"its perigee would be at {row.perigee_km:,.0f} km"
    if row.burn_m_s > row.possible_burn_m_s:
        yield (
            f"it would have taken a burn of {row.burn_m_s:,.0f} m/s or more within "
            f"{row.age_days:.1f} days, where {row.possible_burn_m_s:,.0f} m/s would be much: "
            + ", ".join(_changes(row))
        )
    if (
        abs(row.speed_change_m_s) > _SUDDEN_BURN_M_PER_S
        and abs(row.along_track_s) < _SUDDEN_MIN * row.late_s_per_min
    ):
        yield (
            f"the mean motion changed by {row.motion_change_rev_per_day:+.4f} rev/day, as by a "
            f"burn of {abs(row.speed_change_m_s):,.0f} m/s, and yet the satellite is where it "
            "would be without"
        )
    if (
        abs(row.bstar) > max(_MAX_BSTAR, _BSTAR_FACTOR * abs(row.bstar_before))
        and abs(row.drag_change_s) > _MAX_DRAG_S
    ):
        yield _told_drag(row)


def _changes(row: _Row) -> Iterator[str]:
    """Yield what the age of the older set does not explain."""
    if abs(row.speed_change_m_s) > _NOISE_BURN_M_PER_S:
        way = "forwards" if row.speed_change_m_s > 0.0 else "backwards"
        yield (
            f"the mean motion changed by {row.motion_change_rev_per_day:+.4f} rev/day, "
            f"as by a burn of {abs(row.speed_change_m_s):,.1f} m/s {way}"
        )
    if abs(row.along_track_s) > row.ordinary_s:
        late = "late" if row.along_track_s > 0.0 else "early"
        yield (
            f"the satellite is {abs(row.along_track_s):,.0f} s {late} after {row.age_days:.1f} "
            f"days, where {row.ordinary_s:,.0f} s would be ordinary"
        )
    if row.turned_deg > row.ordinary_turn_deg:
        yield f"the orbit plane is {row.plane_deg:.1f} degrees from where it was expected"
    if row.eccentricity_change > row.ordinary_eccentricity:
        yield f"the eccentricity changed by {row.eccentricity_change:.4f}"
    if abs(row.drag_change_s) > row.ordinary_drag_s:
        yield _told_drag(row)


def _told_drag(row: _Row) -> str:
    return (
        f"the drag term went from {row.bstar_before:.2g} to {row.bstar:.2g}, which alone moves the "
        f"satellite by {abs(row.drag_change_s):,.0f} s in {DRAG_DAYS:.0f} days"
    )
