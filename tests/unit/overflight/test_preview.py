from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orbit.errors import OrbitError
from orbit.observers import Observer
from overflight.preview import Wanted, preview

START = datetime(2026, 10, 10, tzinfo=UTC)
BERLIN = Observer(name="Berlin, DE", latitude_deg=52.52, longitude_deg=13.41)
THREE_DAYS = Wanted(start=START, end=START + timedelta(days=3))


def _preview(element_sets, observer=BERLIN, **wanted):
    return preview(element_sets, observer, replace(THREE_DAYS, **wanted), grid_deg=0.1)


def test_satellites_are_merged(iss, css):
    """Passes of several satellites come by culmination, and none needs a reason."""
    answer = _preview([iss, css])
    assert {pass_.norad_id for pass_ in answer.passes} == {25544, 48274}
    times = [pass_.culmination.time for pass_ in answer.passes]
    assert times == sorted(times)
    assert answer.reasons == []


def test_order_of_satellites_does_not_matter(iss, css):
    """Whichever satellite is asked for first, the answer is the same."""
    assert _preview([iss, css]).passes == _preview([css, iss]).passes


def test_min_culmination_keeps_passes_whole(iss):
    """A high minimum drops low passes and leaves the others as they were."""
    everything, high = _preview([iss]).passes, _preview([iss], min_culmination_deg=40.0).passes
    assert 0 < len(high) < len(everything)
    assert high == [p for p in everything if p.culmination.elevation_deg >= 40.0]


def test_visible_only(iss, css):
    """Only visible passes are left, all of them."""
    everything = _preview([iss, css]).passes
    seen = _preview([iss, css], visible_only=True).passes
    assert 0 < len(seen) < len(everything)
    assert seen == [pass_ for pass_ in everything if pass_.visible]


def test_no_satellites():
    """Nothing asked, nothing answered."""
    answer = _preview([])
    assert (answer.passes, answer.reasons) == ([], [])


@pytest.mark.parametrize(
    ("observer", "wanted", "reason"),
    [
        ({"latitude_deg": 85.0}, {}, "ISS (ZARYA): it stays below the horizon; its orbit reaches"),
        ({"latitude_deg": -85.0}, {}, "this place lies at -85.0 deg"),
        ({"latitude_deg": 66.0}, {}, "no pass above 10 deg in this window; it culminates at"),
        ({}, {"min_culmination_deg": 89.9}, "deg, below the 89.9 deg asked for"),
        ({}, {"end": START + timedelta(minutes=1)}, "no pass in this window; try a longer one"),
        ({}, {"visible_only": True, "end": START + timedelta(hours=16)}, "but none can be seen"),
    ],
    ids=["too far north", "too far south", "low", "asked too high", "too short", "bright"],
)
def test_no_pass_has_a_reason(iss, observer, wanted, reason):
    """An empty answer says, in one line, why it is empty."""
    answer = _preview([iss], replace(BERLIN, **observer), **wanted)
    assert answer.passes == []
    [given] = answer.reasons
    assert given.startswith("ISS (ZARYA): ")
    assert reason in given
    assert "\n" not in given


def test_only_the_satellite_without_passes_has_a_reason(iss, css):
    """Where one satellite passes and the other does not, the other is explained."""
    answer = _preview([iss, css], replace(BERLIN, latitude_deg=57.0), min_culmination_deg=20.0)
    assert {pass_.norad_id for pass_ in answer.passes} == {25544}
    [reason] = answer.reasons
    assert reason.startswith("CSS (TIANHE): ")


def test_a_set_without_a_name_is_called_by_its_number(iss):
    """Where the element set has no name, rows and reasons show the catalog number."""
    nameless = replace(iss, name="")
    assert _preview([nameless]).passes[0].satellite == "25544"
    [reason] = _preview([nameless], replace(BERLIN, latitude_deg=85.0)).reasons
    assert reason.startswith("25544: ")


def test_broken_sets_are_errors(iss):
    """A satellite that has come down is an error, not an empty answer."""
    down = replace(iss, mean_motion_rev_per_day=17.5)
    with pytest.raises(OrbitError, match="25544 cannot be propagated"):
        _preview([down])
