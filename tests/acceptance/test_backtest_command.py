"""``overflight tle backtest``, and how a stored history shows in previews."""

import json
from dataclasses import replace

import pytest

from tle.formats.omm_json import to_json
from tle.times import iso_z


@pytest.fixture
def history_file(tmp_path, iss, css, later):
    """Eight sets of the ISS a day apart, every other one 4 s late, and one of Tianhe."""
    late_deg = 360.0 * 4.0 / iss.period_s
    sets = [iss, *(later(iss, float(-day)) for day in range(1, 8))]
    late = [
        replace(each, mean_anomaly_deg=each.mean_anomaly_deg - late_deg * (number % 2))
        for number, each in enumerate(sets)
    ]
    path = tmp_path / "history.json"
    path.write_text("[" + ",\n".join(map(to_json, [css, *late])) + "]")
    return path


def test_of_a_file(overflight, history_file):
    """The drift of each age stands beside what was predicted, as a table or JSON."""
    table = overflight("tle", "backtest", history_file)
    assert table.returncode == 0
    headline, headers, _, *rows = table.stdout.splitlines()
    assert headline == "8 element sets of 1 satellite; 0 manoeuvres seen"
    assert headers.split()[:2] == ["age", "quiet"]
    assert len(rows) == 8
    one_day = rows[1].split()
    assert one_day[:3] == ["1", "d", "7"]
    assert float(one_day[3]) == pytest.approx(4.0, abs=0.2)
    found = json.loads(overflight("tle", "backtest", history_file, "--json").stdout)
    ages = found["ages"]
    assert [row["age_days"] for row in ages] == [0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0]
    assert ages[1]["quiet"]["pairs"] == 7
    assert ages[1]["all"]["median_s"] == pytest.approx(4.0, abs=0.2)


def test_across_a_manoeuvre(overflight, tmp_path, iss, later):
    """A reboost is told with its date, and the drift across it stands beside the quiet one."""
    sets = [later(iss, 0.5 * half_days) for half_days in range(10)]
    slower = sets[-1].mean_motion_rev_per_day - 0.01
    raised = replace(sets[-1], mean_motion_rev_per_day=slower)
    sets[-1:] = [later(raised, 0.5 * half_days) for half_days in range(10)]
    path = tmp_path / "reboost.json"
    path.write_text("[" + ",\n".join(map(to_json, sets)) + "]")
    table = overflight("tle", "backtest", path).stdout.splitlines()
    by = f"{raised.epoch:%Y-%m-%d}"
    assert table[0] == f"19 element sets of 1 satellite; 1 manoeuvre seen, by {by}"
    found = json.loads(overflight("tle", "backtest", path, "--json").stdout)
    [history] = found["histories"]
    assert history["manoeuvres"] == [iso_z(raised.epoch)]
    three_days = found["ages"][3]
    assert three_days["quiet"]["max_s"] < 1.0
    assert three_days["all"]["max_s"] > 30.0
    assert three_days["all"]["covered"] < three_days["quiet"]["covered"]


def test_what_cannot_be_used(overflight, tmp_path, history_file):
    """Of bad files and sets the good ones are tested, the others told, and the exit code is 1."""
    bad = tmp_path / "bad.json"
    bad.write_text(history_file.read_text().replace('"MEAN_MOTION"', '"MEAN"', 1))
    page = tmp_path / "page.html"
    page.write_text("<html></html>")
    done = overflight("tle", "backtest", page, bad, tmp_path / "none.txt")
    assert done.returncode == 1
    assert done.stdout.startswith("8 element sets of 1 satellite")
    assert done.stderr.count("refused: ") == 3
    assert "none.txt: No such file or directory" in done.stderr


def test_of_the_store(overflight, history_file):
    """Without a file the stored history is held against itself; a name chooses the satellite."""
    nothing = overflight("tle", "backtest")
    assert nothing.returncode == 1
    assert "no satellite has a history" in nothing.stderr
    assert "name a FILE" in nothing.stderr
    overflight("tle", "load", history_file)
    stored = overflight("tle", "backtest", "-s", "iss", "--json")
    of_file = overflight("tle", "backtest", history_file, "-s", "25544", "--json")
    assert stored.returncode == 0
    assert json.loads(stored.stdout) == json.loads(of_file.stdout)
    short = overflight("tle", "backtest", "-s", "tianhe", "-s", "99001", "-s", "iss")
    assert short.returncode == 1
    assert short.stdout == overflight("tle", "backtest", "-s", "iss").stdout
    assert "48274 CSS (TIANHE) has one element set" in short.stderr
    assert "99001 has no real element set" in short.stderr


def test_of_an_adopted_number(overflight, history_file):
    """The stored history of a satellite is found under the number it was first known by, too."""
    overflight("tle", "load", history_file)
    text = history_file.read_text().replace("25544", "99001")
    history_file.write_text(text.replace('"OBJECT_NAME":"ISS (ZARYA)"', '"OBJECT_NAME":"NEW"'))
    overflight("tle", "load", history_file)
    assert overflight("tle", "adopt", "99001", "25999").returncode == 0
    done = overflight("tle", "backtest", "-s", "99001")
    assert done.returncode == 0
    assert done.stdout == overflight("tle", "backtest", "-s", "25999").stdout


def test_a_preview_tells_what_the_stored_history_says(overflight, history_file, elements_file):
    """Passes of a satellite whose sets disagree are less certain than its class of orbits is."""
    asked = ("passes", "52.52,13.41", "-s", "25544", "--start", "2026-10-10", "--days", "1")
    by_class = overflight(*asked, "--elements", elements_file, "--json")
    overflight("tle", "load", history_file)
    learnt = overflight(*asked, "--json")
    by_class_s, learnt_s = (
        json.loads(done.stdout)[0]["uncertainty_s"] for done in (by_class, learnt)
    )
    assert learnt_s > 5.0 * by_class_s > 0.0
