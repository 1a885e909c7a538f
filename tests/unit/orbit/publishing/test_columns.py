from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orbit.ephemeris import propagate
from orbit.observers import Observer, Observers
from orbit.passes import Passes, find_passes
from orbit.publishing.columns import COLUMNS, columns
from tle.motion.uncertainty import Uncertainty, estimate_uncertainty
from tle.times import iso_z

START = datetime(2026, 10, 10, tzinfo=UTC)
PLACES = [
    Observer(name=f"n{k}", latitude_deg=11.0 * k - 60.0, longitude_deg=31.0 * k - 170.0)
    for k in range(12)
]
SIGHTS = {"aos": "aos", "culmination": "culmination", "tca": "closest_approach", "los": "los"}
SEGMENT = ("start", "highest", "end")


def _find(element_set, days=3.0):
    ephemeris = propagate(element_set, START, START + timedelta(days=days))
    return find_passes(ephemeris, Observers.of(PLACES))


def _published(passes):
    return dict(zip(COLUMNS, columns(passes, PLACES, grid_deg=0.1), strict=True))


@pytest.fixture(scope="module")
def orbits(iss):
    """Satellites whose passes last minutes, hours and for ever."""
    still = {"mean_motion_rev_per_day": 1.0027, "eccentricity": 0.0002, "inclination_deg": 0.05}
    high = {"mean_motion_rev_per_day": 2.006, "eccentricity": 0.72, "inclination_deg": 63.4}
    return [iss, replace(iss, **high), replace(iss, **still)]


def test_each_value_by_itself(orbits):
    """Times are to the millisecond, numbers rounded as by ``round``, and what is NaN is null."""
    for element_set in orbits:
        passes = _find(element_set)
        published = _published(passes)
        assert len(passes)
        sights = SIGHTS | {f"visible_segment_{end}": f"visible_{end}" for end in SEGMENT}
        for name, attribute in sights.items():
            column = getattr(passes, attribute)
            assert published[f"{name}_time"] == _times(passes, column.time_s)
            assert published[f"{name}_elevation_deg"] == _rounded(column.elevation_deg, 4)
            azimuth_deg = [a and a % 360.0 for a in _rounded(column.azimuth_deg, 4)]
            assert published[f"{name}_azimuth_deg"] == azimuth_deg
            if name in SIGHTS:
                assert published[f"{name}_range_km"] == _rounded(column.range_km, 3)
        for name, column in zip(("start", "end"), passes.sunlit_span_s, strict=True):
            assert published[f"sunlit_{name}"] == _times(passes, column)
        assert published["magnitude"] == _rounded(passes.magnitude, 1)
        assert published["sun_elevation_deg"] == _rounded(passes.sun_elevation_deg, 2)
        assert published["element_age_days"] == _rounded(passes.element_age_days, 4)
        assert published["observer_name"] == [PLACES[k].name for k in passes.observer]
        assert set(published["element_epoch"]) == {iso_z(element_set.epoch)}


def _times(passes, time_s):
    return [None if np.isnan(t) else iso_z(passes.ephemeris.datetime_at(t)) for t in time_s]


def _rounded(column, digits):
    return [None if np.isnan(value) else round(value, digits) for value in column.tolist()]


def test_durations_are_between_the_times(orbits):
    """A duration is from AOS to LOS just as these are written, and null where either is."""
    for element_set in orbits:
        published = _published(_find(element_set))
        for aos, los, duration_s in zip(
            *(published[name] for name in ("aos_time", "los_time", "duration_s")), strict=True
        ):
            if aos is None or los is None:
                assert duration_s is None
            else:
                between = datetime.fromisoformat(los) - datetime.fromisoformat(aos)
                assert duration_s == between.total_seconds()


def test_no_passes(iss):
    """Without passes every column is there, and empty."""
    assert columns(_find(iss, days=0.0), PLACES, grid_deg=0.1) == [[]] * len(COLUMNS)


def test_signs_and_turns(iss, monkeypatch):
    """An azimuth that rounds to 360 degrees is written as 0, and no zero has a sign."""
    passes = _find(iss)
    azimuth_deg, elevation_deg = passes.aos.azimuth_deg.copy(), passes.aos.elevation_deg.copy()
    azimuth_deg[:3], elevation_deg[:2] = (359.99996, 359.99994, 0.00004), (-0.00004, 0.0)
    edited = replace(passes.aos, azimuth_deg=azimuth_deg, elevation_deg=elevation_deg)
    monkeypatch.setitem(vars(passes), "aos", edited)
    published = _published(passes)
    assert list(map(str, published["aos_azimuth_deg"][:3])) == ["0.0", "359.9999", "0.0"]
    assert list(map(str, published["aos_elevation_deg"][:2])) == ["0.0", "0.0"]


@pytest.mark.parametrize(
    ("age_days", "confidence"),
    [
        (0.2, "firm"),
        (5.0, "firm"),
        (5.00001, "provisional"),
        (10.0, "provisional"),
        (10.00001, "date_only"),
        (-0.5, "firm"),
        (-6.0, "provisional"),
    ],
)
def test_confidence(iss, monkeypatch, age_days, confidence):
    """Times are firm to 5 days from the epoch, provisional to 10; before it as after it."""
    passes = _find(iss)
    monkeypatch.setattr(Passes, "element_age_days", np.full(len(passes), age_days))
    assert set(_published(passes)["confidence"]) == {confidence}


@pytest.mark.parametrize("age_ms", [4_320, 12_960, 21_600, 30_000_240, 86_404_320])
def test_ages_that_lie_between_two_roundings(iss, monkeypatch, age_ms):
    """Ages at a tie of the fourth digit come out as `round` has them."""
    passes = _find(iss)
    age_days = age_ms / 86_400_000
    monkeypatch.setattr(Passes, "element_age_days", np.full(len(passes), age_days))
    assert set(_published(passes)["element_age_days"]) == {round(age_days, 4)}


@pytest.mark.parametrize(
    ("half_width_s", "confidence"),
    [
        (0.2, "firm"),
        (30.0, "firm"),
        (30.1, "provisional"),
        (300.0, "provisional"),
        (300.1, "date_only"),
    ],
)
def test_confidence_is_no_better_than_the_uncertainty(iss, monkeypatch, half_width_s, confidence):
    """Fresh elements do not make times firm that may be off by half a minute, or five."""
    passes = _find(iss)
    monkeypatch.setattr(Passes, "element_age_days", np.full(len(passes), 1.0))
    monkeypatch.setattr(Passes, "uncertainty_s", np.full(len(passes), half_width_s))
    assert set(_published(passes)["confidence"]) == {confidence}


def test_a_small_uncertainty_does_not_make_old_elements_firm(iss, monkeypatch):
    """Beyond 5 and 10 days a manoeuvre is likely, whatever the history says of quiet times."""
    passes = _find(iss)
    monkeypatch.setattr(Passes, "uncertainty_s", np.full(len(passes), 0.1))
    for age_days, confidence in ((6.0, "provisional"), (11.0, "date_only")):
        monkeypatch.setattr(Passes, "element_age_days", np.full(len(passes), age_days))
        assert set(_published(passes)["confidence"]) == {confidence}


@pytest.mark.parametrize(
    ("half_width_s", "published_s"),
    [(0.1449, 0.14), (0.9951, 1.0), (1.04, 1.0), (2.3456, 2.3), (12.51, 13.0), (1234.4, 1234.0)],
)
def test_uncertainties_are_rounded(iss, monkeypatch, half_width_s, published_s):
    """To hundredths below a second, tenths below ten, and whole seconds above."""
    passes = _find(iss)
    monkeypatch.setattr(Passes, "uncertainty_s", np.full(len(passes), half_width_s))
    assert set(_published(passes)["uncertainty_s"]) == {published_s}


def test_the_uncertainty_is_that_of_the_age_at_the_culmination(iss):
    """It is the class default for the age, or what was learnt from a history if that is given."""
    end = START + timedelta(days=3.0)
    learnt = Uncertainty(half_widths_s=np.linspace(1.0, 9.0, 27))
    for given, expected in ((None, estimate_uncertainty(iss)), (learnt, learnt)):
        passes = find_passes(propagate(iss, START, end, uncertainty=given), Observers.of(PLACES))
        half_width_s = expected.half_width_s(passes.element_age_days)
        assert np.array_equal(passes.uncertainty_s, half_width_s)
        assert np.ptp(half_width_s) > 0.1


def test_synthetic_elements_are_provisional(iss):
    """However old or new they are, passes of a synthetic set have times and no uncertainty."""
    for age_days in (0, 4, 40):
        epoch = START - timedelta(days=age_days)
        published = _published(_find(replace(iss, synthetic=True, epoch=epoch)))
        assert set(published["uncertainty_s"]) == {None}
        assert set(published["confidence"]) == {"provisional"}
