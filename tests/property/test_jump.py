"""The jump check: honest sets are never held back, and no pair of sets breaks it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tle import ElementSet
from tle.motion.design import design_elements
from tle.motion.jump import judge_jumps
from tle.motion.propagation import to_satrec
from tle.motion.verdict import Verdict

_EPOCH = datetime(2026, 10, 9, tzinfo=UTC)
_HALF_AN_HOUR_DAYS = 0.5 / 24.0
_ANGLES_DEG = st.floats(0.0, 360.0)

_ANY_SETS = st.builds(
    ElementSet,
    norad_id=st.just(5),
    name=st.just(""),
    international_designator=st.just(""),
    classification=st.just("U"),
    epoch=st.floats(0.0, 40.0).map(lambda days: _EPOCH + timedelta(days=days)),
    mean_motion_rev_per_day=st.floats(1e-6, 18.0),
    eccentricity=st.floats(0.0, 0.999_999_9),
    inclination_deg=st.floats(0.0, 180.0),
    raan_deg=_ANGLES_DEG,
    argument_of_perigee_deg=_ANGLES_DEG,
    mean_anomaly_deg=_ANGLES_DEG,
    mean_motion_dot_rev_per_day2=st.just(0.0),
    mean_motion_ddot_rev_per_day3=st.just(0.0),
    bstar_per_earth_radius=st.floats(-10.0, 10.0),
    element_set_no=st.just(1),
    revolution_at_epoch=st.just(1),
    ephemeris_type=st.just(0),
)


@given(older=_ANY_SETS, newer=_ANY_SETS)
@settings(max_examples=200)
def test_any_two_sets_are_judged(older, newer):
    """Whatever two sets say, they get a verdict, and a reason unless it is plausible."""
    older, newer = sorted((older, newer), key=lambda each: each.epoch)
    [judgement] = judge_jumps([(older, newer)])
    assert (judgement.verdict is Verdict.PLAUSIBLE) == (judgement.reason == "")
    assert judgement.age_days >= 0.0
    [itself] = judge_jumps([(newer, newer)])
    assert itself.verdict is not Verdict.MANOEUVRE


@given(
    orbit=st.fixed_dictionaries(
        {
            "altitude_km": st.one_of(st.floats(300.0, 1_500.0), st.floats(1_500.0, 36_000.0)),
            "inclination_deg": st.floats(0.01, 179.99),
        }
    ),
    drag=st.tuples(st.floats(0.0, 1e-3), st.floats(0.2, 4.0)),
    burn_m_s=st.floats(-50.0, 50.0),
    burn_days=st.tuples(st.floats(0.0, 10.0), st.floats(_HALF_AN_HOUR_DAYS, 10.0)),
)
@settings(max_examples=200)
def test_no_honest_set_is_held_back(later, orbit, drag, burn_m_s, burn_days):
    """Weather and one burn of up to 50 m/s, half an hour ago or more, are never absurd."""
    designed = design_elements(**orbit, name="X", norad_id=5, epoch=_EPOCH)
    bstar, weather = drag
    older = replace(designed, name="", synthetic=False, bstar_per_earth_radius=bstar)
    before_days, after_days = burn_days
    truth = later(replace(older, bstar_per_earth_radius=bstar * weather), before_days)
    motion = truth.mean_motion_rev_per_day
    speed_m_s = 7_905.37 * (motion / 17.043) ** (1 / 3)
    burnt = replace(truth, mean_motion_rev_per_day=motion * (1.0 - 3.0 * burn_m_s / speed_m_s))
    if to_satrec(burnt).sgp4_tsince(after_days * 1440.0)[0] == 0:  # not fallen
        [judgement] = judge_jumps([(older, later(burnt, after_days))])
        assert judgement.verdict is not Verdict.ABSURD, judgement.reason
