import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tle import parse_elements
from tle.exporting import export_elements
from tle.motion.design import design_elements
from tle.motion.jump import judge_jumps
from tle.motion.jump_evidence import Orbits
from tle.motion.propagation import to_satrec
from tle.motion.verdict import Verdict

_PLAUSIBLE, _MANOEUVRE, _ABSURD = Verdict.PLAUSIBLE, Verdict.MANOEUVRE, Verdict.ABSURD


@pytest.fixture
def orbit(iss):
    """Make a circular orbit that is not synthetic."""

    def make(altitude_km, inclination_deg, **changes):
        element_set = design_elements(
            altitude_km=altitude_km,
            inclination_deg=inclination_deg,
            name="X",
            norad_id=50_000,
            epoch=iss.epoch,
        )
        return replace(element_set, name="X", synthetic=False, **changes)

    return make


def _judge(older, newer):
    [judgement] = judge_jumps([(older, newer)])
    assert bool(judgement.reason) == (judgement.verdict is not _PLAUSIBLE)
    return judgement


def _burnt(element_set, burn_m_s):
    """The orbit after a burn forwards, at this place."""
    motion = element_set.mean_motion_rev_per_day
    speed_m_s = 1e3 * float(Orbits([element_set]).speed_km_s[0])
    return replace(element_set, mean_motion_rev_per_day=motion * (1 - 3 * burn_m_s / speed_m_s))


# --- quiet ---


@pytest.mark.parametrize("days", [0.0, 0.1, 1.0, 3.0, 14.0, 60.0])
def test_what_was_predicted_is_plausible(iss, later, days):
    """A set that says what the older one predicted is taken in silence, however old that is."""
    assert _judge(iss, later(iss, days)).verdict is _PLAUSIBLE


@pytest.mark.parametrize(
    ("days", "late_s"), [(0.5, 1.1), (1, 1.1), (3, 6.4), (5, 18), (7, 29), (10, 53), (14, 91)]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_quiet_drift_is_plausible(iss, later, days, late_s, sign):
    """The largest drifts seen of the ISS without a reboost explain themselves by the age."""
    newer = later(iss, days)
    moved_deg = sign * late_s / newer.period_s * 360.0
    anomaly_deg = (newer.mean_anomaly_deg - moved_deg) % 360.0
    judgement = _judge(iss, replace(newer, mean_anomaly_deg=anomaly_deg))
    assert judgement.along_track_s == pytest.approx(sign * late_s, rel=0.02, abs=0.02)
    assert judgement.verdict is _PLAUSIBLE


@pytest.mark.parametrize(("days", "late_s"), [(0.5, 3.0), (1, 4.0), (3, 20.0), (7, 100.0)])
def test_more_than_quiet_drift_is_told(iss, later, days, late_s):
    """Twice the largest quiet drift is told, even if the mean motion is as before."""
    newer = later(iss, days)
    anomaly_deg = (newer.mean_anomaly_deg - late_s / newer.period_s * 360.0) % 360.0
    judgement = _judge(iss, replace(newer, mean_anomaly_deg=anomaly_deg))
    assert judgement.verdict is _MANOEUVRE
    assert f"{late_s:.0f} s late" in judgement.reason


@pytest.mark.parametrize(("days", "late_s"), [(3, 0.5), (7, 4.0), (14, 20.0)])
def test_quiet_drift_without_air(orbit, later, days, late_s):
    """Sets without a drag term may drift by several times what quiet satellites at 800 km do."""
    older = orbit(800.0, 98.6, bstar_per_earth_radius=0.0)
    newer = later(older, days)
    anomaly_deg = (newer.mean_anomaly_deg - late_s / newer.period_s * 360.0) % 360.0
    assert _judge(older, replace(newer, mean_anomaly_deg=anomaly_deg)).verdict is _PLAUSIBLE


@pytest.mark.parametrize("days", [0.5, 3.0, 10.0])
@pytest.mark.parametrize("factor", [0.3, 2.0, 4.0])
def test_weather_is_plausible(iss, later, days, factor):
    """Drag that ceases, doubles or quadruples as in a storm is not a manoeuvre."""
    bstar = iss.bstar_per_earth_radius * factor
    newer = later(replace(iss, bstar_per_earth_radius=bstar), days)
    assert _judge(iss, newer).verdict is _PLAUSIBLE


@pytest.mark.parametrize("altitude_km", [180.0, 200.0, 250.0])
@pytest.mark.parametrize("factor", [0.5, 2.0, 4.0])
def test_falling_is_plausible(orbit, later, altitude_km, factor):
    """A satellite that is about to fall may do so much faster than was predicted."""
    older = orbit(altitude_km, 65.0, bstar_per_earth_radius=1e-4)
    newer = later(replace(older, bstar_per_earth_radius=factor * 1e-4), 2.0)
    assert _judge(older, newer).verdict is _PLAUSIBLE


def test_station_keeping_is_plausible(orbit, later):
    """Burns of centimetres a second that hold a height of 800 km are not worth a word."""
    older = orbit(800.0, 98.6, bstar_per_earth_radius=1e-5)
    for burn_m_s in (0.01, 0.03, -0.03):
        newer = later(_burnt(later(older, 0.5), burn_m_s), 0.5)
        assert _judge(older, newer).verdict is _PLAUSIBLE


# --- manoeuvres ---


@pytest.mark.parametrize("burn_m_s", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize(("before_days", "after_days"), [(0.1, 0.1), (0.1, 0.9), (2, 1), (3, 4)])
def test_reboosts_are_told(iss, later, burn_m_s, before_days, after_days):
    """A reboost is a manoeuvre at any age, and the reason says how large it was."""
    newer = later(_burnt(later(iss, before_days), burn_m_s), after_days)
    judgement = _judge(iss, newer)
    assert judgement.verdict is _MANOEUVRE
    assert judgement.mean_motion_change_rev_per_day < -0.0004
    assert "m/s forwards" in judgement.reason


@pytest.mark.parametrize(
    ("drop_rev_per_day", "verdict"), [(0.0003, _PLAUSIBLE), (0.0005, _MANOEUVRE)]
)
def test_least_reboost(iss, later, drop_rev_per_day, verdict):
    """The least drop of mean motion that is told lies at 0.0004 rev/day for the ISS."""
    newer = later(iss, 0.1)
    motion = newer.mean_motion_rev_per_day - drop_rev_per_day
    assert _judge(iss, replace(newer, mean_motion_rev_per_day=motion)).verdict is verdict


@pytest.mark.parametrize("thrust_m_s_per_day", [0.5, 3.0, 10.0])
@pytest.mark.parametrize("days", [0.3, 2.0, 7.0, 20.0])
def test_electric_thrust_is_told(orbit, later, thrust_m_s_per_day, days):
    """A satellite under steady thrust, with the drag term that goes with it, is never absurd."""
    older = orbit(540.0, 53.0, bstar_per_earth_radius=3e-4)
    newer, steps = older, 20
    for _ in range(steps):
        newer = _burnt(later(newer, days / steps), thrust_m_s_per_day * days / steps)
    newer = replace(newer, bstar_per_earth_radius=-3e-3)
    assert _judge(older, newer).verdict is _MANOEUVRE


@pytest.mark.parametrize(
    ("burn_m_s", "before_days", "after_days"),
    [(60.0, 0.1, 0.9), (-90.0, 0.2, 1.0), (-90.0, 0.1, 1.814), (-90.0, 0.2, 0.02)],
    ids=["a third of a turn late", "half a turn early", "just once around", "half an hour ago"],
)
def test_large_burns_are_told(orbit, later, burn_m_s, before_days, after_days):
    """After a large burn the satellite is wherever that led to, which may be anywhere."""
    older = orbit(400.0, 51.6)
    newer = later(_burnt(later(older, before_days), burn_m_s), after_days)
    assert _judge(older, newer).verdict is _MANOEUVRE


@pytest.mark.parametrize(("burn_m_s", "verdict"), [(0.05, _PLAUSIBLE), (0.2, _MANOEUVRE)])
def test_geostationary_east_west(orbit, later, burn_m_s, verdict):
    """A geostationary satellite is held to the same speeds as a low one."""
    older = orbit(35_786.0, 0.05)
    newer = later(_burnt(later(older, 0.5), burn_m_s), 0.5)
    assert _judge(older, newer).verdict is verdict


def test_transfers_are_told(orbit, later):
    """From a transfer orbit to the geostationary one, plane and all, is a manoeuvre."""
    shape = {"eccentricity": 0.73, "mean_motion_rev_per_day": 2.27}
    older = orbit(35_786.0, 48.0, **shape)
    assert _judge(older, later(orbit(35_786.0, 0.05), 2.0)).verdict is _MANOEUVRE
    just_now = later(older, 0.5, mean_motion_rev_per_day=2.0)
    assert _judge(older, just_now).verdict is _MANOEUVRE
    half = later(orbit(35_786.0, 30.0, eccentricity=0.4, mean_motion_rev_per_day=1.4), 1.0)
    assert _judge(older, half).verdict is _MANOEUVRE


@pytest.mark.parametrize(
    ("bstar", "verdict"),
    [
        (5e-4, _PLAUSIBLE),  # four times as before
        (2e-3, _MANOEUVRE),
        (-1e-4, _PLAUSIBLE),  # 3 s in 3 days
        (-6e-4, _MANOEUVRE),
        (-0.002_55, _MANOEUVRE),
        (0.015, _MANOEUVRE),
        (-0.015, _MANOEUVRE),
        (0.02, _ABSURD),
        (-0.02, _ABSURD),
        (-0.0999, _ABSURD),
        (-0.255, _ABSURD),
    ],
)
def test_drag_terms(iss, later, bstar, verdict):
    """Weather is no news, a jump of the drag term is told, and one beyond any engine is absurd."""
    judgement = _judge(iss, later(iss, 0.4, bstar_per_earth_radius=bstar))
    assert judgement.verdict is verdict
    assert ("drag term" in judgement.reason) == (verdict is not _PLAUSIBLE)


@pytest.mark.parametrize("altitude_km", [350.0, 400.0, 450.0, 550.0])
@pytest.mark.parametrize("bstar", [-5e-3, -2e-3, 5e-3])
@pytest.mark.parametrize("before", [0.0, 2e-4, -1e-4])
def test_drag_terms_under_thrust(orbit, later, altitude_km, bstar, before):
    """The drag terms that electric thrust is given are told, even where nothing else shows it."""
    older = orbit(altitude_km, 53.0, bstar_per_earth_radius=before)
    assert _judge(older, later(older, 0.4, bstar_per_earth_radius=bstar)).verdict is _MANOEUVRE


@pytest.mark.parametrize("altitude_km", [180.0, 220.0, 300.0])
@pytest.mark.parametrize(
    ("bstar", "verdict"), [(1e-2, _MANOEUVRE), (-1e-2, _MANOEUVRE), (0.12, _ABSURD)]
)
def test_drag_terms_of_what_falls(orbit, later, altitude_km, bstar, verdict):
    """Near its end, or fresh from its launch, a satellite's drag term may be anything up to 0.1."""
    older = orbit(altitude_km, 65.0, bstar_per_earth_radius=1e-4)
    assert _judge(older, later(older, 0.1, bstar_per_earth_radius=bstar)).verdict is verdict


def test_balloons_have_large_drag_terms(orbit, later):
    """A drag term beyond all bounds is nobody's concern if it was so before, or moves nothing."""
    foil = orbit(700.0, 87.0, bstar_per_earth_radius=0.15)
    assert _judge(foil, later(foil, 0.5, bstar_per_earth_radius=0.45)).verdict is _PLAUSIBLE
    high = orbit(20_200.0, 55.0)
    assert _judge(high, later(high, 1.0, bstar_per_earth_radius=0.2)).verdict is _PLAUSIBLE


# --- absurdities ---


def test_node_of_another_orbit(iss, later):
    """The known bad set of the ISS, its node 137 degrees off, is absurd; the reason says why."""
    newer = later(iss, 0.4, raan_deg=(iss.raan_deg + 137.0) % 360.0)
    judgement = _judge(iss, newer)
    assert judgement.verdict is _ABSURD
    assert "the orbit plane is 94." in judgement.reason


@pytest.mark.parametrize(
    ("turn_deg", "verdict"),
    [(0.05, _PLAUSIBLE), (0.2, _MANOEUVRE), (0.7, _MANOEUVRE), (1, _ABSURD)],
)
def test_turned_planes(iss, later, turn_deg, verdict):
    """A low orbit's plane may turn by less than a degree in half a day."""
    newer = later(iss, 0.5, inclination_deg=iss.inclination_deg + turn_deg)
    judgement = _judge(iss, newer)
    assert judgement.verdict is verdict
    assert judgement.cross_track_km == pytest.approx(6_800 * math.radians(turn_deg), rel=0.01)


def test_other_satellites_under_the_number(iss, css, orbit, later):
    """Another satellite's set under this number is absurd, whatever the two are."""
    tess = orbit(35_786.0, 37.0, eccentricity=0.55, mean_motion_rev_per_day=0.0731)
    noaa = orbit(825.0, 98.7, bstar_per_earth_radius=5e-5)
    station = later(css, 4.0, norad_id=iss.norad_id)
    for older, newer in ((tess, later(noaa, 0.5)), (noaa, later(tess, 0.5)), (iss, station)):
        assert _judge(older, newer).verdict is _ABSURD


@pytest.mark.parametrize(
    ("days", "moved_deg", "verdict"),
    [(0.1, 20, _MANOEUVRE), (0.1, 60, _ABSURD), (1, 100, _MANOEUVRE), (1, 179, _ABSURD),
     (7, 179, _MANOEUVRE)],
)  # fmt: skip
def test_places_that_no_burn_leads_to(iss, later, days, moved_deg, verdict):
    """In the same orbit but elsewhere on it is absurd only while the older set is fresh."""
    newer = later(iss, days)
    anomaly_deg = (newer.mean_anomaly_deg + moved_deg) % 360.0
    assert _judge(iss, replace(newer, mean_anomaly_deg=anomaly_deg)).verdict is verdict


@pytest.mark.parametrize(
    ("change_rev_per_day", "verdict"),
    [(-0.01, _MANOEUVRE), (0.04, _MANOEUVRE), (0.07, _ABSURD), (-0.1, _ABSURD), (1, _ABSURD)],
)
def test_speeds_without_their_place(iss, later, change_rev_per_day, verdict):
    """Another mean motion at just the place that the old one leads to is a digit, not a burn."""
    newer = later(iss, 0.5)
    motion = newer.mean_motion_rev_per_day + change_rev_per_day
    assert _judge(iss, replace(newer, mean_motion_rev_per_day=motion)).verdict is verdict


@pytest.mark.parametrize(("minutes", "verdict"), [(13.0, _ABSURD), (18.0, _MANOEUVRE)])
def test_burns_of_just_now(orbit, later, minutes, verdict):
    """A large burn must be a quarter of an hour ago to be in a set, and need be no longer."""
    older = orbit(400.0, 51.6)
    newer = later(_burnt(later(older, 0.5), 40.0), minutes / 1440.0)
    assert _judge(older, newer).verdict is verdict


@pytest.mark.parametrize(
    ("change", "days", "is_told"),
    [(9e-4, 0.1, False), (1.1e-3, 0.1, True), (2.8e-3, 10.0, False), (3.2e-3, 10.0, True)],
)
def test_shapes_change_with_time(iss, later, change, days, is_told):
    """The eccentricity may change by a thousandth, and by a fifth of that more each day."""
    newer = later(iss, days, eccentricity=iss.eccentricity + change)
    assert ("the eccentricity changed" in _judge(iss, newer).reason) == is_told


@pytest.mark.parametrize(
    ("eccentricity", "verdict"), [(0.001, _PLAUSIBLE), (0.01, _MANOEUVRE), (0.04, _ABSURD)]
)
def test_shapes(iss, later, eccentricity, verdict):
    """The eccentricity is held to what a burn can do."""
    assert _judge(iss, later(iss, 0.5, eccentricity=eccentricity)).verdict is verdict


def test_orbits_through_the_earth(iss, later):
    """A perigee inside the Earth is absurd, and the reason says so."""
    judgement = _judge(iss, later(iss, 0.5, eccentricity=0.2))
    assert judgement.verdict is _ABSURD
    assert "its perigee would be at -" in judgement.reason


def test_sets_that_sgp4_cannot_start_from(orbit, later):
    """A set whose satellite is inside the Earth at the epoch is absurd, whatever came before."""
    shape = {"eccentricity": 0.0695, "mean_motion_rev_per_day": 15.5}
    older = orbit(400.0, 51.6, mean_anomaly_deg=180.0, bstar_per_earth_radius=0.0, **shape)
    judgement = _judge(older, later(older, 0.5 / 15.5))
    assert judgement.verdict is _ABSURD
    assert judgement.reason == "SGP4 cannot start from the set"


@pytest.mark.parametrize(("days", "unnoticed_s"), [(0.4, 2.5), (3.0, 10.0)])
def test_wrong_digits(iss, later, days, unnoticed_s):
    """No wrong digit of a TLE, its checksum repaired, goes unnoticed and moves the ISS by much."""
    true, forged = _forgeries(later(iss, days))
    newer = [each for each in forged if iss.epoch <= each.epoch < true.epoch + timedelta(days=1)]
    judgements = judge_jumps([(iss, each) for each in newer])
    silent = [
        each
        for each, judgement in zip(newer, judgements, strict=True)
        if judgement.verdict is _PLAUSIBLE
    ]
    assert len(silent) > 200
    assert max(_moved_km(true, each) for each in silent) < 7.7 * unnoticed_s
    assert sum(judgement.verdict is _ABSURD for judgement in judgements) > 60


def _forgeries(element_set):
    """The set as a TLE says it, and with each digit of each element replaced by each other."""
    name, *lines = "".join(export_elements([element_set], "tle")).splitlines()
    texts = []
    for row, columns in ((0, range(20, 32)), (0, range(53, 61)), (1, range(8, 63))):
        for column in columns:
            if not lines[row][column].isdigit():
                continue
            for digit in set("0123456789") - {lines[row][column]}:
                line = lines[row][:column] + digit + lines[row][column + 1 : 68]
                line += str(sum(int(c) if c.isdigit() else c == "-" for c in line) % 10)
                texts.append("\n".join((name, *lines[:row], line, *lines[row + 1 :])))
    (true,), forged = (
        parse_elements("\n".join((name, *lines))).sets,
        parse_elements("\n".join(texts)),
    )
    return true.element_set, [each.element_set for each in forged.sets]


def _moved_km(true, forged):
    """How far two sets disagree at most in the day after the later epoch."""
    satrecs = [to_satrec(each) for each in (true, forged)]
    start = max(each.jdsatepoch + each.jdsatepochF for each in satrecs)
    days = np.linspace(0.0, 1.0, 100)
    (errors, a_km, _), (more, b_km, _) = (
        each.sgp4_array(np.full_like(days, start), days) for each in satrecs
    )
    assert not errors.any()
    assert not more.any()
    return np.linalg.norm(a_km - b_km, axis=1).max()


# --- the edges ---


def test_old_sets_that_cannot_be_propagated(iss, later):
    """Where SGP4 cannot carry the older set so far, only the elements count."""
    fallen = replace(iss, bstar_per_earth_radius=0.05)
    assert to_satrec(fallen).sgp4_tsince(20 * 1440.0)[0] != 0
    newer = later(iss, 20.0)
    judgement = _judge(fallen, newer)
    assert math.isnan(judgement.along_track_s)
    assert judgement.verdict is _PLAUSIBLE
    turned = replace(newer, raan_deg=(newer.raan_deg + 137.0) % 360.0)
    assert _judge(fallen, turned).verdict is _ABSURD


def test_corrections_of_the_same_epoch(iss):
    """A set of the same epoch is compared as it is."""
    moved = {degrees: iss.mean_anomaly_deg + degrees for degrees in (0.01, 3.0, 40.0)}
    verdicts = [_judge(iss, replace(iss, mean_anomaly_deg=deg)).verdict for deg in moved.values()]
    assert verdicts == [_PLAUSIBLE, _MANOEUVRE, _ABSURD]


def test_synthetic_sets_bind_nobody(iss, later):
    """After a synthetic set any orbit is plausible: the next design, or the real satellite."""
    designed = replace(iss, synthetic=True, raan_deg=0.0)
    assert _judge(designed, later(iss, 0.5)).verdict is _PLAUSIBLE


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"eccentricity": 0.9}, "SGP4 cannot start from the set; its perigee would be at -"),
        ({"eccentricity": 0.09, "mean_anomaly_deg": 180.0}, "its perigee would be at -"),
    ],
)
def test_what_is_no_orbit_is_absurd_after_synthetic_sets(iss, later, changes, told):
    """What a set says by itself counts even where there is nothing to compare it with."""
    designed = replace(iss, synthetic=True)
    judgement = _judge(designed, later(iss, 0.5, **changes))
    assert judgement.verdict is _ABSURD
    assert judgement.reason.startswith(told)
    assert "burn" not in judgement.reason


def test_pairs_are_judged_alone(iss, css, later):
    """The judgement of a pair does not depend on its company."""
    pairs = [
        (iss, later(iss, 1.0)),
        (css, later(css, 2.0, raan_deg=100.0)),
        (iss, later(_burnt(later(iss, 0.5), 1.0), 0.5)),
    ]
    together = judge_jumps(pairs)
    assert [each.verdict for each in together] == [_PLAUSIBLE, _ABSURD, _MANOEUVRE]
    assert together == [_judge(*pair) for pair in pairs]
    assert judge_jumps([]) == []


def test_drag_is_that_of_sgp4(iss, css, orbit):
    """The closed formula for drag agrees with what SGP4 does to the mean motion in a tenth day."""
    low, eccentric = orbit(250.0, 65.0), orbit(550.0, 97.0, eccentricity=0.03)
    sets = [replace(each, bstar_per_earth_radius=2e-4) for each in (iss, css, low, eccentric)]
    for element_set, air_per_day in zip(sets, Orbits(sets).air_per_day, strict=True):
        satrec = to_satrec(element_set)
        motions = []
        for span in (timedelta(0), timedelta(days=0.1)):
            satrec.sgp4_tsince(span / timedelta(minutes=1))
            motions.append(satrec.nm)
        rate_per_day = (motions[1] / motions[0] - 1.0) / 0.1
        assert air_per_day * 2e-4 == pytest.approx(rate_per_day, rel=0.1)
