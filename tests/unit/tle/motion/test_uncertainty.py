from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tle.motion.drift import measure_drifts
from tle.motion.orbit_classes import orbit_class
from tle.motion.uncertainty import (
    HISTORY_DAYS,
    MAX_HISTORY_SETS,
    count_manoeuvres,
    estimate_uncertainty,
)

AGES_DAYS = np.geomspace(0.01, 366.0, 300)


def _history(later, element_set, lates_s, *, every_days=1.0):
    """Return sets a day apart; each has the satellite later than truth by so many seconds."""
    for number, late_s in enumerate(lates_s):
        truth = later(element_set, number * every_days) if number else element_set
        behind_deg = 360.0 * late_s / element_set.period_s
        yield replace(truth, mean_anomaly_deg=(truth.mean_anomaly_deg - behind_deg) % 360.0)


@pytest.fixture
def noisy(later, iss):
    """Make a history whose sets are off at random, with the deviation that is asked for."""

    def make(deviation_s, count=20, every_days=1.0):
        lates_s = np.random.default_rng(4).normal(0.0, deviation_s, count).tolist()
        return list(_history(later, iss, lates_s, every_days=every_days))

    return make


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"mean_motion_rev_per_day": 16.1}, "decaying"),
        ({}, "station"),
        ({"mean_motion_rev_per_day": 15.05}, "low"),
        ({"mean_motion_rev_per_day": 14.2}, "quiet"),
        ({"mean_motion_rev_per_day": 15.05, "eccentricity": 0.05}, "decaying"),
        ({"mean_motion_rev_per_day": 12.8}, "upper"),
        ({"mean_motion_rev_per_day": 2.0057}, "medium"),
        ({"mean_motion_rev_per_day": 1.0027}, "geosynchronous"),
        ({"mean_motion_rev_per_day": 2.006, "eccentricity": 0.72}, "elongated"),
    ],
)
def test_classes_of_orbits(iss, changes, name):
    """An orbit's class follows from its height, its perigee and its shape."""
    assert orbit_class(replace(iss, **changes)).name == name


def test_it_grows_with_age_to_either_side_of_the_epoch(iss, noisy):
    """The half-width never falls with age, is the same before the epoch, and is never zero."""
    for history in ((), noisy(2.0), noisy(0.0)):
        half_width_s = estimate_uncertainty(iss, history).half_width_s
        assert np.all(np.diff(half_width_s(AGES_DAYS)) >= 0.0)
        assert np.array_equal(half_width_s(-AGES_DAYS), half_width_s(AGES_DAYS))
        assert half_width_s(0.0) > 0.0
        assert np.isfinite(half_width_s(AGES_DAYS)).all()


def test_the_default_of_a_station_is_what_was_measured(iss):
    """For the ISS without a history it is near the nine-in-ten drifts that were measured."""
    measured_s = {1.0: 0.3, 3.0: 1.8, 5.0: 5.4, 7.0: 12.0, 10.0: 25.0, 14.0: 49.0}
    half_width_s = estimate_uncertainty(iss).half_width_s(list(measured_s))
    assert np.all(np.abs(np.log(half_width_s / list(measured_s.values()))) < np.log(1.5))


def test_more_drag_is_more_uncertain(iss):
    """The default follows the drag of the set, and does not vanish with it."""
    at_a_week = [
        float(estimate_uncertainty(replace(iss, bstar_per_earth_radius=bstar)).half_width_s(7.0))
        for bstar in (0.0, iss.bstar_per_earth_radius, 5.0 * iss.bstar_per_earth_radius)
    ]
    assert at_a_week[0] > 1.0
    assert at_a_week[1] > 1.5 * at_a_week[0]
    assert at_a_week[2] == pytest.approx(5.0 * at_a_week[1], rel=0.2)


@pytest.mark.parametrize("bstar", [3e-3, 5e-3, 1e-2, 5e-2])
def test_what_falls_within_a_day_is_most_uncertain(iss, later, bstar):
    """Where SGP4 fails within the day, the default holds what a fifth of it does."""
    falling = replace(
        iss, mean_motion_rev_per_day=16.3, eccentricity=0.0005, bstar_per_earth_radius=bstar
    )
    days = 0.4 * 5e-3 / bstar
    half_width_s = estimate_uncertainty(falling).half_width_s(days)
    for factor in (0.8, 1.2):
        truth = later(replace(falling, bstar_per_earth_radius=factor * bstar), days)
        [off_s] = np.abs(measure_drifts([falling], [truth]).along_track_s)
        assert 0.05 * half_width_s < off_s < half_width_s


def test_more_drag_is_never_less_uncertain(iss):
    """From the least drag to what no orbit survives, the default only grows."""
    low = replace(iss, mean_motion_rev_per_day=16.3, eccentricity=0.0005)
    sets = [replace(low, bstar_per_earth_radius=bstar) for bstar in np.geomspace(1e-4, 0.9, 60)]
    half_widths_s = [float(estimate_uncertainty(each).half_width_s(0.5)) for each in sets]
    assert np.all(np.diff(half_widths_s) > 0.0)


def test_of_synthetic_sets_nobody_can_say(iss, noisy):
    """A synthetic set has no uncertainty, whatever its history."""
    synthetic = replace(iss, synthetic=True, epoch=iss.epoch + timedelta(days=30))
    for history in ((), noisy(1.0)):
        assert np.isnan(estimate_uncertainty(synthetic, history).half_width_s(AGES_DAYS)).all()


def test_synthetic_sets_are_no_history(noisy):
    """Synthetic sets among the real ones, or too few real ones beside them, change nothing."""
    history = noisy(2.0, count=5)
    synthetic = [
        replace(each, synthetic=True, epoch=each.epoch - timedelta(hours=9), raan_deg=0.0)
        for each in history
    ]
    for real in (history, history[-2:]):
        expected = estimate_uncertainty(real[-1], real).half_widths_s
        found = estimate_uncertainty(real[-1], [*synthetic, *real]).half_widths_s
        assert np.array_equal(found, expected)


def test_two_sets_say_nothing_and_three_do(noisy):
    """The history counts from the third set on, the one predicted from included."""
    *_, before, last = history = noisy(5.0, count=3)
    alone = estimate_uncertainty(last)
    two = estimate_uncertainty(last, [before, last])
    assert np.array_equal(two.half_widths_s, alone.half_widths_s)
    three = estimate_uncertainty(last, history)
    assert three.half_width_s(1.0) > 2.0 * alone.half_width_s(1.0)


def test_its_own_history_outweighs_the_class(noisy):
    """With many sets the interval is as wide as the satellite's own drifts want it."""
    steady, shaky = noisy(0.01, count=50), noisy(4.0, count=50)
    default_s = float(estimate_uncertainty(steady[-1]).half_width_s(1.0))
    assert estimate_uncertainty(steady[-1], steady).half_width_s(1.0) < 0.5 * default_s
    at_a_day_s = float(estimate_uncertainty(shaky[-1], shaky).half_width_s(1.0))
    assert at_a_day_s == pytest.approx(1.645 * np.sqrt(2.0) * 4.0, rel=0.4)


def test_what_is_said_of_many_is_narrower_than_of_few(noisy):
    """Sets that agree with the class leave less doubt the more they are."""
    history = noisy(0.045, count=50)
    few, many = (
        float(estimate_uncertainty(history[-1], history[-count:]).half_width_s(1.0))
        for count in (3, 50)
    )
    assert many < few


def test_order_and_repetition_do_not_matter(noisy):
    """A history says the same however it is sorted, and however often it holds a set."""
    history = noisy(3.0, count=8)
    expected = estimate_uncertainty(history[-1], history)
    shuffled = estimate_uncertainty(history[-1], [*history[::-1], *history[:4]])
    assert np.array_equal(shuffled.half_widths_s, expected.half_widths_s)


def test_newer_sets_and_very_old_ones_are_left_out(iss, noisy):
    """Only what came before the set and not too long ago speaks of it, and not too many."""
    history = noisy(3.0, count=9)
    middle = history[4]
    expected = estimate_uncertainty(middle, history[:5])
    ancient = replace(iss, epoch=middle.epoch - timedelta(days=HISTORY_DAYS + 0.1))
    found = estimate_uncertainty(middle, [ancient, *history])
    assert np.array_equal(found.half_widths_s, expected.half_widths_s)
    dense = noisy(1.0, count=MAX_HISTORY_SETS + 20, every_days=0.3)
    expected = estimate_uncertainty(dense[-1], dense[-MAX_HISTORY_SETS:])
    found = estimate_uncertainty(dense[-1], dense)
    assert np.array_equal(found.half_widths_s, expected.half_widths_s)


def _reboosted(later, iss, count, at):
    before = list(_history(later, iss, [0.05 * (-1) ** k for k in range(count)]))
    raised = replace(before[at], mean_motion_rev_per_day=before[at].mean_motion_rev_per_day - 0.006)
    after = list(_history(later, raised, [0.05 * (-1) ** k for k in range(count - at)]))
    return before[:at], after


def test_a_reboost_is_seen_and_says_nothing_of_quiet_times(later, iss):
    """Spans with a reboost are left out, so that the interval after it is not blown up."""
    before, after = _reboosted(later, iss, 16, 8)
    history = [*before, *after]
    assert count_manoeuvres(history).tolist() == [0] * 8 + [1] * 8
    calm = estimate_uncertainty(after[-1], after).half_width_s(5.0)
    assert estimate_uncertainty(after[-1], history).half_width_s(5.0) < 1.3 * calm


def test_small_manoeuvres_of_quiet_orbits_are_seen(later, iss):
    """Where mean motion hardly changes otherwise, a hundredth of a reboost stands out."""
    quiet = replace(iss, mean_motion_rev_per_day=14.2, bstar_per_earth_radius=1e-4)
    history = list(_history(later, quiet, [0.0] * 6))
    kept = replace(history[-1], mean_motion_rev_per_day=history[-1].mean_motion_rev_per_day + 6e-5)
    assert count_manoeuvres([*history[:-1], kept]).tolist() == [0, 0, 0, 0, 0, 1]
    assert count_manoeuvres(history).tolist() == [0] * 6


def test_weather_is_no_manoeuvre(later, iss):
    """Drag that doubles or halves within a day changes mean motion, and is not taken for a burn."""
    dragged = replace(iss, bstar_per_earth_radius=8e-4)
    history = list(_history(later, dragged, [0.0] * 6))
    ndot = history[1].mean_motion_rev_per_day - history[0].mean_motion_rev_per_day
    assert ndot > 5e-4
    changed = [
        replace(each, mean_motion_rev_per_day=each.mean_motion_rev_per_day + sign * ndot * 0.7)
        for each, sign in zip(history, (0, 1, 0, -1, 0, 0), strict=True)
    ]
    assert count_manoeuvres(changed)[-1] == 0


def test_one_bad_set_does_not_spoil_a_history(noisy):
    """A single set that is minutes off widens the interval by little."""
    history = noisy(0.2, count=30)
    bad = replace(history[15], mean_anomaly_deg=(history[15].mean_anomaly_deg + 10.0) % 360.0)
    spoilt = [*history[:15], bad, *history[16:]]
    clean_s = float(estimate_uncertainty(history[-1], history).half_width_s(2.0))
    assert estimate_uncertainty(spoilt[-1], spoilt).half_width_s(2.0) < 2.0 * clean_s


def test_sets_that_sgp4_cannot_propagate_say_nothing(iss):
    """A history of decayed sets leaves the class default, finite and without a warning."""
    falling = [
        replace(iss, bstar_per_earth_radius=0.9, epoch=iss.epoch + timedelta(days=20.0 * number))
        for number in range(3)
    ]
    found = estimate_uncertainty(falling[-1], falling)
    expected = estimate_uncertainty(falling[-1])
    assert np.array_equal(found.half_widths_s, expected.half_widths_s)
    assert np.isfinite(found.half_widths_s).all()
