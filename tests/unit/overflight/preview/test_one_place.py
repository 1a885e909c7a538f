from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from orbit.errors import OrbitError
from orbit.horizon import HorizonMask
from orbit.places import PlaceError
from orbit.publishing.rows import Pass
from overflight.cli.passes.table import print_preview
from overflight.element_files import ElementFile
from overflight.errors import NoElements
from overflight.preview.one_place import PlaceQuery, preview
from overflight.preview.query import MAX_SATELLITES
from overflight.settings.values import Place, Settings
from tle import Parsed, Refusal
from tle.formats.base import Located

START = datetime(2026, 10, 10, tzinfo=UTC)
BERLIN = "52.52,13.41"
THREE_DAYS = PlaceQuery(place=BERLIN, start=START, end=START + timedelta(days=3))
BALCONY = Place(latitude_deg=52.52, longitude_deg=13.41, height_m=34.0, time_zone="Europe/Berlin")
YARD = Place(latitude_deg=52.52, longitude_deg=13.41, horizon_mask="180:0 181:60 359:60 0:0")
SETTINGS = Settings(home=Path("home"), origins={}, places={"balcony": BALCONY, "yard": YARD})
WALL_IN_THE_WEST = HorizonMask.of([(180, 0), (181, 60), (359, 60), (0, 0)])
WELL = HorizonMask.of([(0, 89)])
BAD = Refusal(line=7, norad_id=20580, name="HST", reason="checksum is 3; expected 4")


def _file(element_sets, refusals=()):
    sets = [Located(each, 1) for each in element_sets]
    return ElementFile(name="sky.tle", parsed=Parsed(sets=sets, refusals=list(refusals)))


def _preview(element_sets, refusals=(), **asked):
    query = replace(THREE_DAYS, **asked)
    return preview(query, settings=SETTINGS, file=_file(element_sets, refusals), now=START)


# --- which passes -------------------------------------------------------------------------------


def test_satellites_are_merged(iss, css):
    """Passes of several satellites come by culmination, and none needs a note."""
    answer = _preview([iss, css])
    assert {pass_.norad_id for pass_ in answer.passes} == {25544, 48274}
    times = [pass_.culmination.time for pass_ in answer.passes]
    assert times == sorted(times)
    assert answer.notes == []


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


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"place": "85,13"}, "ISS (ZARYA): it stays below the horizon; its orbit reaches"),
        ({"place": "-85,13"}, "this place lies at -85.0 deg"),
        ({"place": "66,13.41"}, "no pass above 10 deg in this window; it culminates at"),
        ({"min_culmination_deg": 89.9}, "deg, below the 89.9 deg asked for"),
        ({"end": START + timedelta(minutes=1)}, "no pass in this window; try a longer one"),
        ({"visible_only": True, "end": START + timedelta(hours=16)}, "but none can be seen"),
        ({"horizon_mask": WELL}, " passes, but none clears the horizon mask; without it the high"),
        ({"horizon_mask": WELL, "place": "85,13"}, "it stays below the horizon"),
        ({"horizon_mask": WALL_IN_THE_WEST, "min_culmination_deg": 89.9}, "below the 89.9 deg"),
    ],
    ids=[
        *("too far north", "too far south", "low", "asked too high", "too short", "bright"),
        *("hidden", "hidden and too far north", "half hidden and asked too high"),
    ],
)
def test_no_pass_has_a_reason(iss, asked, reason):
    """An empty answer says, in one line, why it is empty."""
    answer = _preview([iss], **asked)
    assert answer.passes == []
    [given] = answer.notes
    assert given.startswith("ISS (ZARYA): ")
    assert reason in given
    assert "\n" not in given


def test_only_the_satellite_without_passes_has_a_reason(iss, css):
    """Where one satellite passes and the other does not, the other is explained."""
    answer = _preview([iss, css], place="57,13.41", min_culmination_deg=20.0)
    assert {pass_.norad_id for pass_ in answer.passes} == {25544}
    [reason] = answer.notes
    assert reason.startswith("CSS (TIANHE): ")


def test_a_set_without_a_name_is_called_by_its_number(iss):
    """Where the element set has no name, rows and reasons show the catalog number."""
    nameless = replace(iss, name="")
    assert _preview([nameless]).passes[0].satellite == "25544"
    [reason] = _preview([nameless], place="85,13").notes
    assert reason.startswith("25544: ")


def test_broken_sets_are_errors(iss):
    """A satellite that has come down is an error, not an empty answer."""
    down = replace(iss, mean_motion_rev_per_day=17.5)
    with pytest.raises(OrbitError, match="25544 cannot be propagated"):
        _preview([down])


def test_a_broken_set_does_not_take_the_others_along(iss, css):
    """Where one satellite has come down, that is a note, and the others are shown as ever."""
    down = replace(iss, mean_motion_rev_per_day=17.5)
    answer = _preview([down, css])
    assert answer.passes == _preview([css]).passes
    assert answer.element_sets == [css]
    [note] = answer.notes
    assert note.startswith("satellite 25544 cannot be propagated")


def test_sets_of_another_year_are_broken_too(iss, css):
    """Where no set reaches the window, the error names every satellite."""
    old = [replace(each, epoch=each.epoch - timedelta(days=400)) for each in (iss, css)]
    with pytest.raises(OrbitError, match=r"(?s)satellite 25544 .*more than 366.*\nsatellite 48274"):
        _preview(old)


def test_a_set_that_breaks_behind_a_mask_does_not_take_the_others_along(iss, css):
    """Above a mask more of the orbit is needed; a set that does not reach so far is a note."""
    old = replace(iss, epoch=THREE_DAYS.end - timedelta(days=366) + timedelta(minutes=30))
    assert len(_preview([old, css]).element_sets) == 2
    answer = _preview([old, css], horizon_mask=WALL_IN_THE_WEST)
    assert answer.passes == _preview([css], horizon_mask=WALL_IN_THE_WEST).passes != []
    [note] = answer.notes
    assert note.startswith("satellite 25544 cannot be propagated")


# --- above which skyline ------------------------------------------------------------------------


def test_a_wall_shortens_passes(iss):
    """Behind a wall in the west passes begin later, at its edge, and what lies east is kept."""
    whole = {pass_.los.time: pass_ for pass_ in _preview([iss]).passes}
    cut = _preview([iss], horizon_mask=WALL_IN_THE_WEST).passes
    assert 0 < len(cut) < len(whole)
    late = [pass_ for pass_ in cut if pass_.aos.time > whole[pass_.los.time].aos.time]
    assert len(late) > 5
    for pass_ in cut:
        assert 0 < pass_.aos.azimuth_deg < 181 or pass_.aos.elevation_deg == pytest.approx(60)


def test_passes_above_a_mask_have_names_of_their_own(iss):
    """Their ids are those of the open horizon and a key of the mask, in whole degrees."""
    plain = {pass_.los.time: pass_.pass_id for pass_ in _preview([iss]).passes}
    for mask in (WALL_IN_THE_WEST, HorizonMask.of([(180, 0.3), (181.2, 60), (359, 60), (0, 0)])):
        for pass_ in _preview([iss], horizon_mask=mask, min_culmination_deg=53.0).passes:
            name, key = pass_.pass_id.split("~")
            assert name == plain[pass_.los.time]
            assert key == "d8bc515a"


def test_the_mask_of_an_own_place(iss):
    """A mask in the settings counts for its place, unless the query brings another."""
    own = _preview([iss], place="Yard").passes
    asked = _preview([iss], horizon_mask=WALL_IN_THE_WEST).passes
    assert [pass_.pass_id for pass_ in own] == [pass_.pass_id for pass_ in asked] != []
    assert _preview([iss], place="yard", horizon_mask=WELL).passes == []


# --- which satellites ---------------------------------------------------------------------------


def test_the_newest_set_counts(iss):
    """Of several sets of one satellite the one of the newest epoch is used."""
    older = replace(iss, epoch=iss.epoch - timedelta(days=1))
    for element_sets in ([older, iss], [iss, older]):
        assert _preview(element_sets).element_sets == [iss]


def test_refused_sets_are_handed_on(iss):
    """What the file could not give comes with the answer."""
    assert _preview([iss], [BAD]).refused == [BAD]
    assert _preview([iss]).refused == []


@pytest.mark.parametrize(
    ("refusals", "asked", "told"),
    [
        ([], {}, "sky.tle holds no element set that can be used"),
        ([BAD], {}, "that can be used; refused:\n  line 7: checksum is 3; expected 4"),
        ([], {"satellites": ("20580", "hst")}, "sky.tle holds no element set of satellite 20580"),
        ([BAD] * 7, {"satellites": ("20580",)}, "expected 4 and 2 more"),
    ],
    ids=["empty", "all refused", "not there", "refused"],
)
def test_nothing_to_show_is_an_error(refusals, asked, told):
    """A file without the elements asked for is an error that says why they are missing."""
    with pytest.raises(NoElements) as caught:
        _preview([], refusals, **asked)
    assert told in str(caught.value)


def test_nothing_loaded_is_an_error():
    """Without a file and a database there is nothing, and the error says how to load some."""
    with pytest.raises(NoElements, match=r"(?s)25544, 48274 is .*tle load FILE") as told:
        preview(THREE_DAYS, settings=SETTINGS, now=START)
    assert told.value.norad_ids == (25544, 48274)


def test_many_satellites_of_a_file(iss):
    """Of a long file the first satellites are taken, unless all or certain ones are asked for."""
    many = [replace(iss, norad_id=100_000 + k) for k in range(MAX_SATELLITES + 1)]
    hour = {"end": START + timedelta(hours=1)}
    first = _preview(many, **hour)
    assert first.element_sets == many[:MAX_SATELLITES]
    assert "holds 21 satellites; these are the first 20" in first.notes[0]
    assert _preview(many, **hour, all_satellites=True).element_sets == many
    assert _preview(many, **hour, satellites=("100020",)).element_sets == many[20:]


# --- which place --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "asked_m", "height_m"),
    [("Balcony", None, 34.0), ("balcony", 0.0, 0.0), ("balcony", 5.0, 5.0), (BERLIN, None, 0.0)],
)
def test_height(iss, place, asked_m, height_m):
    """A height that was asked for, 0 included, wins over that of an own place."""
    assert _preview([iss], place=place, height_m=asked_m).observer.height_m == height_m


def test_namesakes_are_named(iss):
    """Where a name means several cities, a note says which was taken."""
    [note] = _preview([iss], place="Paris").notes
    assert note.startswith("taken as Paris, ")
    assert "Paris, Texas, US" in note


def test_a_wrong_place_is_an_error(iss):
    """Coordinates off the globe are refused."""
    with pytest.raises(PlaceError, match="latitude from -90 to 90"):
        _preview([iss], place="91,0")


# --- how it is shown ----------------------------------------------------------------------------


@pytest.fixture
def shown(capsys):
    """Print a preview in UTC; return the headline, the rows and what was said beside them."""

    def show(answer, now=START):
        print_preview(answer, ZoneInfo("UTC"), start=START, now=now)
        told = capsys.readouterr()
        headline, *table = told.out.splitlines()
        return headline, table[2:], told.err

    return show


CONFIDENCE = {1: "firm", 6: "provisional", 11: "date_only"}  # by age in days


def _changed(pass_, **given):
    """A pass as the table reads it, that says something else here and there."""
    said = {name: getattr(pass_, name) for name in dir(Pass) if not name.startswith("_")}
    return SimpleNamespace(**said | given)


@pytest.mark.parametrize(
    ("age_days", "row", "tail"),
    [
        (1, "Sat 10 Oct  08:22:43  WSW  08:26:03  54°", "next pass in 8 h 22 min (±0.4 s)"),
        (
            6,
            "Sat 10 Oct  ~08:23  WSW  ~08:26  54°",
            "times are provisional; next pass in about 8 h 23 min (±12 s)",
        ),
        (11, "Sat 10 Oct  -  WSW  -  54°", "dates only; next pass on Sat 10 Oct"),
    ],
)
def test_times_are_as_fine_as_they_are_known(iss, shown, age_days, row, tail):
    """To the second while they are firm, to the minute while provisional, then the date alone."""
    answer = _preview([iss])
    [pass_] = [p for p in answer.passes if f"{p.culmination.time:%d %H:%M}" == "10 08:26"]
    element_set = replace(iss, epoch=START - timedelta(days=age_days))
    off_s = {1: 0.37, 6: 11.8, 11: 90.0}[age_days]
    aged = _changed(pass_, confidence=CONFIDENCE[age_days], uncertainty_s=off_s)
    headline, [line], _ = shown(replace(answer, element_sets=[element_set], passes=[aged]))
    assert line.split()[:7] == row.split()
    assert headline.endswith(f"ISS elements {age_days}.0 d old; {tail}")


@pytest.mark.parametrize(
    ("off_s", "shown_off"),
    [
        (0.02, "0.1 s"),
        (0.94, "0.9 s"),
        (1.6, "2 s"),
        (99.4, "99 s"),
        (150.0, "2 min"),
        (7e3, "hours"),
    ],
)
def test_how_far_off_in_words(iss, shown, off_s, shown_off):
    """The next pass comes with its uncertainty, as finely as that matters."""
    pass_ = _changed(_preview([iss]).passes[0], uncertainty_s=off_s)
    assert shown(replace(_preview([iss]), passes=[pass_]))[0].endswith(f" (±{shown_off})")


def test_old_elements_are_warned_of_with_seconds(iss, shown):
    """A warning says how far off the first and the last times may be."""
    answer = _preview([iss])
    first, last = answer.passes[0], answer.passes[-1]
    old = [
        _changed(first, element_age_days=4.0, uncertainty_s=4.2),
        _changed(last, element_age_days=11.0, uncertainty_s=130.0),
    ]
    warning = shown(replace(answer, passes=old))[2]
    assert "4.0 to 11.0 days old" in warning
    assert "off by 4 s to 2 min, and by more after a manoeuvre" in warning
    alone = shown(replace(answer, passes=old[:1]))[2]
    assert "are 4.0 days old" in alone
    assert "off by 4 s, and" in alone


def test_synthetic_elements_say_so(iss, shown):
    """With a design, however old, times are shown to the minute, without seconds of uncertainty."""
    synthetic = replace(iss, name="Greeter", synthetic=True, norad_id=99_001)
    old = replace(synthetic, epoch=iss.epoch - timedelta(days=40))
    for element_set in (synthetic, old):
        headline, rows, err = shown(_preview([element_set]))
        assert "; Greeter synthetic elements; times are provisional; next pass in about" in headline
        assert "±" not in headline
        assert all("~" in row for row in rows)
        assert err == ""
    many = [replace(synthetic, norad_id=99_001 + k) for k in range(3)]
    headline, _, err = shown(_preview([replace(iss, norad_id=70_000), *many]))
    assert "; 4 satellites, 3 with synthetic elements, the others 0.2 to 0.2 d old; " in headline
    many.append(replace(synthetic, norad_id=99_009))
    assert "; 4 satellites, 4 with synthetic elements; " in shown(_preview(many))[0]


def test_a_file_with_a_history_tells_how_far_off(iss, later):
    """Passes are as uncertain as the older sets in the file show, and confidence follows."""
    moved = [later(iss, day, mean_anomaly_deg=20.0 * day) for day in (-3.0, -2.0, -1.0)]
    calm, shaky = _preview([iss]).passes[0], _preview([iss, *moved]).passes[0]
    assert shaky.culmination == calm.culmination
    assert shaky.uncertainty_s > 30.0 > calm.uncertainty_s
    assert (calm.confidence, shaky.confidence) == ("firm", "date_only")


def test_date_turns_with_the_clock(iss, shown):
    """A provisional culmination that is rounded to midnight stands under the date it begins."""
    pass_ = _preview([iss]).passes[0]
    late = replace(pass_.culmination, time=datetime(2026, 10, 10, 23, 59, 40, tzinfo=UTC))
    pass_ = _changed(pass_, culmination=late, confidence="provisional")
    _, [line], _ = shown(replace(_preview([iss]), passes=[pass_]))
    assert line.startswith("Sun 11 Oct")
    assert "~00:00" in line


def test_mixed_trust_is_said(iss, shown):
    """Where only some times are coarse the headline says so."""
    answer = _preview([iss])
    passes = [_changed(answer.passes[0], confidence=each) for each in CONFIDENCE.values()]
    headline, _, _ = shown(replace(answer, passes=passes))
    assert "; some times are provisional; of some only the date is known; " in headline


def test_headline_counts_many_satellites(iss, shown):
    """More than three satellites are counted, with the span of their elements' ages."""
    epochs = [START - timedelta(days=age_days) for age_days in (4.1, 0.2, 1.0, 2.0)]
    many = [replace(iss, norad_id=70_000 + k, epoch=epoch) for k, epoch in enumerate(epochs)]
    headline, _, err = shown(_preview(many))
    assert "; 4 satellites, elements 0.2 to 4.1 d old; " in headline
    assert err.count("warning: ") == 1
    assert "3 satellites" not in shown(_preview(many[:3]))[0]


def test_many_old_sets_are_one_warning(iss, shown):
    """Old elements of more than three satellites are one line, not one each."""
    epoch = iss.epoch - timedelta(days=4)
    _, _, err = shown(_preview([replace(iss, norad_id=70_000 + k, epoch=epoch) for k in range(4)]))
    [line] = err.splitlines()
    assert line.startswith("warning: the elements of 4 satellites are more than 3 days old")


def test_fresh_elements_are_no_warning(iss, shown):
    """Elements that are fresh at the first pass are not warned of, though a week makes them old."""
    answer = _preview([iss], end=START + timedelta(days=7))
    assert answer.passes[-1].element_age_days > 6
    assert shown(answer)[2] == ""
    old = replace(iss, epoch=iss.epoch - timedelta(days=4))
    assert "of ISS (ZARYA) are 4." in shown(_preview([old]))[2]


@pytest.mark.parametrize(
    ("place", "label"),
    [
        (BERLIN, "52.5200, 13.4100, UTC;"),
        ("-0.00001,13.41", "-0.0000, 13.4100, UTC;"),
        ("JO62", "JO62 (52.50, 13.00), UTC;"),
        ("balcony", "balcony (52.52, 13.41), UTC;"),
        ("Berlin", "Berlin, DE (52.52, 13.41), UTC;"),
    ],
)
def test_position_is_said_once(iss, shown, place, label):
    """The headline adds the position to a name, and not to the position itself."""
    assert shown(_preview([iss], place=place))[0].startswith(label)
