import numpy as np
import pytest
from skyfield.api import load
from skyfield.sgp4lib import theta_GMST1982

from orbit.earth import gmst_rad, ut1_minus_utc_s
from tle.times import JULIAN_1970

DAYS = np.array([10_957, 16_436, 17_166, 20_736, 22_000])  # 2000, 2015, the last leap second, 2026


def test_sidereal_time_as_skyfield():
    """Greenwich mean sidereal time is Skyfield's, to a nanoradian."""
    fraction = np.linspace(0.0, 0.999, len(DAYS))
    theirs_rad, _ = theta_GMST1982(JULIAN_1970 + DAYS, fraction)
    ours_rad = gmst_rad(JULIAN_1970 + DAYS, fraction)
    apart_rad = (ours_rad - theirs_rad + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(apart_rad).max() < 1e-9


def test_sidereal_time_is_a_turn_at_most():
    """Sidereal time stays in [0, 2 pi) and gains 3 min 56.6 s on a day."""
    days = JULIAN_1970 + np.arange(20_000.0, 20_400.0)
    theta_rad = gmst_rad(days, 0.0)
    assert ((theta_rad >= 0) & (theta_rad < 2 * np.pi)).all()
    gain_s = np.diff(theta_rad) % (2 * np.pi) / (2 * np.pi) * 86_400
    assert gain_s == pytest.approx(236.555, abs=0.001)


def test_ut1_as_skyfield():
    """UT1 - UTC is Skyfield's within days, to a tenth of a millisecond."""
    timescale = load.timescale(builtin=True)
    fraction = np.array([0.0, 0.25, 0.5, 0.9])
    for day in DAYS:
        theirs_s = timescale.utc(1970, 1, 1 + day + fraction).dut1
        ours_s = ut1_minus_utc_s(np.full(len(fraction), day), fraction)
        assert ours_s == pytest.approx(theirs_s, abs=1e-4)
