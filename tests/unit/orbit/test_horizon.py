"""Horizon masks: how they are read, and what is left of a pass above them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orbit.ephemeris import propagate
from orbit.errors import HorizonError, OrbitError
from orbit.horizon import HorizonMask, HorizonMasks, parse_horizon_mask
from orbit.identity import Site
from orbit.look import look
from orbit.masking import above_masks
from orbit.observers import Observers
from orbit.passes import find_passes

START = datetime(2026, 10, 10, tzinfo=UTC)
BERLIN = (52.5, 13.4)
OPEN = HorizonMask.of([(0.0, -5.0)])
WALL_IN_THE_WEST = HorizonMask.of([(180, 0), (181, 60), (359, 60), (0, 0)])
FILE = """\
azimuth_deg,min_elevation_deg
0,10

90,25.5
270,12
"""


def passes_of(element_set, *places, days=3, min_elevation_deg=10.0):
    """The passes above the open horizon."""
    ephemeris = propagate(element_set, START, START + timedelta(days=days))
    observers = Observers.at(*np.array(places).T)
    return find_passes(ephemeris, observers, min_elevation_deg=min_elevation_deg)


def times_ms(passes):
    """(observer, AOS, culmination, LOS) of each pass; an absent time is -1."""
    times = (passes.aos_s, passes.culmination_s, passes.los_s)
    ms = (passes.ephemeris.milliseconds(np.where(np.isnan(t), 0.0, t)) for t in times)
    columns = [np.where(np.isnan(t), -1, m) for t, m in zip(times, ms, strict=True)]
    return np.column_stack([passes.observer, *columns])


def clearance_deg(passes, mask, row, time_s):
    """How far one pass's satellite stands above the mask at some times."""
    observer = np.full(len(time_s), passes.observer[row])
    sights = look(passes.ephemeris, passes.observers, observer, time_s)
    mask_deg = HorizonMasks.of([mask]).at(np.zeros(len(time_s), int), sights.azimuth_deg)
    return sights.elevation_deg - mask_deg


def test_a_file_with_a_header_or_without():
    """The header may be left out, empty lines do not count, and points come in any order."""
    expected = HorizonMask(azimuth_deg=(0.0, 90.0, 270.0), min_elevation_deg=(10.0, 25.5, 12.0))
    assert parse_horizon_mask(FILE, source="roof.csv") == expected
    reversed_lines = "\ufeff" + "\r\n".join(reversed(FILE.splitlines()[1:]))
    assert parse_horizon_mask(reversed_lines, source="roof.csv") == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0,10\n90;25\n", r"roof\.csv, line 2: expected azimuth_deg,min_el.*got '90;25'"),
        ("0,10,3\n", r"line 1: expected .* two numbers .*got '0,10,3'"),
        ("azimuth,elevation\n0,10\n", r"line 1: .*got 'azimuth,elevation'"),
        ("0,10\nazimuth_deg,min_elevation_deg\n", r"line 2: expected .* two numbers"),
        (FILE + "361,10\n", r"line 6: expected an azimuth from 0 to 360 degrees, got 361"),
        (FILE + "-1,10\n", r"line 6: expected an azimuth .*got -1"),
        (FILE + "nan,10\n", r"line 6: expected an azimuth .*got nan"),
        (FILE + "10,90\n", r"line 6: expected an elevation from -5 to 89 degrees, got 90"),
        (FILE + "10,-6\n", r"line 6: expected an elevation .*got -6"),
        (FILE + "90,30\n", r"line 6: expected one elevation a direction, got 25\.5 and 30 at"),
        (FILE + "360,11\n", r"line 6: expected one elevation a direction"),
        ("azimuth_deg,min_elevation_deg\n", r"roof\.csv: expected at least one point, got none"),
        ("", r"roof\.csv: expected at least one point"),
    ],
)
def test_a_file_that_is_no_mask_is_refused(text, told):
    """The refusal names file and line, what was expected and what came."""
    with pytest.raises(HorizonError, match=told):
        parse_horizon_mask(text, source="roof.csv")


def test_a_closed_circle_is_fine():
    """0 and 360 are one direction and may both be given, if they agree."""
    closed = HorizonMask.of([(0, 10), (180, 20), (360, 10)])
    assert closed == HorizonMask.of([(180, 20), (0, 10)])


def test_straight_lines_all_around():
    """Between its points a mask is linear, across north too, and masks do not mix."""
    masks = HorizonMasks.of([HorizonMask.of([(350, 10), (90, 30)]), HorizonMask.of([(7, 4)])])
    azimuth_deg = np.array([350.0, 0.0, 40.0, 90.0, 220.0, 359.999_999])
    mask_deg = masks.at(np.zeros(6, int), azimuth_deg)
    assert mask_deg == pytest.approx([10.0, 12.0, 20.0, 30.0, 20.0, 12.0])
    assert masks.at(np.ones(6, int), azimuth_deg).tolist() == [4.0] * 6


def test_equal_masks_are_kept_once():
    """Of many observers with equal masks one line is kept, and each still reads their own."""
    low, high = ([(0, 10), (90, height)] for height in (20, 30))
    masks = HorizonMasks.of([HorizonMask.of(points) for points in (low, high, low, low)])
    assert masks.line.tolist() == [0, 1, 0, 0]
    assert len(masks.axis_deg) == len(masks.min_elevation_deg) == 8
    assert masks.at(np.arange(4), np.full(4, 90.0)).tolist() == [20.0, 30.0, 20.0, 20.0]


def test_rounding_keeps_the_higher():
    """To whole degrees: of two points that become one direction the higher one hides the sky."""
    rounded = HorizonMask.of([(10.2, 5.4), (9.8, 60.6), (359.7, -4.8)]).rounded()
    assert rounded == HorizonMask.of([(10, 61), (0, -5)])


def test_without_masks_nothing_is_done(iss):
    """Where no observer has a mask, the very same passes come back."""
    passes = passes_of(iss, BERLIN)
    assert above_masks(passes, [None]) is passes


def test_a_mask_below_the_threshold_changes_nothing(iss):
    """A mask that hides nothing leaves every time as it was, to the millisecond."""
    passes = passes_of(iss, BERLIN, (-33.9, 151.2), (0.0, 179.9))
    assert (times_ms(above_masks(passes, [OPEN] * 3)) == times_ms(passes)).all()


def test_a_level_mask_is_a_threshold(iss):
    """A mask of the same height all around gives the passes of that threshold."""
    places = [BERLIN, (-33.9, 151.2), (10.0, -70.0)]
    masked = above_masks(passes_of(iss, *places), [HorizonMask.of([(0, 25)])] * 3)
    higher = passes_of(iss, *places, min_elevation_deg=25.0)
    assert np.abs(times_ms(masked) - times_ms(higher)).max() <= 1
    assert masked.max_elevation_deg == pytest.approx(higher.max_elevation_deg, abs=0.01)


def test_a_wall_cuts_passes(iss):
    """Behind a wall in the west passes rise later; some culminate as they appear, some vanish."""
    passes = passes_of(iss, BERLIN)
    masked = above_masks(passes, [WALL_IN_THE_WEST])
    assert 0 < len(masked) < len(passes)
    at_edge = masked.culmination_s - masked.aos_s < 0.001
    assert at_edge.any()
    assert not at_edge.all()
    for row in range(len(masked)):
        edges_s = np.array([masked.aos_s[row], masked.los_s[row]])
        inside = clearance_deg(masked, WALL_IN_THE_WEST, row, np.linspace(*edges_s, 999))
        assert (inside >= -1e-4).all()
        outside_s = edges_s + np.array([-0.001, 0.001])
        above = look(
            masked.ephemeris, masked.observers, np.full(2, masked.observer[row]), outside_s
        )
        hidden = clearance_deg(masked, WALL_IN_THE_WEST, row, outside_s) < 0
        assert (hidden | (above.elevation_deg < 10.0)).all()


def test_the_higher_of_two_stays_is_kept(iss):
    """A tower before the top splits a pass in two; what is left is the part that climbs higher."""
    passes = passes_of(iss, BERLIN)
    row = int(np.argmax(passes.max_elevation_deg < 60.0))
    top_deg = passes.culmination.azimuth_deg[row]
    aos_deg, los_deg = passes.aos.azimuth_deg[row], passes.los.azimuth_deg[row]
    toward_los = np.sign((los_deg - aos_deg + 540) % 360 - 180)
    # The tower hides the top and a little of the way down.
    tower = HorizonMask.of(
        [
            ((top_deg - toward_los * 1.0) % 360, 0.0),
            ((top_deg - toward_los * 0.9) % 360, 89.0),
            ((top_deg + toward_los * 6.0) % 360, 89.0),
            ((top_deg + toward_los * 6.1) % 360, 0.0),
        ]
    )
    masked = above_masks(passes, [tower])
    kept = int(np.argmin(np.abs(masked.culmination_s - passes.culmination_s[row])))
    assert masked.aos_s[kept] == pytest.approx(passes.aos_s[row], abs=1e-6)
    assert masked.los_s[kept] == pytest.approx(masked.culmination_s[kept], abs=1e-3)
    assert 0 < passes.culmination_s[row] - masked.los_s[kept] < 60.0


def test_no_stay_of_two_seconds_is_overlooked(iss):
    """Looked at four times a second, no longer stay above a ragged skyline climbs any higher."""
    height_deg = np.random.default_rng(7).uniform(0.0, 60.0, 90)
    ragged = HorizonMask.of(zip(np.arange(0.0, 360.0, 4.0), height_deg, strict=True))
    passes = passes_of(iss, BERLIN, (10.0, -70.0))
    masked = above_masks(passes, [ragged] * 2)
    for row in range(len(passes)):
        time_s = np.arange(passes.aos_s[row], passes.los_s[row], 0.25)
        up = clearance_deg(passes, ragged, row, time_s) > 0
        edges = np.flatnonzero(np.diff(up, prepend=False, append=False)).reshape(-1, 2)
        seen = [np.arange(first, end) for first, end in edges if end - first > 8]
        if not seen:
            continue
        mine = masked.observer == passes.observer[row]
        mine &= (masked.aos_s > passes.aos_s[row] - 1) & (masked.los_s < passes.los_s[row] + 1)
        observer = np.full(len(time_s), passes.observer[row])
        sights = look(passes.ephemeris, passes.observers, observer, time_s)
        highest_deg = sights.elevation_deg[np.concatenate(seen)].max()
        assert masked.max_elevation_deg[mine] >= highest_deg - 1e-6
        assert mine.sum() == 1


def test_observers_without_a_mask_are_untouched(iss):
    """Their passes keep every bit, beside others that have a mask."""
    passes = passes_of(iss, BERLIN, (48.1, 11.6), (-33.9, 151.2))
    masked = above_masks(passes, [None, WALL_IN_THE_WEST, None])
    for observer in (0, 2):
        before, after = (p.take(p.observer == observer) for p in (passes, masked))
        for name in ("aos_s", "culmination_s", "los_s", "max_elevation_deg", "always_up"):
            assert (getattr(before, name) == getattr(after, name)).all()
    of_masked = (p.duration_s[p.observer == 1].sum() for p in (masked, passes))
    assert 0 < next(of_masked) < next(of_masked)
    assert (np.diff(masked.observer) >= 0).all()


def test_company_does_not_matter(iss):
    """A pass that hides for little more than a second is cut alike, alone and beside others."""
    mask = HorizonMask.of([(256, 0), (284, 53.5)])
    alone = above_masks(passes_of(iss, (0.0, 0.0), days=1), [mask])
    beside = above_masks(passes_of(iss, (42.0, 1.0), (0.0, 0.0), days=1), [OPEN, mask])
    ours = times_ms(beside.take(beside.observer == 1))
    assert (ours[:, 1:] == times_ms(alone)[:, 1:]).all()
    assert len(ours)


def test_the_window_holds_the_new_culmination(iss):
    """A pass that culminates before the window, but rises from behind its wall in it, is found."""
    long = above_masks(passes_of(iss, BERLIN), [WALL_IN_THE_WEST])
    late = int(np.argmax(long.culmination_s - long.aos_s < 0.001))
    new_top = long.ephemeris.datetime_at(long.culmination_s[late])
    for offset_ms, held in ((0, True), (1, False)):
        start = new_top + timedelta(milliseconds=offset_ms)
        ephemeris = propagate(iss, start, start + timedelta(hours=3))
        unmasked = find_passes(ephemeris, long.observers)
        short = above_masks(unmasked, [WALL_IN_THE_WEST])
        tops = [short.ephemeris.datetime_at(s) for s in short.culmination_s]
        assert (new_top in tops) is held
        assert all(start <= top < start + timedelta(hours=3) for top in tops)
    before = propagate(iss, new_top - timedelta(hours=3), new_top)
    tops = above_masks(find_passes(before, long.observers), [WALL_IN_THE_WEST])
    assert (before.milliseconds(tops.culmination_s) < before.milliseconds(before.window_s[1])).all()


def test_in_progress_follows_the_mask(iss):
    """What hides behind the wall when the window begins is not in progress yet."""
    everything = passes_of(iss, BERLIN)
    masked = above_masks(everything, [WALL_IN_THE_WEST])
    for row in range(len(masked)):
        rise = masked.ephemeris.datetime_at(masked.aos_s[row])
        for offset_s, expected in ((-1, False), (1, True)):
            start = rise + timedelta(seconds=offset_s)
            if start > masked.ephemeris.datetime_at(masked.culmination_s[row]):
                continue
            ephemeris = propagate(iss, start, start + timedelta(hours=1))
            first = above_masks(find_passes(ephemeris, masked.observers), [WALL_IN_THE_WEST])
            assert first.in_progress[0] == expected


@pytest.fixture(scope="module")
def geostationary(iss):
    """A satellite that hangs in the sky, wandering by degrees each day."""
    return replace(iss, mean_motion_rev_per_day=1.0027, eccentricity=0.0005, inclination_deg=4.0)


@pytest.fixture(scope="module")
def under_it(geostationary):
    """A place from which it never sets."""
    middle = propagate(geostationary, START, START + timedelta(days=1))
    x, y, _ = middle.position_itrs_km[len(middle.position_itrs_km) // 2]
    return (40.0, float(np.degrees(np.arctan2(y, x))))


def test_what_never_sets_stays_up_above_a_low_mask(geostationary, under_it):
    """Above a mask that it clears all day a satellite is always up, highest at the same time."""
    passes = passes_of(geostationary, under_it)
    assert passes.always_up.tolist() == [True]
    masked = above_masks(passes, [HorizonMask.of([(0, 15)])])
    assert masked.always_up.tolist() == [True]
    assert np.isnan([masked.aos_s, masked.los_s]).all()
    assert masked.max_elevation_deg >= passes.max_elevation_deg - 1e-6


def test_what_never_sets_may_sink_behind_a_mask(geostationary, under_it):
    """A mask that it clears for a part of the day gives it an AOS and a LOS within a revolution."""
    passes = passes_of(geostationary, under_it)
    mask = HorizonMask.of([(0, float(passes.max_elevation_deg[0]) - 1.0)])
    masked = above_masks(passes, [mask])
    assert masked.always_up.tolist() == [False]
    assert 3600 < masked.duration_s[0] < 12 * 3600
    edges_s = np.array([masked.aos_s[0], masked.los_s[0]])
    assert clearance_deg(masked, mask, 0, edges_s) == pytest.approx(0.0, abs=1e-6)
    start_s, end_s = passes.ephemeris.window_s
    assert start_s <= masked.culmination_s[0] < end_s


def test_an_eccentric_orbit_behind_a_mask(iss):
    """A stay of hours culminates at the edge of the mask that hides its top."""
    molniya = replace(iss, mean_motion_rev_per_day=2.0057, eccentricity=0.72, inclination_deg=63.4)
    passes = passes_of(molniya, (60.0, 20.0), (60.0, 110.0), (55.0, -120.0))
    hides_tops = HorizonMask.of([(0, 10), (90, 75), (180, 10), (270, 75)])
    masked = above_masks(passes, [hides_tops] * 3)
    assert len(masked)
    for row in range(len(masked)):
        span_s = (masked.aos_s[row], masked.los_s[row])
        time_s = np.linspace(*span_s, 5_000)
        assert (clearance_deg(masked, hides_tops, row, time_s) >= -1e-6).all()
        observer = np.full(len(time_s), masked.observer[row])
        heights = look(masked.ephemeris, masked.observers, observer, time_s).elevation_deg
        assert masked.max_elevation_deg[row] >= heights.max() - 1e-6


def test_one_mask_an_observer(iss):
    """A list of another length is refused, with both numbers."""
    with pytest.raises(OrbitError, match=r"each of 1 observers, got 2"):
        above_masks(passes_of(iss, BERLIN), [None, OPEN])


def test_a_row_above_a_mask_has_the_name_of_its_own_sky(iss):
    """Iterating names each pass after the mask it was found above, as every command does."""
    ephemeris = propagate(iss, START, START + timedelta(days=2))
    observers = Observers.at([52.52, 52.52], [13.41, 13.41])
    mask = HorizonMask.of([(0, 20), (180, 35)])
    passes = above_masks(find_passes(ephemeris, observers), [mask, None])
    names = {0: set(), 1: set()}
    for row, pass_ in zip(passes.observer.tolist(), passes, strict=True):
        names[row].add(pass_.pass_id.partition("~")[2])
    site = Site.about(52.52, 13.41, grid_deg=0.1, horizon_mask=mask)
    assert names == {0: {site.mask_key}, 1: {""}}
    assert passes.take(passes.observer == 0).horizon_masks == (mask, None)
