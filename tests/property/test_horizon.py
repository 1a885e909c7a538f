"""What must hold of the passes above any horizon mask."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbit.ephemeris import propagate
from orbit.horizon import SECTOR_DEG, HorizonMask, HorizonMasks
from orbit.look import look
from orbit.masking import above_masks
from orbit.observers import Observers
from orbit.passes import find_passes

START = datetime(2026, 10, 10, tzinfo=UTC)
FEW = settings(max_examples=25, deadline=None)

_places = st.lists(st.tuples(st.floats(-80, 80), st.floats(-180, 180)), min_size=1, max_size=4).map(
    lambda places: Observers.at(*np.array(places).T)
)
_points = st.lists(
    st.tuples(st.integers(0, 359).map(float), st.floats(-5, 60)),
    min_size=1,
    max_size=8,
    unique_by=lambda point: point[0],
)
_masks = _points.map(HorizonMask.of)


@pytest.fixture(scope="module", params=["low", "eccentric"])
def element_set(request, iss):
    """The ISS for the fast path, and a transfer orbit for the general one."""
    if request.param == "low":
        return iss
    return replace(iss, mean_motion_rev_per_day=2.27, eccentricity=0.73, inclination_deg=27.0)


def _find(element_set, observers):
    return find_passes(propagate(element_set, START, START + timedelta(days=1)), observers)


def _samples(passes, mask, count):
    """Heights and clearances (n, count) from AOS to LOS of each pass, ends included."""
    share = np.linspace(0.0, 1.0, count)
    time_s = passes.aos_s[:, None] + passes.duration_s[:, None] * share
    observer = np.repeat(passes.observer, count)
    sights = look(passes.ephemeris, passes.observers, observer, time_s.ravel())
    masks = HorizonMasks.of([mask])
    mask_deg = masks.at(np.zeros(len(observer), np.int64), sights.azimuth_deg)
    heights = sights.elevation_deg.reshape(time_s.shape)
    return heights, heights - mask_deg.reshape(time_s.shape)


@FEW
@given(masks=st.lists(_masks, min_size=1, max_size=3), azimuth_deg=st.floats(0, 360))
def test_bounds_hold_all_that_is_near(masks, azimuth_deg):
    """Within a sector's width of an azimuth, no mask leaves the bounds that are given for it."""
    several = HorizonMasks.of(masks)
    near_deg = (azimuth_deg + np.linspace(-SECTOR_DEG, SECTOR_DEG, 101)) % 360.0
    for number in range(len(masks)):
        mask = np.full(len(near_deg), number)
        height_deg = several.at(mask, near_deg)
        least_deg, most_deg = several.bounds_near(mask, np.full(len(mask), azimuth_deg))
        assert (least_deg <= height_deg + 1e-9).all()
        assert (height_deg <= most_deg + 1e-9).all()
        lowest_deg, highest_deg = several.bounds_around(mask)
        assert (lowest_deg <= least_deg).all()
        assert (most_deg <= highest_deg).all()


@FEW
@given(observers=_places, mask=_masks)
def test_a_stay_is_clear_of_the_mask(element_set, observers, mask):
    """From AOS to LOS the satellite is above threshold and mask, and nowhere above its top."""
    masked = above_masks(_find(element_set, observers), [mask] * len(observers))
    assert not (masked.aos_s > masked.culmination_s).any()
    assert not (masked.culmination_s > masked.los_s).any()
    whole = masked.take(np.isfinite(masked.duration_s))
    # As many samples as were looked at; a spike between two of them may be overlooked.
    heights, clearance_deg = _samples(whole, mask, 200)
    hidden = (clearance_deg < -1e-6).mean() if clearance_deg.size else 0.0
    assert hidden < 0.005
    assert (clearance_deg[:, [0, -1]] > -1e-6).all()
    assert (heights >= 10.0 - 0.002).all()
    assert (heights <= whole.max_elevation_deg[:, None] + 1e-6).all()


@FEW
@given(observers=_places, mask=_masks)
def test_a_stay_is_part_of_a_pass(element_set, observers, mask):
    """Each lies inside one pass of the open horizon, and no two inside the same."""
    masked = above_masks(_find(element_set, observers), [mask] * len(observers))
    day = timedelta(days=1)
    wide = find_passes(propagate(element_set, START - day, START + 2 * day), observers)
    shift_s = (wide.ephemeris.origin_ms - masked.ephemeris.origin_ms) / 1000
    used = []
    for row in range(len(masked)):
        top_s = masked.culmination_s[row]
        before = np.nan_to_num(wide.aos_s + shift_s, nan=-np.inf) <= top_s + 0.002
        after = np.nan_to_num(wide.los_s + shift_s, nan=np.inf) >= top_s - 0.002
        holds = np.flatnonzero((wide.observer == masked.observer[row]) & before & after)
        assert len(holds) == 1
        used.append(int(holds[0]))
        assert masked.max_elevation_deg[row] <= wide.max_elevation_deg[holds[0]] + 0.01
    assert len(used) == len(set(used))


@FEW
@given(observers=_places, points=_points, raised_deg=st.floats(0, 20))
def test_a_higher_mask_shows_less(element_set, observers, points, raised_deg):
    """Where a mask grows all around, no pass climbs higher than one did before."""
    low = HorizonMask.of(points)
    high = HorizonMask.of([(azimuth, elevation + raised_deg) for azimuth, elevation in points])
    passes = _find(element_set, observers)
    below, above = (above_masks(passes, [mask] * len(observers)) for mask in (low, high))
    for row in range(len(above)):
        same = below.observer == above.observer[row]
        tops_deg = below.max_elevation_deg[same]
        assert tops_deg.max(initial=-90.0) >= above.max_elevation_deg[row] - 1e-6


@FEW
@given(observers=_places, masks=st.lists(_masks, min_size=4, max_size=4))
def test_masks_do_not_mix(element_set, observers, masks):
    """What one observer sees depends on their own mask, whatever the others have."""
    masks = [None if k == 1 else mask for k, mask in enumerate(masks)][: len(observers)]
    together = above_masks(_find(element_set, observers), masks)
    for k, mask in enumerate(masks):
        alone = Observers.at(observers.latitude_deg[k], observers.longitude_deg[k])
        single = above_masks(_find(element_set, alone), [mask])
        ours = together.take(together.observer == k)
        assert ours.culmination_s == pytest.approx(single.culmination_s, abs=0.002)
        for name in ("aos_s", "los_s"):
            assert getattr(ours, name) == pytest.approx(
                getattr(single, name), abs=0.002, nan_ok=True
            )


@FEW
@given(
    place=_places,
    mask=_masks,
    cut=st.integers(1, 86_399_999).map(lambda ms: timedelta(milliseconds=ms)),
)
def test_neighbouring_windows_share_no_pass_and_lose_none(element_set, place, mask, cut):
    """A day cut in two anywhere holds in both parts together what it holds as a whole."""
    spans = [(timedelta(0), timedelta(days=1)), (timedelta(0), cut), (cut, timedelta(days=1))]
    tops = []
    for begin, end in spans:
        passes = find_passes(propagate(element_set, START + begin, START + end), place)
        masked = above_masks(passes, [mask] * len(place))
        ms = masked.ephemeris.milliseconds(masked.culmination_s)
        tops.append(sorted(zip(masked.observer.tolist(), ms.tolist(), strict=True)))
    whole, first, second = tops
    assert sorted(first + second) == whole
