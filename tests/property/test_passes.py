"""What must hold of the passes of any orbit, place and window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orbit.earth import gmst_rad
from orbit.ephemeris import propagate
from orbit.errors import OrbitError, PropagationError
from orbit.observers import Observers
from orbit.passes import find_passes
from tle.times import JULIAN_1970

START = datetime(2026, 10, 10, tzinfo=UTC)
DAY = timedelta(days=1)
MS = timedelta(milliseconds=1)
SOME = settings(max_examples=60, deadline=None)

LOW = [
    {},
    {"inclination_deg": 97.5, "mean_motion_rev_per_day": 15.2},
    {"mean_motion_rev_per_day": 16.5, "bstar_per_earth_radius": 1e-5},  # 87 minutes, sinking
    {"mean_motion_rev_per_day": 11.26, "inclination_deg": 66.0},  # 128 minutes
    {"mean_motion_rev_per_day": 11.3, "inclination_deg": 0.0, "eccentricity": 0.03},
    {"mean_motion_rev_per_day": 14.0, "inclination_deg": 120.0, "eccentricity": 0.03},
]
HIGH = [
    {"mean_motion_rev_per_day": 2.27, "eccentricity": 0.73, "inclination_deg": 27.0},
    {"mean_motion_rev_per_day": 2.006, "eccentricity": 0.01, "inclination_deg": 55.0},
    {"mean_motion_rev_per_day": 13.0, "eccentricity": 0.1, "inclination_deg": 70.0},
]
_angles_deg = st.floats(0, 360)
_low_orbits = st.one_of(
    st.sampled_from(LOW),
    st.fixed_dictionaries(
        {
            "mean_motion_rev_per_day": st.floats(11.26, 15.2),
            "eccentricity": st.floats(0, 0.03),
            "inclination_deg": st.floats(0, 180),
            "raan_deg": _angles_deg,
            "argument_of_perigee_deg": _angles_deg,
            "mean_anomaly_deg": _angles_deg,
        }
    ),
)
_orbits = st.one_of(_low_orbits, st.sampled_from(HIGH))
_places = st.lists(
    st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.floats(-400, 9000)),
    min_size=1,
    max_size=5,
)
_offsets = st.integers(0, 86_400_000).map(lambda ms: timedelta(milliseconds=ms))
_starts = st.sampled_from(
    [
        START,
        datetime(2026, 12, 31, 12, tzinfo=UTC),  # a new year
        datetime(2028, 2, 28, 18, tzinfo=UTC),  # a leap day
        datetime(2016, 12, 31, 18, tzinfo=UTC),  # a leap second
    ]
)
_thresholds_deg = st.floats(-5, 89)


def _find(element_set, start, end, places, min_elevation_deg=10.0):
    return find_passes(
        propagate(element_set, start, end),
        Observers.at(*np.array(places).T),
        min_elevation_deg=min_elevation_deg,
    )


def _table(passes):
    """Return (observer, AOS, culmination, LOS) as integers, milliseconds; an absent time is -1."""
    columns = [passes.observer]
    for time_s in (passes.aos_s, passes.culmination_s, passes.los_s):
        absent = np.isnan(time_s)
        ms = passes.ephemeris.milliseconds(np.where(absent, 0.0, time_s))
        columns.append(np.where(absent, -1, ms))
    return np.column_stack(columns).tolist()


def _culmination(row):
    return row[2]


def _ms(time):
    return round(time.timestamp() * 1000)


@SOME
@given(orbit=_orbits, places=_places, threshold_deg=_thresholds_deg)
def test_events_in_order(iss, orbit, places, threshold_deg):
    """AOS is before the culmination, LOS after it, and only a pass that just grazes has them one.

    The elevation at AOS and LOS is the threshold, and at the culmination the highest.
    """
    passes = _find(replace(iss, **orbit), START, START + 2 * DAY, places, threshold_deg)
    for side in (passes.aos, passes.los):
        known = np.isfinite(side.time_s)
        assert (passes.culmination.elevation_deg >= side.elevation_deg - 1e-6)[known].all()
        assert side.elevation_deg[known] == pytest.approx(threshold_deg, abs=0.001)
    climbs = passes.culmination.elevation_deg > threshold_deg + 1e-6
    assert not ((passes.aos_s > passes.culmination_s) | (passes.culmination_s > passes.los_s)).any()
    assert not (passes.aos_s >= passes.culmination_s)[climbs].any()
    assert not (passes.culmination_s >= passes.los_s)[climbs].any()
    assert (passes.culmination.elevation_deg >= threshold_deg - 1e-6).all()
    assert np.isfinite(passes.culmination_s).all()


@SOME
@given(orbit=_orbits, places=_places, threshold_deg=_thresholds_deg)
def test_rows_in_order(iss, orbit, places, threshold_deg):
    """Rows come by observer and culmination, and the passes of one observer do not overlap."""
    passes = _find(replace(iss, **orbit), START, START + 2 * DAY, places, threshold_deg)
    rows = _table(passes)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    for before, after in pairwise(rows):
        if before[0] == after[0]:
            assert _culmination(before) < _culmination(after)
            assert before[3] <= after[1] or -1 in (before[3], after[1])


@SOME
@given(
    orbit=_orbits,
    places=_places,
    threshold_deg=_thresholds_deg,
    window=st.tuples(_starts, st.lists(_offsets, max_size=3)),
)
def test_split_windows(iss, orbit, places, threshold_deg, window):
    """The passes of adjoining windows are exactly those of the whole."""
    start, cuts = window
    element_set = replace(iss, epoch=start - DAY / 4, **orbit)
    edges = sorted({start, *(start + cut for cut in cuts), start + DAY})
    whole = _table(_find(element_set, edges[0], edges[-1], places, threshold_deg))
    parts = [
        row
        for first, last in pairwise(edges)
        for row in _table(_find(element_set, first, last, places, threshold_deg))
    ]
    assert sorted(parts) == sorted(whole)


@SOME
@given(
    orbit=_orbits,
    places=_places,
    shift_s=st.sampled_from([-60.0, -1.0, -0.001, 0.001, 1.0, 30.0, 60.0, 5400.0]),
)
def test_shifted_start(iss, orbit, places, shift_s):
    """Moving the start changes no pass that culminates in both windows, not by a millisecond."""
    element_set = replace(iss, **orbit)
    end = START + DAY
    moved = START + timedelta(seconds=shift_s)
    later_ms = _ms(max(START, moved))
    one, other = (
        [r for r in _table(_find(element_set, start, end, places)) if _culmination(r) >= later_ms]
        for start in (START, moved)
    )
    assert one == other


@SOME
@given(orbit=_orbits, places=_places, more=_places)
def test_company(iss, orbit, places, more):
    """Adding observers changes nobody's passes."""
    element_set, end = replace(iss, **orbit), START + DAY
    alone = _table(_find(element_set, START, end, places))
    together = _table(_find(element_set, START, end, places + more))
    assert [row for row in together if row[0] < len(places)] == alone


@pytest.mark.parametrize("orbit", [LOW[0], LOW[1], LOW[3], HIGH[0]])
def test_crowd(iss, orbit):
    """In a crowd of hundreds everybody's passes are those found alone, to the millisecond."""
    random = np.random.default_rng(7)
    crowd = [
        (np.degrees(np.arcsin(sine)), longitude_deg, height_m)
        for sine, longitude_deg, height_m in random.uniform(-1, 1, (500, 3)) * (1, 180, 3000)
    ]
    element_set, end = replace(iss, **orbit), START + DAY
    together = _table(_find(element_set, START, end, crowd))
    for number in range(0, len(crowd), 17):
        alone = _table(_find(element_set, START, end, [crowd[number]]))
        assert [row[1:] for row in together if row[0] == number] == [row[1:] for row in alone]


@SOME
@given(
    orbit=_orbits,
    asked=st.lists(
        st.tuples(st.floats(-90, 90), st.floats(-180, 180), _thresholds_deg),
        min_size=2,
        max_size=4,
    ),
)
def test_thresholds_of_their_own(iss, orbit, asked):
    """Each observer may have a threshold, and gets what all would get with it."""
    element_set, end = replace(iss, **orbit), START + DAY
    places = [(latitude_deg, longitude_deg, 0.0) for latitude_deg, longitude_deg, _ in asked]
    thresholds_deg = [threshold_deg for _, _, threshold_deg in asked]
    mixed = _table(_find(element_set, START, end, places, thresholds_deg))
    for number, threshold_deg in enumerate(thresholds_deg):
        same = _table(_find(element_set, START, end, places, threshold_deg))
        assert [r for r in mixed if r[0] == number] == [r for r in same if r[0] == number]


@SOME
@given(
    orbit=_low_orbits, places=_places, threshold_deg=st.floats(-5, 60), more_deg=st.floats(0, 29)
)
def test_higher_thresholds_shorten_passes(iss, orbit, places, threshold_deg, more_deg):
    """Above a higher threshold are parts of the passes above a lower one, and no others."""
    element_set, end = replace(iss, **orbit), START + DAY
    long, short = (
        _find(element_set, START, end, places, threshold)
        for threshold in (threshold_deg, threshold_deg + more_deg)
    )
    for number in range(len(places)):
        outer, inner = (p.take(p.observer == number) for p in (long, short))
        holder = np.searchsorted(np.nan_to_num(outer.aos_s, nan=-np.inf), inner.culmination_s) - 1
        known = np.isfinite(inner.aos_s) & np.isfinite(outer.aos_s[holder])
        assert (outer.aos_s[holder] <= inner.aos_s + 1e-3)[known].all()
        known = np.isfinite(inner.los_s) & np.isfinite(outer.los_s[holder])
        assert (outer.los_s[holder] >= inner.los_s - 1e-3)[known].all()


@pytest.mark.parametrize("threshold_deg", [-5.1, 89.1, 90.0, np.nan, np.inf, [10.0, 95.0]])
def test_impossible_thresholds(iss, threshold_deg):
    """A threshold that is no elevation of a pass is refused, with what was expected."""
    places = [(52.5, 13.4, 0.0), (-33.9, 18.4, 0.0)]
    with pytest.raises(OrbitError, match="expected -5 to 89 degrees"):
        _find(iss, START, START + DAY, places, threshold_deg)


@SOME
@given(
    orbit=_orbits,
    places=_places,
    start=_offsets,
    length=st.one_of(_offsets, st.sampled_from([MS, 1000 * MS, timedelta(minutes=5)])),
)
def test_membership(iss, orbit, places, start, length):
    """A pass belongs to a window if it culminates in [start, end), wherever its AOS and LOS are."""
    element_set = replace(iss, **orbit)
    first, last = START + start, START + start + length
    around = _table(_find(element_set, first - DAY / 2, last + DAY / 2, places))
    inside = _find(element_set, first, last, places)
    expected = [row for row in around if _ms(first) <= _culmination(row) < _ms(last)]
    assert _table(inside) == expected
    begun = [aos_ms < _ms(first) for _, aos_ms, _, _ in _table(inside)]
    absent = np.isnan(inside.aos_s)
    assert inside.in_progress[~absent].tolist() == np.array(begun, bool)[~absent].tolist()


@SOME
@given(orbit=_orbits, places=_places, start=_offsets)
def test_empty_windows(iss, orbit, places, start):
    """A window without length holds no pass, even in the middle of one."""
    element_set = replace(iss, **orbit)
    assert len(_find(element_set, START + start, START + start, places, -5.0)) == 0


@SOME
@given(orbit=_low_orbits, places=_places, shift=_offsets)
def test_turned_earth(iss, orbit, places, shift):
    """An orbit begun later over an Earth turned as far has the same passes, later."""
    element_set = replace(iss, **orbit)
    days, fraction = divmod(START.timestamp() / 86_400, 1.0)
    later = fraction + shift / DAY
    turned_rad = gmst_rad(JULIAN_1970 + days, later) - gmst_rad(JULIAN_1970 + days, fraction)
    turned = [
        (latitude_deg, (longitude_deg - np.degrees(turned_rad) + 180) % 360 - 180, height_m)
        for latitude_deg, longitude_deg, height_m in places
    ]
    before = np.array(_table(_find(element_set, START, START + DAY, places)))
    delayed = replace(element_set, epoch=element_set.epoch + shift)
    after = np.array(_table(_find(delayed, START + shift, START + DAY + shift, turned)))
    assert before.shape == after.shape
    if len(before):
        delay_ms = after[:, 1:] - before[:, 1:]
        assert np.abs(delay_ms - shift / MS).max() <= 20


def _propagated(element_set, start):
    try:
        return propagate(element_set, start, start + DAY / 4)
    except PropagationError as error:
        return error


# SGP4 divides by the square of such an inclination, and says nothing of it.
_NO_NUMBER = {"mean_motion_rev_per_day": 1.0, "eccentricity": 0.0, "inclination_deg": 2e-313}


@SOME
@given(
    orbit=st.fixed_dictionaries(
        {
            "mean_motion_rev_per_day": st.floats(0.3, 18.0),
            "eccentricity": st.floats(0.0, 0.99),
            "inclination_deg": st.floats(0.0, 180.0),
            "bstar_per_earth_radius": st.floats(-0.1, 0.5),
        }
    ),
    days=st.floats(-40, 40),
)
@example(orbit=_NO_NUMBER, days=0.0)
def test_any_elements_give_passes_or_a_reason(iss, orbit, days):
    """Of elements that are no orbit SGP4's reason is told; no position is ever not a number."""
    ephemeris = _propagated(replace(iss, **orbit), iss.epoch + days * DAY)
    if isinstance(ephemeris, PropagationError):
        assert ephemeris.norad_id == iss.norad_id
        assert "SGP4" in ephemeris.reason
        return
    assert np.isfinite(ephemeris.position_at(np.linspace(*ephemeris.window_s, 50))).all()
    passes = find_passes(ephemeris, Observers.at([52.5, 0.0], [13.4, 180.0]))
    assert np.isfinite(passes.culmination_s).all()
    assert np.isfinite(passes.max_elevation_deg).all()
