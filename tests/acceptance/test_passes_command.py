"""``overflight passes`` as people type it."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = """
default_place = "balcony"

[places.balcony]
latitude = 52.52
longitude = 13.41
height = 34
time_zone = "Europe/Berlin"
"""
WALL_IN_THE_WEST = "azimuth_deg,min_elevation_deg\n180,0\n181,60\n359,60\n0,0\n"


@pytest.fixture
def passes(overflight, elements_file):
    """Run ``overflight passes`` on the element file, about its epoch."""

    def run(*arguments, start="2026-10-10"):
        return overflight("passes", "--elements", elements_file, "--start", start, *arguments)

    return run


@pytest.fixture
def rows(passes):
    """Return the passes as parsed JSON; stdout must hold nothing else."""

    def run(*arguments, **options):
        done = passes(*arguments, "--json", **options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def _culminations(found):
    return [pass_["culmination"]["time"] for pass_ in found]


# --- formats ------------------------------------------------------------------------------------


def test_formats_agree(passes, rows):
    """JSON is a list by culmination, JSON lines are its elements, CSV is the same flattened."""
    arguments = ("52.52,13.41", "--days", "2")
    found = rows(*arguments)
    assert len(found) > 5
    assert {pass_["norad_id"] for pass_ in found} == {25544, 48274}
    assert _culminations(found) == sorted(_culminations(found))

    lines = passes(*arguments, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == found

    flat = list(csv.DictReader(io.StringIO(passes(*arguments, "--format", "csv").stdout)))
    assert [row["pass_id"] for row in flat] == [pass_["pass_id"] for pass_ in found]
    for row, pass_ in zip(flat, found, strict=True):
        assert row["aos_time"] == pass_["aos"]["time"]
        assert float(row["observer_latitude_deg"]) == pass_["observer"]["latitude_deg"]
        assert row["visible"] == json.dumps(pass_["visible"])


def test_table(passes):
    """The table shows local time, compass and duration, and names the satellites apart."""
    done = passes("52.52,13.41", "--days", "1")
    assert done.returncode == 0
    assert "Europe/Berlin" in done.stdout
    assert "Sat 10 Oct" in done.stdout
    line = next(line for line in done.stdout.splitlines() if "10:26:03" in line)
    for cell in ("ISS", "10:22:43", "WSW", "54°", "SSE", "10:29:24", "6:41"):
        assert cell in line.split()


# --- places -------------------------------------------------------------------------------------


def test_places(passes, rows):
    """Coordinates, two options, a locator and a city's name are all places."""
    southern = rows("-33.9,18.4", "--days", "1", "-s", "iss")
    assert southern[0]["observer"]["latitude_deg"] == -33.9
    assert southern[0]["observer"]["time_zone"] == "Africa/Johannesburg"
    options = rows("--lat", "-33.9", "--lon", "18.4", "--days", "1", "-s", "iss")
    assert options == southern
    behind_dashes = passes("--days", "1", "-s", "iss", "--json", "--", "-33.9,18.4")
    assert json.loads(behind_dashes.stdout) == southern
    locator = rows("JO62", "--days", "1")
    assert locator[0]["observer"]["latitude_deg"] == pytest.approx(52.5)
    texan = rows("Paris, Texas", "--days", "1")
    assert texan[0]["observer"]["time_zone"] == "America/Chicago"


def test_height_counts(rows):
    """From a mountain the satellite is nearer."""
    low, high = (rows("27.99,86.93", "--days", "1", "--height", h)[0] for h in ("0", "8848"))
    assert high["observer"]["height_m"] == 8848
    assert high["culmination"]["range_km"] < low["culmination"]["range_km"] - 1


def test_own_places(home, passes, rows):
    """A place of overflight.toml answers to its name, and the default place to none at all."""
    home.mkdir()
    (home / "overflight.toml").write_text(SETTINGS)
    by_name = rows("Balcony", "--days", "1")
    assert by_name[0]["observer"]["height_m"] == 34
    assert rows("balcony", "--days", "1", "--height", "0")[0]["observer"]["height_m"] == 0
    by_default = rows("--days", "1")
    assert [p["pass_id"] for p in by_default] == [p["pass_id"] for p in by_name]
    assert _culminations(by_default) == _culminations(by_name)


@pytest.mark.parametrize(
    ("place", "code", "told"),
    [
        (["Berlni"], 1, 'did you mean "Berlin"?'),
        (["91,0"], 1, "latitude from -90 to 90"),
        (["-.5,10"], 1, "such as 52.52,13.41"),
        (["--lat", "5"], 2, "both --lat and --lon"),
        (["--lat", "-33,9", "--lon", "18"], 2, "'-33,9' is not a valid float"),
        (["Berlin", "--lat", "5", "--lon", "6"], 2, "both --lat and --lon"),
        ([], 2, "set default_place in overflight.toml"),
    ],
    ids=["misspelt", "impossible", "no option", "half", "comma", "twice", "none"],
)
def test_wrong_places(passes, place, code, told):
    """A place that is none is refused, and the answer says what would be one."""
    done = passes(*place)
    assert done.returncode == code
    assert done.stdout == ""
    assert told in done.stderr


# --- satellites ---------------------------------------------------------------------------------


def test_satellites(rows):
    """A satellite answers to its number, its name and its alias, and to several at once."""
    for query in ("48274", "CSS (TIANHE)", "tiangong"):
        assert {p["norad_id"] for p in rows("30.3,120.2", "--days", "1", "-s", query)} == {48274}
    both = rows("30.3,120.2", "--days", "1", "-s", "iss", "-s", "tiangong")
    assert {pass_["norad_id"] for pass_ in both} == {25544, 48274}


def test_unknown_satellite(passes, elements_file):
    """A satellite that the file does not hold is named, with the file."""
    done = passes("52.52,13.41", "-s", "20580")
    assert done.returncode == 1
    assert f"{elements_file} holds no element set of satellite 20580" in done.stderr


def test_refused_elements(overflight, elements_file, tmp_path):
    """Bad sets in a file are told, the good ones shown, and the exit code is 1."""
    lines = elements_file.read_text().splitlines()
    lines[1] = lines[1][:-1] + str((int(lines[1][-1]) + 1) % 10)  # the checksum of the ISS
    damaged = tmp_path / "damaged.3le"
    damaged.write_text("\n".join(lines))
    arguments = ("52.52,13.41", "--start", "2026-10-10", "--days", "2", "--json")
    done = overflight("passes", *arguments, "--elements", damaged)
    assert done.returncode == 1
    assert {pass_["norad_id"] for pass_ in json.loads(done.stdout)} == {48274}
    assert f"warning: {damaged}, line 2: " in done.stderr

    damaged.write_text("\n".join(lines[:3]))
    done = overflight("passes", *arguments, "--elements", damaged)
    assert done.returncode == 1
    assert done.stdout == ""
    assert (
        f"{damaged} holds no element set that can be used; refused:\n  line 2: line 1 ends"
        in done.stderr
    )


def test_no_file_is_a_usage_error(overflight):
    """An empty name of a file is a slip, and not a wish for the stored elements."""
    done = overflight("passes", "52.52,13.41", "--elements", "")
    assert done.returncode == 2
    assert "--elements: expected a file" in done.stderr


def test_elements_are_not_stored(home, passes):
    """A preview from a file writes nothing: the home does not come into being."""
    assert passes("Berlin", "--days", "1").returncode == 0
    assert not home.exists()


def test_elements_from_standard_input(overflight, elements_file):
    """``--elements -`` reads a pipe."""
    done = overflight(
        *("passes", "52.52,13.41", "--elements", "-", "--start", "2026-10-10", "--json"),
        stdin=elements_file.read_text(),
    )
    assert len(json.loads(done.stdout)) > 20


def test_many_satellites(overflight, elements_file, tmp_path):
    """Of a file with more than 20 satellites the first 20 are shown, unless all are asked for."""
    omm = json.loads(elements_file.with_suffix(".json").read_text())[0]
    many = tmp_path / "many.json"
    many.write_text(json.dumps([omm | {"NORAD_CAT_ID": 100_000 + k} for k in range(21)]))
    arguments = ("passes", "52.52,13.41", "--elements", many, "--start", "2026-10-10", "--json")
    first = overflight(*arguments, "--days", "1")
    assert "holds 21 satellites" in first.stderr
    assert len({pass_["norad_id"] for pass_ in json.loads(first.stdout)}) == 20
    everything = overflight(*arguments, "--days", "1", "--all-satellites")
    assert len({pass_["norad_id"] for pass_ in json.loads(everything.stdout)}) == 21


def test_fresh_home(home, overflight):
    """Without elements the answer names the commands that help, and nothing is created."""
    done = overflight("passes", "52.52,13.41", "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "overflight tle load FILE" in done.stderr
    assert "overflight passes PLACE --elements FILE" in done.stderr
    assert not home.exists()


def test_loaded_elements(overflight, rows, elements_file):
    """Once loaded, a set serves previews as the file did."""
    assert overflight("tle", "load", elements_file).returncode == 0
    arguments = ("52.52,13.41", "--days", "1")
    done = overflight("passes", *arguments, "--start", "2026-10-10", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == rows(*arguments)


def test_followed_satellites_that_are_not_loaded(home, overflight, elements_file):
    """Of the satellites in the settings those loaded are shown; where none is, that is an error."""
    assert overflight("tle", "load", elements_file).returncode == 0
    arguments = ("passes", "52.52,13.41", "--start", "2026-10-10", "--days", "1", "--json")
    (home / "overflight.toml").write_text("satellites = [25544, 20580]")
    some = overflight(*arguments)
    assert some.returncode == 0
    assert {pass_["norad_id"] for pass_ in json.loads(some.stdout)} == {25544}
    assert "no element set of satellite 20580 is loaded; it is left out" in some.stderr

    (home / "overflight.toml").write_text("satellites = [20580, 33591]")
    none = overflight(*arguments)
    assert none.returncode == 1
    assert none.stdout == ""
    assert "of satellite 20580, 33591 is loaded; loaded: 25544 ISS (ZARYA), 48274" in none.stderr


# --- windows and thresholds ---------------------------------------------------------------------


def test_window_options(rows):
    """Days, hours and an end that say the same give the same."""
    by_days = rows("52.52,13.41", "--days", "1.5")
    assert rows("52.52,13.41", "--hours", "36") == by_days
    assert rows("52.52,13.41", "--end", "2026-10-11T12:00Z") == by_days
    assert all("2026-10-10T" <= time < "2026-10-11T12" for time in _culminations(by_days))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--days", "1", "--hours", "3"], "one of --end, --days and --hours"),
        (["--end", "2026-10-09"], "expected its end after its start"),
        (["--days", "0"], "0 hours long"),
        (["--start", "someday"], "'someday' is no time"),
        (["--start", "9999-12-31"], "not within reach"),
        (["-e", "95"], "not in the range -5<=x<=89"),
        (["--zone", "Mars/Olympus"], "no time zone 'Mars/Olympus'"),
        (["--days", "many"], "'many' is not a valid float"),
    ],
)
def test_wrong_options(passes, options, told):
    """A wrong value ends with one line that says what is wrong, and an empty stdout."""
    done = passes("52.52,13.41", *options)
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert told in last


def test_thresholds(rows):
    """A pass begins and ends at --min-elevation; --min-culmination only leaves passes out."""
    found = rows("52.52,13.41", "--days", "2", "-e", "25", "-s", "iss")
    assert {pass_["aos"]["elevation_deg"] for pass_ in found} == {25.0}
    high = rows("52.52,13.41", "--days", "2", "--min-culmination", "25", "-s", "iss")
    assert _culminations(high) == _culminations(found)
    assert {pass_["aos"]["elevation_deg"] for pass_ in high} == {10.0}


def test_visible(rows):
    """--visible leaves exactly the passes that can be seen."""
    everything = rows("30.3,120.2", "--days", "3")
    seen = rows("30.3,120.2", "--days", "3", "--visible")
    assert seen == [pass_ for pass_ in everything if pass_["visible"]]
    assert 0 < len(seen) < len(everything)


def test_zones(passes):
    """Tables are in local time, in UTC, or in the zone asked for."""
    arguments = ("52.52,13.41", "--days", "1", "-s", "iss")
    for zone, rises in (("local", "10:22:43"), ("utc", "08:22:43"), ("Asia/Shanghai", "16:22:43")):
        assert rises in passes(*arguments, "--zone", zone).stdout


@pytest.mark.parametrize(("form", "stdout"), [("json", "[]\n"), ("jsonl", "")])
def test_no_passes(passes, form, stdout):
    """No passes is an answer, not an error: the output is empty, and stderr says why."""
    done = passes("85,0", "--days", "1", "--format", form)
    assert done.returncode == 0
    assert done.stdout == stdout
    assert "ISS (ZARYA): it stays below the horizon" in done.stderr
    assert "CSS (TIANHE): it stays below the horizon" in done.stderr


def test_no_passes_as_csv(passes):
    """Without passes CSV still has the header that it has with them."""
    none, some = (
        passes(place, "--days", "1", "--format", "csv") for place in ("85,0", "52.5,13.4")
    )
    assert none.stdout == some.stdout.splitlines(keepends=True)[0]


# --- horizon masks ------------------------------------------------------------------------------


@pytest.fixture
def roof(tmp_path):
    """A file with a wall in the west."""
    path = tmp_path / "roof.csv"
    path.write_text(WALL_IN_THE_WEST)
    return path


def test_a_mask_hides_what_is_behind_it(rows, roof):
    """Passes begin where they come out from behind the mask, and look like any other."""
    asked = ("52.52,13.41", "-s", "iss", "--days", "1")
    whole = {pass_["los"]["time"]: pass_ for pass_ in rows(*asked)}
    cut = rows(*asked, "--mask", roof)
    assert 0 < len(cut) < len(whole)
    for pass_ in cut:
        before = whole[pass_["los"]["time"]]
        assert list(pass_) == list(before)
        assert pass_["duration_s"] <= before["duration_s"]
        assert pass_["aos"]["time"] <= pass_["culmination"]["time"] <= pass_["los"]["time"]
        assert pass_["aos"]["azimuth_deg"] < 181 or round(pass_["aos"]["elevation_deg"], 3) == 60
    middle = next(pass_ for pass_ in cut if "T08:26:03" in pass_["culmination"]["time"])
    assert middle["pass_id"].startswith("25544@+52.50+013.40@20261010T0826Z~")
    assert middle["aos"]["elevation_deg"] > 50
    assert middle["duration_s"] < 220


def test_an_open_mask_hides_nothing(rows, tmp_path):
    """A mask below the threshold leaves every time and direction as it is."""
    (tmp_path / "sea.csv").write_text("0,-5\n")
    asked = ("52.52,13.41", "--days", "2")
    masked, plain = rows(*asked, "--mask", tmp_path / "sea.csv"), rows(*asked)
    assert len(masked) == len(plain) > 5
    for name in ("aos", "culmination", "los"):
        assert [pass_[name] for pass_ in masked] == [pass_[name] for pass_ in plain]


def test_everything_hidden(passes, tmp_path):
    """Where the mask hides all passes, the answer says so, and how high they would climb."""
    (tmp_path / "well.csv").write_text("0,89\n")
    done = passes("52.52,13.41", "-s", "iss", "--days", "1", "--mask", tmp_path / "well.csv")
    assert done.returncode == 0
    assert "ISS (ZARYA): 5 passes, but none clears the horizon mask" in done.stderr
    assert "the highest culminates at 77.9 deg" in done.stderr


def test_a_mask_of_a_place_of_ones_own(home, rows, roof, tmp_path):
    """A place of overflight.toml brings its mask, whose passes have the same names as a file's."""
    home.mkdir()
    mask = 'horizon_mask = "180:0 181:60 359:60 0:0"\n'
    (home / "overflight.toml").write_text(SETTINGS + mask)
    ids = [pass_["pass_id"] for pass_ in rows("--days", "1")]
    assert ids == [pass_["pass_id"] for pass_ in rows("52.52,13.41", "--days", "1", "--mask", roof)]
    (tmp_path / "well.csv").write_text("0,89\n")
    assert rows("--days", "1", "--mask", tmp_path / "well.csv") == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "roof.csv: No such file"),
        (b"", "roof.csv: expected at least one point, got none"),
        (b"0,10\n\x80\xff\n", "roof.csv, line 2: expected lines of azimuth_deg,min_elevation_deg"),
        (b"0,10\nnorth,20\n", "roof.csv, line 2: expected azimuth_deg,min_elevation_deg as two"),
        (b"0,10\n90,95\n", "roof.csv, line 2: expected an elevation from -5 to 89 degrees, got 95"),
    ],
    ids=["missing", "empty", "not text", "not numbers", "not an elevation"],
)
def test_wrong_masks(passes, tmp_path, content, told):
    """A file that is no mask is refused by its name and line, and nothing is printed."""
    if content is not None:
        (tmp_path / "roof.csv").write_bytes(content)
    done = passes("52.52,13.41", "--mask", tmp_path / "roof.csv")
    assert done.returncode == 1
    assert done.stdout == ""
    assert told in done.stderr


def test_no_mask_file_is_a_usage_error(passes):
    """An empty name of a mask's file is a slip, and not a wish for an open horizon."""
    done = passes("52.52,13.41", "--mask", "")
    assert done.returncode == 2
    assert "--mask: expected a file" in done.stderr


# --- habits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["predict", "Berlin"], "did you mean 'overflight passes'?"),
        (["pases", "Berlin"], "did you mean 'overflight passes'?"),
        (["load", "x"], "did you mean 'overflight tle load' or 'overflight campaign load'?"),
        (["import", "x"], "did you mean 'overflight customers import'?"),
        (["customers", "load", "x"], "did you mean 'overflight customers import'?"),
        (["queue", "load"], "there are: "),
        (["lst"], "there are: "),
        (["xyzzy"], "there are: "),
    ],
)
def test_wrong_verbs(overflight, typed, told):
    """A verb of another tool, a slip of the finger and nonsense are answered with what there is."""
    done = overflight(*typed)
    assert done.returncode == 2
    assert told in done.stderr


def test_help_names_every_option(overflight):
    """The help is complete, and ends with examples."""
    told = overflight("passes", "--help").stdout
    for option in ("--lat", "--elements", "--all-satellites", "--min-culmination", "--zone"):
        assert option in told
    assert 'overflight passes "Paris, Texas"' in told


def test_broken_pipe(environment, elements_file, tmp_path):
    """Where nobody reads on, the command stops without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [
            Path(sys.executable).with_name("overflight"),
            *("passes", "52.52,13.41", "--elements", elements_file),
            *("--start", "2026-10-10", "--format", "jsonl"),
        ],
        check=False,
        env=environment,
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
    )
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == ""
