from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orbit.ephemeris import propagate
from orbit.finding.solving import SAMPLE_S, find_lowest, find_root
from orbit.look import look
from orbit.observers import Observers
from orbit.passes import find_passes

START = datetime(2026, 10, 10, tzinfo=UTC)
PLACES = Observers.at([52.52, -33.9, 0.0, 78.2], [13.41, 18.4, 120.0, 15.6])


def _find(element_set, days=3):
    return find_passes(propagate(element_set, START, START + timedelta(days=days)), PLACES)


def _eccentric(iss):
    return replace(
        iss,
        mean_motion_rev_per_day=2.006,
        eccentricity=0.72,
        inclination_deg=63.4,
        argument_of_perigee_deg=270.0,
    )


def _geostationary(iss):
    return replace(iss, mean_motion_rev_per_day=1.0027, eccentricity=0.0002, inclination_deg=0.05)


def _range_km(passes, time_s):
    return look(passes.ephemeris, passes.observers, passes.observer, time_s).range_km


@pytest.mark.parametrize(
    "orbit", [lambda iss: iss, _eccentric, _geostationary], ids=["low", "eccentric", "always up"]
)
def test_closest_approach(iss, orbit):
    """Nowhere between AOS and LOS, or in the window, is the satellite nearer than at its TCA."""
    passes = _find(orbit(iss))
    assert len(passes)
    first_s, last_s = passes.span_s
    tca = passes.closest_approach
    assert ((first_s <= tca.time_s) & (tca.time_s <= last_s)).all()
    for share in np.linspace(0.0, 1.0, 501):
        elsewhere_km = _range_km(passes, first_s + share * (last_s - first_s))
        assert (tca.range_km <= elsewhere_km + 1e-6).all()


def test_closest_approach_to_a_millisecond(iss):
    """A millisecond either side of its TCA a low satellite recedes at the same rate."""
    passes = _find(iss)
    tca_s = passes.closest_approach.time_s
    before_km, after_km = (_range_km(passes, tca_s + step_s) for step_s in (-5.0, 5.0))
    nearest_km = passes.closest_approach.range_km
    bend_km_s2 = (before_km - 2 * nearest_km + after_km) / 25.0
    off_s = (after_km - before_km) / 10.0 / bend_km_s2
    assert np.abs(off_s).max() < 0.001


def test_closest_approach_is_not_culmination(iss):
    """They differ by a second at most in a low orbit, by hours in an eccentric one."""
    low, eccentric = _find(iss), _find(_eccentric(iss))
    apart_s = np.abs(low.closest_approach.time_s - low.culmination_s)
    assert 0.05 < apart_s.max() < 3.0
    apart_s = np.abs(eccentric.closest_approach.time_s - eccentric.culmination_s)
    assert apart_s.max() > 3600


@pytest.mark.parametrize("span_s", [300.0, 20 * SAMPLE_S, 1e6])
def test_lowest_of_several(span_s):
    """The least of several lows is found, inside a span or at its end."""
    start_s = np.array([0.0, 100.0, -50.0])
    period_s = np.array([span_s / 1.5, span_s / 2.5, span_s * 5])

    def value_at(rows, time_s):
        x = time_s - start_s[rows]
        return np.cos(2 * np.pi * x / period_s[rows]) - 0.1 * x / span_s

    lowest_s = find_lowest(value_at, start_s, start_s + span_s)
    rows = np.arange(3)
    dense = value_at(rows, start_s + np.linspace(0.0, span_s, 100_001)[:, None]).min(axis=0)
    assert (value_at(rows, lowest_s) <= dense + 1e-9).all()
    assert lowest_s[2] == start_s[2] + span_s


@pytest.mark.parametrize("power", [1, 3])
def test_root(power):
    """Between two times of different signs the zero is found, up or down, straight or bent."""
    zero_s = np.array([3.0, 1e6 / 3, 0.0])
    sign = np.array([1.0, -1.0, 1.0])
    found_s = find_root(
        lambda rows, time_s: sign[rows] * np.sinh((time_s - zero_s[rows]) / 3e5) ** power,
        np.zeros(3),
        np.full(3, 1e6),
    )
    assert found_s == pytest.approx(zero_s, abs=1e-3 if power == 1 else 20.0)
