"""What must hold of the passes of any orbit, place and window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbit.earth import JULIAN_1970, gmst_rad
from orbit.ephemeris import propagate
from orbit.errors import OrbitError
from orbit.observers import Observers
from orbit.passes import find_passes

START = datetime(2026, 10, 10, tzinfo=UTC)
FEW = settings(max_examples=25, deadline=None)

_places = st.lists(
    st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.floats(-400, 9000)),
    min_size=1,
    max_size=5,
)
_offsets = st.integers(0, 86_400_000).map(lambda ms: timedelta(milliseconds=ms))
_thresholds_deg = st.floats(-5, 89)


@pytest.fixture(scope="module", params=["low", "eccentric"])
def element_set(request, iss):
    """The ISS for the fast path, and a transfer orbit for the general one."""
    if request.param == "low":
        return iss
    return replace(iss, mean_motion_rev_per_day=2.27, eccentricity=0.73, inclination_deg=27.0)


def _find(element_set, start, end, places, min_elevation_deg=10.0):
    return find_passes(
        propagate(element_set, start, end),
        Observers.at(*np.array(places).T),
        min_elevation_deg=min_elevation_deg,
    )


def _table(passes):
    """Return (observer, AOS, culmination, LOS) as integers, milliseconds; an absent time is -1."""
    columns = [passes.observer]
    for sights in (passes.aos, passes.culmination, passes.los):
        absent = np.isnan(sights.time_s)
        ms = passes.ephemeris.milliseconds(np.where(absent, 0.0, sights.time_s))
        columns.append(np.where(absent, -1, ms))
    return np.column_stack(columns).tolist()


def _culmination(row):
    return row[2]


def _ms(time):
    return round(time.timestamp() * 1000)


@FEW
@given(places=_places, threshold_deg=_thresholds_deg)
def test_events_in_order(element_set, places, threshold_deg):
    """AOS is before the culmination, LOS after it, and the culmination is the highest."""
    passes = _find(element_set, START, START + timedelta(days=2), places, threshold_deg)
    for side in (passes.aos, passes.los):
        known = np.isfinite(side.time_s)
        assert (passes.culmination.elevation_deg >= side.elevation_deg)[known].all()
        assert side.elevation_deg[known] == pytest.approx(threshold_deg, abs=0.002)
    duration_s = passes.duration_s[np.isfinite(passes.duration_s)]
    assert (duration_s >= 0).all()
    assert not (passes.aos.time_s > passes.culmination.time_s).any()
    assert not (passes.culmination.time_s > passes.los.time_s).any()
    assert (passes.culmination.elevation_deg >= threshold_deg - 1e-6).all()


@FEW
@given(places=_places, threshold_deg=_thresholds_deg)
def test_rows_in_order(element_set, places, threshold_deg):
    """Rows come by observer and culmination, and the passes of one observer do not overlap."""
    passes = _find(element_set, START, START + timedelta(days=2), places, threshold_deg)
    rows = _table(passes)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    for before, after in pairwise(rows):
        if before[0] == after[0]:
            assert before[3] <= after[1] or -1 in (before[3], after[1])


@FEW
@given(places=_places, cuts=st.lists(_offsets, max_size=3))
def test_split_windows(element_set, places, cuts):
    """The passes of adjoining windows are exactly those of the whole."""
    edges = sorted({START, *(START + cut for cut in cuts), START + timedelta(days=1)})
    whole = _table(_find(element_set, edges[0], edges[-1], places))
    parts = [
        row
        for start, end in pairwise(edges)
        for row in _table(_find(element_set, start, end, places))
    ]
    assert sorted(parts) == sorted(whole)


@FEW
@given(places=_places, shift_s=st.sampled_from([-60.0, -1.0, -0.001, 0.001, 1.0, 60.0]))
def test_shifted_start(element_set, places, shift_s):
    """Moving the start changes no pass that culminates in both windows, not by a millisecond."""
    end = START + timedelta(days=1)
    moved = START + timedelta(seconds=shift_s)
    later_ms = _ms(max(START, moved))
    one, other = (
        [r for r in _table(_find(element_set, start, end, places)) if _culmination(r) >= later_ms]
        for start in (START, moved)
    )
    assert one == other


@FEW
@given(places=_places, more=_places)
def test_company(element_set, places, more):
    """Adding observers changes nobody's passes."""
    end = START + timedelta(days=1)
    alone = _table(_find(element_set, START, end, places))
    together = _table(_find(element_set, START, end, places + more))
    assert [row for row in together if row[0] < len(places)] == alone


def test_crowd(element_set):
    """In a crowd of hundreds everybody's passes are those found alone, to the millisecond."""
    random = np.random.default_rng(7)
    crowd = [
        (np.degrees(np.arcsin(sine)), longitude_deg, 0.0)
        for sine, longitude_deg in random.uniform(-1, 1, (200, 2)) * (1, 180)
    ]
    end = START + timedelta(days=1)
    together = _table(_find(element_set, START, end, crowd))
    for number in range(0, len(crowd), 17):
        alone = _table(_find(element_set, START, end, [crowd[number]]))
        assert [row[1:] for row in together if row[0] == number] == [row[1:] for row in alone]


def test_thresholds_of_their_own(element_set):
    """Each observer may have a threshold, and gets what all would get with it."""
    places = [(52.5, 13.4, 0.0), (-33.9, 18.4, 0.0), (0.0, 180.0, 0.0)]
    thresholds_deg = [0.0, 10.0, 30.0]
    end = START + timedelta(days=2)
    mixed = _table(_find(element_set, START, end, places, thresholds_deg))
    for number, threshold_deg in enumerate(thresholds_deg):
        same = _table(_find(element_set, START, end, places, threshold_deg))
        assert [r for r in mixed if r[0] == number] == [r for r in same if r[0] == number]


@pytest.mark.parametrize("threshold_deg", [-5.1, 89.1, 90.0, np.nan, np.inf, [10.0, 95.0]])
def test_impossible_thresholds(iss, threshold_deg):
    """A threshold that is no elevation of a pass is refused, with what was expected."""
    places = [(52.5, 13.4, 0.0), (-33.9, 18.4, 0.0)]
    with pytest.raises(OrbitError, match="expected -5 to 89 degrees"):
        _find(iss, START, START + timedelta(days=1), places, threshold_deg)


@FEW
@given(places=_places, start=_offsets, length=_offsets)
def test_membership(element_set, places, start, length):
    """A pass belongs to a window if it culminates in [start, end), wherever its AOS and LOS are."""
    first, last = START + start, START + start + length + timedelta(milliseconds=1)
    surroundings = timedelta(hours=12)
    around = _table(_find(element_set, first - surroundings, last + surroundings, places))
    inside = _find(element_set, first, last, places)
    expected = [row for row in around if _ms(first) <= _culmination(row) < _ms(last)]
    assert _table(inside) == expected
    begun = [aos_ms < _ms(first) for _, aos_ms, _, _ in _table(inside)]
    absent = np.isnan(inside.aos.time_s)
    assert inside.in_progress[~absent].tolist() == np.array(begun, bool)[~absent].tolist()


@FEW
@given(places=_places, shift=_offsets)
def test_turned_earth(iss, places, shift):
    """An orbit begun later over an Earth turned as far has the same passes, later."""
    days, fraction = divmod(START.timestamp() / 86_400, 1.0)
    later = fraction + shift / timedelta(days=1)
    turned_rad = gmst_rad(JULIAN_1970 + days, later) - gmst_rad(JULIAN_1970 + days, fraction)
    turned = [
        (latitude_deg, (longitude_deg - np.degrees(turned_rad) + 180) % 360 - 180, height_m)
        for latitude_deg, longitude_deg, height_m in places
    ]
    end = START + timedelta(days=1)
    before = np.array(_table(_find(iss, START, end, places)))
    delayed = replace(iss, epoch=iss.epoch + shift)
    after = np.array(_table(_find(delayed, START + shift, end + shift, turned)))
    assert before.shape == after.shape
    if len(before):
        delay_ms = after[:, 1:] - before[:, 1:]
        assert np.abs(delay_ms - shift / timedelta(milliseconds=1)).max() <= 20
