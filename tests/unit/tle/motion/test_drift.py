import warnings
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tle.motion.drift import measure_drifts
from tle.motion.propagation import to_satrec


def _later(element_set, minutes):
    """Return the same unperturbed orbit with its epoch and mean anomaly moved on."""
    turned_deg = element_set.mean_motion_rev_per_day * 360.0 * minutes / 1440.0
    return replace(
        element_set,
        epoch=element_set.epoch + timedelta(minutes=minutes),
        mean_anomaly_deg=(element_set.mean_anomaly_deg + turned_deg) % 360.0,
    )


def test_a_set_agrees_with_itself(iss):
    """Of one set with itself nothing differs."""
    drifts = measure_drifts([iss], [iss])
    for column in ("age_days", "along_track_s", "radial_km", "mean_motion_change_rev_per_day"):
        assert getattr(drifts, column) == pytest.approx([0.0], abs=1e-9)
    assert drifts.plane_deg == pytest.approx([0.0], abs=1e-6)
    assert drifts.cross_track_km == pytest.approx([0.0], abs=1e-6)


@pytest.mark.parametrize("late_deg", [-100.0, -0.02, 0.02, 1.0, 100.0])
def test_late_by_a_part_of_a_revolution(iss, late_deg):
    """A satellite that is behind on its orbit is late by that part of its period."""
    circular = replace(iss, eccentricity=0.0, bstar_per_earth_radius=0.0)
    behind = replace(circular, mean_anomaly_deg=circular.mean_anomaly_deg - late_deg)
    drifts = measure_drifts([circular], [behind])
    late_s = iss.period_s * late_deg / 360.0
    assert drifts.along_track_s == pytest.approx([late_s], rel=0.005)  # short periods are left
    assert drifts.plane_deg == pytest.approx([0.0], abs=0.05)


def test_time_passed_is_not_drift(iss):
    """An older set is compared at the newer epoch, not at its own, in either order of time."""
    later = _later(iss, 700.0)
    drifts = measure_drifts([iss, later], [later, iss])
    assert drifts.age_days == pytest.approx([700.0 / 1440.0, -700.0 / 1440.0])
    assert np.abs(drifts.along_track_s).max() < 60.0  # of the precession of perigee and drag
    said, seen = to_satrec(iss), to_satrec(later)
    said.sgp4_tsince(700.0)
    seen.sgp4_tsince(0.0)
    change = (seen.nm - said.nm) * 1440.0 / (2.0 * np.pi)
    assert drifts.mean_motion_change_rev_per_day[0] == pytest.approx(change, abs=1e-9)


def test_a_turned_plane(iss):
    """A node that is off shows as the angle between the planes, and as kilometres across."""
    turned = replace(iss, raan_deg=iss.raan_deg - 137.0)
    tilted = replace(iss, inclination_deg=iss.inclination_deg + 0.1)
    drifts = measure_drifts([iss, iss], [turned, tilted])
    inclination_rad = np.radians(iss.inclination_deg)
    sine = np.sin(np.radians(137.0 / 2.0)) * np.sin(inclination_rad)
    assert drifts.plane_deg[0] == pytest.approx(2.0 * np.degrees(np.arcsin(sine)), abs=0.1)
    assert drifts.plane_deg[1] == pytest.approx(0.1, abs=1e-3)
    assert drifts.cross_track_km[1] == pytest.approx(6790.0 * np.radians(0.1), rel=0.01)


def test_a_raised_orbit(iss):
    """After a reboost the satellite is higher, later, and makes fewer revolutions a day."""
    raised = replace(
        _later(iss, 1440.0), mean_motion_rev_per_day=iss.mean_motion_rev_per_day - 0.01
    )
    drifts = measure_drifts([iss], [raised])
    assert drifts.mean_motion_change_rev_per_day[0] < -0.009
    mean_radius_km = 6790.0
    expected_km = mean_radius_km * (2.0 / 3.0) * 0.01 / iss.mean_motion_rev_per_day
    again = measure_drifts([replace(raised, mean_motion_rev_per_day=15.4879)], [raised])
    assert again.radial_km[0] == pytest.approx(expected_km, rel=0.2)


def test_where_sgp4_gives_up(iss):
    """A set that has decayed by then gives NaN, with its age and without a warning."""
    falling = replace(iss, bstar_per_earth_radius=0.5)
    newer = _later(iss, 1440.0 * 30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drifts = measure_drifts([falling, iss], [newer, newer])
    assert drifts.age_days == pytest.approx([30.0, 30.0])
    assert list(np.isnan(drifts.along_track_s)) == [True, False]
    assert list(np.isnan(drifts.mean_motion_change_rev_per_day)) == [True, False]


def test_no_pairs():
    """Without pairs the columns are there, and empty."""
    drifts = measure_drifts([], [])
    assert drifts.age_days.shape == drifts.along_track_s.shape == (0,)


def test_unequal_numbers(iss):
    """Pairs are wanted: an older set without a newer one is refused."""
    with pytest.raises(ValueError, match="shorter"):
        measure_drifts([iss, iss], [iss])
