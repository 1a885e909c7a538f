"""``overflight tle backtest``, and how a stored history shows in previews."""

import json
from dataclasses import replace

import pytest

from tle.formats.omm_json import to_json


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
    assert headline == "8 element sets of 1 satellite"
    assert headers.split()[:3] == ["age", "pairs", "quiet"]
    assert len(rows) == 8
    one_day = rows[1].split()
    assert one_day[:4] == ["1", "d", "7", "7"]
    assert float(one_day[4]) == pytest.approx(4.0, abs=0.2)
    found = json.loads(overflight("tle", "backtest", history_file, "--json").stdout)
    assert [row["age_days"] for row in found] == [0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0]
    assert found[1]["quiet"]["pairs"] == 7
    assert found[1]["all"]["median_s"] == pytest.approx(4.0, abs=0.2)


def test_of_the_store(overflight, history_file):
    """Without a file the stored history is held against itself; a name chooses the satellite."""
    nothing = overflight("tle", "backtest")
    assert nothing.returncode == 1
    assert "name a FILE" in nothing.stderr
    overflight("tle", "load", history_file)
    stored = overflight("tle", "backtest", "-s", "iss", "--json")
    of_file = overflight("tle", "backtest", history_file, "-s", "25544", "--json")
    assert stored.returncode == 0
    assert json.loads(stored.stdout) == json.loads(of_file.stdout)
    assert overflight("tle", "backtest", "-s", "tianhe").returncode == 1


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
