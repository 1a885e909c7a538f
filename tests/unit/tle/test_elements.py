from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tle import ElementError, newest_by_satellite


def test_epoch_is_exact(iss):
    """A TLE epoch becomes a UTC time exact to the microsecond."""
    assert iss.epoch == datetime(2026, 10, 9, 19, 42, 49, 139712, tzinfo=UTC)
    assert iss.epoch_ms == 1_791_574_969_139


def test_age_counts_from_the_epoch(iss):
    """The age is the time since the epoch in days, negative before it."""
    assert iss.age_days(iss.epoch + timedelta(hours=36)) == 1.5
    assert iss.age_days(iss.epoch - timedelta(days=2)) == -2.0


def test_period_is_one_revolution(iss):
    """The period of the ISS is 93 minutes."""
    assert iss.period_s == pytest.approx(93 * 60, abs=30)


def test_hash_is_of_the_orbit(iss):
    """A name, or being synthetic, leaves the content hash alone; any other change alters it."""
    assert replace(iss, name="ALPHA").content_hash == iss.content_hash
    assert replace(iss, synthetic=True).content_hash == iss.content_hash
    changes = {
        "norad_id": 25545,
        "international_designator": "1998-067B",
        "classification": "C",
        "epoch": iss.epoch + timedelta(microseconds=1),
        "mean_motion_rev_per_day": 15.48793004,
        "eccentricity": 0.0006775,
        "inclination_deg": 51.6315,
        "raan_deg": 92.7968,
        "argument_of_perigee_deg": 242.6226,
        "mean_anomaly_deg": 117.4076,
        "mean_motion_dot_rev_per_day2": 0.00006478,
        "mean_motion_ddot_rev_per_day3": 1e-9,
        "bstar_per_earth_radius": 0.00012653,
        "element_set_no": 998,
        "revolution_at_epoch": 58953,
        "ephemeris_type": 2,
    }
    hashes = {replace(iss, **{field: value}).content_hash for field, value in changes.items()}
    assert len(hashes | {iss.content_hash}) == len(changes) + 1


def test_hash_knows_no_minus_zero(iss):
    """Minus zero drag is zero drag."""
    plus, minus = (replace(iss, bstar_per_earth_radius=zero) for zero in (0.0, -0.0))
    assert plus.content_hash == minus.content_hash


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("norad_id", 0),
        ("norad_id", 1_000_000_000),
        ("name", "BEL\x07"),
        ("name", "\ud800"),
        ("international_designator", "１９９８"),
        ("eccentricity", 1.0),
        ("eccentricity", -1e-9),
        ("inclination_deg", 180.0001),
        ("raan_deg", 361.0),
        ("mean_anomaly_deg", float("nan")),
        ("bstar_per_earth_radius", float("inf")),
        ("mean_motion_rev_per_day", 0.0),
        ("mean_motion_rev_per_day", 18.01),
        ("epoch", datetime(1956, 12, 31, tzinfo=UTC)),
        ("epoch", datetime(2100, 1, 1, tzinfo=UTC)),
        ("epoch", datetime(2026, 1, 1)),  # noqa: DTZ001 - naive on purpose
        ("epoch", datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))),
        ("ephemeris_type", 4),
    ],
)
def test_impossible_values_are_refused(iss, field, value):
    """A value that no element set has is refused with the field's name."""
    with pytest.raises(ElementError) as caught:
        replace(iss, **{field: value})
    assert caught.value.field == field
    assert field in str(caught.value)


def test_the_newest_set_of_each_satellite(iss, css):
    """Of each satellite the newest epoch is kept, wherever in the file it stands."""
    newer = replace(iss, epoch=iss.epoch + timedelta(milliseconds=1))
    for file in ([iss, css, newer], [newer, iss, css]):
        assert newest_by_satellite(file) == {25544: newer, 48274: css}
    assert newest_by_satellite([]) == {}


def test_the_later_of_two_epochs_alike(iss):
    """Of two sets of one epoch, the later in the file is kept."""
    corrected = replace(iss, bstar_per_earth_radius=0.0001)
    assert newest_by_satellite(iter([iss, corrected])) == {25544: corrected}
    assert newest_by_satellite([corrected, iss]) == {25544: iss}
