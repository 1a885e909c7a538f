"""``overflight passes --places`` as people type it."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

COMMAND = Path(sys.executable).with_name("overflight")
CITIES = 'name,latitude,longitude,height\nCape Town,-33.9,18.4,\n"Berlin, DE",52.52,13.41,34\n'


@pytest.fixture
def cities(tmp_path):
    """A file of two places."""
    path = tmp_path / "cities.csv"
    path.write_text(CITIES)
    return path


@pytest.fixture
def places(overflight, elements_file, cities):
    """Run ``overflight passes --places`` on the two places, for a day about the epochs."""

    def run(*arguments, file=cities, **options):
        window = ("--start", "2026-10-10", "--days", "1")
        elements = ("--elements", elements_file)
        return overflight("passes", "--places", file, *elements, *window, *arguments, **options)

    return run


@pytest.fixture
def many(tmp_path):
    """A file of so many places that finding their passes takes a while."""
    path = tmp_path / "many.csv"
    rows = (f"n{k},{k % 120 - 60},{k % 360 - 180}\n" for k in range(40_000))
    path.write_text("name,latitude,longitude\n" + "".join(rows))
    return path


def _is_untouched(folder, *names):
    return {each.name for each in folder.iterdir()} == set(names)


# --- formats ------------------------------------------------------------------------------------


def test_as_each_place_alone(overflight, places, elements_file):
    """JSON holds what a preview of each place shows, place after place, under the file's names."""
    found = json.loads(places("--json").stdout)
    alone = []
    for name, place, height in (
        ("Cape Town", "-33.9,18.4", "0"),
        ("Berlin, DE", "52.52,13.41", "34"),
    ):
        done = overflight(
            *("passes", place, "--height", height, "--elements", elements_file),
            *("--start", "2026-10-10", "--days", "1", "--json"),
        )
        for pass_ in json.loads(done.stdout):
            pass_["observer"]["name"] = name
            alone.append(pass_)
    assert [pass_["pass_id"] for pass_ in found] == [pass_["pass_id"] for pass_ in alone]
    assert {pass_["norad_id"] for pass_ in found} == {25544, 48274}
    for pass_, expected in zip(found, alone, strict=True):
        assert list(pass_) == list(expected)
        assert pass_["observer"] == expected["observer"]
        assert pass_["confidence"] == expected["confidence"]


def test_text_formats_agree(places):
    """JSON lines are the elements of the JSON, and CSV, the default, is the same flattened."""
    found = json.loads(places("--format", "json").stdout)
    lines = places("--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == found
    flat = list(csv.DictReader(io.StringIO(places().stdout)))
    assert [row["pass_id"] for row in flat] == [pass_["pass_id"] for pass_ in found]
    assert [row["observer_name"] for row in flat] == [p["observer"]["name"] for p in found]
    assert [row["aos_time"] for row in flat] == [pass_["aos"]["time"] for pass_ in found]


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl"])
def test_text_files(places, tmp_path, ending):
    """A file gets what stdout would get; its ending tells the format."""
    output = tmp_path / f"passes.{ending}"
    done = places("--output", output)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert f"passes over 2 places; written to {output}" in done.stderr
    assert output.read_text(encoding="utf-8") == places("--format", ending).stdout


def test_npz_and_parquet(places, tmp_path):
    """Both hold the same columns, times in milliseconds, and the row of the place."""
    parquet = pytest.importorskip("pyarrow.parquet")
    for ending in ("npz", "parquet"):
        assert places("--output", tmp_path / f"p.{ending}").returncode == 0
    found = json.loads(places("--json").stdout)
    with np.load(tmp_path / "p.npz", allow_pickle=False) as stored:
        columns = dict(stored)
    names = ["Cape Town", "Berlin, DE"]
    assert [names[row] for row in columns["observer"]] == [p["observer"]["name"] for p in found]
    for name in ("aos", "culmination", "los"):
        assert columns[f"{name}_ms"].dtype == np.int64
        times = [datetime.fromisoformat(pass_[name]["time"]) for pass_ in found]
        told = [datetime.fromtimestamp(ms / 1000, UTC) for ms in columns[f"{name}_ms"].tolist()]
        assert told == times
    table = parquet.read_table(tmp_path / "p.parquet")
    assert table.column_names == list(columns)
    for name, column in columns.items():
        assert table[name].to_pylist() == column.tolist()


def test_parquet_without_the_extra(environment, cities, elements_file, tmp_path):
    """Without pyarrow the answer says what to install, and no file appears."""
    blocker = "import sys; sys.modules['pyarrow'] = None; from overflight.cli import main; main()"
    arguments = ("--places", cities, "--elements", elements_file, "--start", "2026-10-10")
    done = subprocess.run(
        [sys.executable, "-c", blocker, "passes", *arguments, "--output", tmp_path / "p.parquet"],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=60,
    )
    assert done.returncode == 1
    assert "pip install 'overflight[parquet]'" in done.stderr
    assert _is_untouched(tmp_path, "cities.csv")


# --- what is asked ------------------------------------------------------------------------------


def test_satellites_and_thresholds(places):
    """Satellites, --min-culmination and --visible leave passes out as for one place."""
    arguments = ("--json", "--days", "5")
    everything = json.loads(places(*arguments).stdout)
    asked = ("-s", "iss", "--min-culmination", "30", "--visible")
    kept = json.loads(places(*arguments, *asked).stdout)
    assert [pass_["pass_id"] for pass_ in kept] == [
        pass_["pass_id"]
        for pass_ in everything
        if pass_["norad_id"] == 25544
        and pass_["culmination"]["elevation_deg"] >= 30
        and pass_["visible"]
    ]
    assert kept


def test_one_mask_for_every_place(overflight, places, elements_file, tmp_path):
    """--mask cuts the passes of each place as it cuts those of one alone, in rows and columns."""
    (tmp_path / "roof.csv").write_text("180,0\n181,60\n359,60\n0,0\n")
    asked = ("--mask", tmp_path / "roof.csv")
    found = json.loads(places("--json", *asked).stdout)
    alone = []
    for place, height in (("-33.9,18.4", "0"), ("52.52,13.41", "34")):
        done = overflight(
            *("passes", place, "--height", height, "--elements", elements_file, *asked),
            *("--start", "2026-10-10", "--days", "1", "--json"),
        )
        alone += json.loads(done.stdout)
    assert [pass_["pass_id"] for pass_ in found] == [pass_["pass_id"] for pass_ in alone]
    assert 0 < len(found) < len(json.loads(places("--json").stdout))
    output = tmp_path / "passes.npz"
    assert f"{len(found)} passes over 2 places" in places("--output", output, *asked).stderr
    with np.load(output) as columns:
        told = [datetime.fromtimestamp(ms / 1000, UTC) for ms in columns["aos_ms"].tolist()]
    assert told == [datetime.fromisoformat(pass_["aos"]["time"]) for pass_ in found]


def test_loaded_elements(overflight, places, cities, elements_file):
    """Without a file of elements, those that are loaded serve."""
    assert overflight("tle", "load", elements_file).returncode == 0
    window = ("--start", "2026-10-10", "--days", "1")
    done = overflight("passes", "--places", cities, *window, "-s", "25544")
    assert done.returncode == 0, done.stderr
    assert done.stdout == places("-s", "25544").stdout


def test_standard_input(places):
    """``--places -`` reads a pipe."""
    assert places(file="-", stdin=CITIES).stdout == places().stdout


def test_refused_elements(overflight, cities, elements_file, tmp_path):
    """Bad sets are told, the others used, and the exit code is 1."""
    lines = elements_file.read_text().splitlines()
    lines[1] = lines[1][:-1] + str((int(lines[1][-1]) + 1) % 10)
    damaged = tmp_path / "damaged.3le"
    damaged.write_text("\n".join(lines))
    window = ("--start", "2026-10-10", "--days", "1")
    done = overflight("passes", "--places", cities, "--elements", damaged, *window, "--json")
    assert done.returncode == 1
    assert f"warning: {damaged}, line 2: " in done.stderr
    assert {pass_["norad_id"] for pass_ in json.loads(done.stdout)} == {48274}


def test_a_satellite_that_came_down(overflight, cities, elements_file, tmp_path):
    """A satellite that cannot be propagated is told and left out; the others are found."""
    both = json.loads(elements_file.with_suffix(".json").read_text())
    sets = tmp_path / "sets.json"
    sets.write_text(json.dumps([both[0], both[0] | {"NORAD_CAT_ID": 99_999, "MEAN_MOTION": 17.5}]))
    arguments = ("--start", "2026-10-10", "--days", "1", "--json")
    done = overflight("passes", "--places", cities, "--elements", sets, *arguments)
    assert done.returncode == 0
    assert "satellite 99999 cannot be propagated" in done.stderr
    assert {pass_["norad_id"] for pass_ in json.loads(done.stdout)} == {both[0]["NORAD_CAT_ID"]}


def test_no_passes(places, tmp_path):
    """Where no place has a pass, the output is empty, and stderr says so."""
    (tmp_path / "pole.csv").write_text("name,latitude,longitude\nPole,90,0\n")
    done = places("--json", file=tmp_path / "pole.csv")
    assert done.returncode == 0
    assert done.stdout == "[]\n"
    assert "no passes over 1 place" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Berlin"], "expected one place or --places FILE, got both"),
        (["--lat", "5", "--lon", "6"], "expected one place or --places FILE, got both"),
        (["--height", "5"], "--places FILE has a column height"),
        (["--format", "table"], "got --format table"),
        (["--output", "passes.xlsx"], "got --output passes.xlsx"),
        (["--format", "npz"], "--format npz needs a file: --output FILE"),
        (["--format", "csv", "--output", "-"], "without --output, text goes to standard output"),
        (["--elements", "-"], "cannot both be standard input"),
    ],
)
def test_contradictions(overflight, cities, arguments, told):
    """Options that contradict each other are a usage error that says which to leave."""
    file = "-" if "--elements" in arguments else cities
    done = overflight("passes", "--places", file, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("arguments", [["--output", "p.csv"], ["--format", "npz"]])
def test_one_place_goes_to_stdout(overflight, arguments):
    """What is only for many places is refused for one, and the answer says what to do."""
    done = overflight("passes", "Berlin", *arguments)
    assert done.returncode == 2
    assert "go with --places FILE" in done.stderr


# --- what goes wrong ----------------------------------------------------------------------------


def test_bad_places(places, tmp_path):
    """A bad row is told by file, line and column; then nothing is found, and nothing written."""
    bad = tmp_path / "bad.csv"
    bad.write_text("name,latitude,longitude\nA,1,2\nB,91,x\n")
    done = places("--output", tmp_path / "p.npz", file=bad)
    assert done.returncode == 1
    assert f"error: {bad}, line 3: latitude: expected degrees from -90 to 90" in done.stderr
    assert f"{bad}, line 3: longitude: expected degrees from -180 to 180" in done.stderr
    assert _is_untouched(tmp_path, "bad.csv", "cities.csv")


def test_missing_files(places, tmp_path):
    """A file that is not there, and a folder that is not, are told by name."""
    done = places(file=tmp_path / "none.csv")
    assert done.returncode == 1
    assert f"{tmp_path / 'none.csv'}: No such file" in done.stderr
    done = places("--output", tmp_path / "none" / "p.npz")
    assert done.returncode == 1
    assert f"{tmp_path / 'none' / 'p.npz'} could not be written" in done.stderr
    assert "No such file or directory" in done.stderr


@pytest.mark.parametrize("ending", ["csv", "npz", "parquet"])
def test_full_disk(environment, cities, elements_file, tmp_path, ending):
    """Where a file cannot grow any more, the old one stays and nothing is beside it."""
    output = tmp_path / f"p.{ending}"
    output.write_text("old")
    arguments = ("--places", cities, "--elements", elements_file, "--start", "2026-10-10")
    command = f'ulimit -f 1; trap "" XFSZ; exec "{COMMAND}" passes "$@"'
    done = subprocess.run(
        ["bash", "-c", command, "bash", *arguments, "--days", "30", "--output", output],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},  # the limit would cut those files too
        timeout=60,
    )
    assert done.returncode == 1
    assert f"error: {output} could not be written; nothing of it is left behind" in done.stderr
    assert "File too large" in done.stderr
    assert output.read_text() == "old"
    assert _is_untouched(tmp_path, "cities.csv", output.name)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped(environment, many, elements_file, tmp_path, stop):
    """A command that is stopped takes its half-written file with it."""
    arguments = ("--places", many, "--elements", elements_file, "--start", "2026-10-10")
    output = tmp_path / "out" / "p.npz"
    output.parent.mkdir()
    running = subprocess.Popen(
        [COMMAND, "passes", *arguments, "--days", "20", "--output", output],
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    until = time.monotonic() + 60
    while not any(output.parent.glob(".p.npz.*/*.part")) and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(stop)
    told = running.communicate(timeout=60)[1]
    assert running.returncode == 130
    assert told.strip() == "interrupted"
    assert list(output.parent.iterdir()) == []


def test_broken_pipe(environment, many, elements_file):
    """Where nobody reads on, the command stops at once and without a word."""
    arguments = ("--places", many, "--elements", elements_file, "--start", "2026-10-10")
    running = subprocess.Popen(
        [COMMAND, "passes", *arguments, "--format", "jsonl"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert json.loads(running.stdout.readline())["observer"]["name"] == "n0"
    running.stdout.close()
    assert running.wait(timeout=60) == 1
    assert running.stderr.read() == ""
    running.stderr.close()


def test_progress_is_for_terminals(environment, many, elements_file, tmp_path):
    """On a terminal long work shows how far it is; stdout stays data alone."""
    arguments = ("--places", many, "--elements", elements_file, "--start", "2026-10-10")
    controller, terminal = os.openpty()
    with (tmp_path / "out.jsonl").open("wb") as out:
        running = subprocess.Popen(
            [COMMAND, "passes", *arguments, "--format", "jsonl", "--days", "1", "-e", "30"],
            env=environment | {"TERM": "xterm", "COLUMNS": "80"},
            stdout=out,
            stderr=terminal,
        )
    os.close(terminal)
    shown = b""
    while b"/40000" not in shown:
        shown += os.read(controller, 4096)
    running.terminate()
    running.wait(timeout=60)
    os.close(controller)
    first = (tmp_path / "out.jsonl").read_text().splitlines()[0]
    assert json.loads(first)["observer"]["name"].startswith("n")


def test_preview_imports_nothing_for_many(environment, elements_file):
    """A preview of one place loads neither pyarrow nor numba, nor rich, nor a database."""
    code = (
        "import sys; from overflight.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ('pyarrow', 'numba', 'rich', 'sqlalchemy', 'overflight.preview.many_places')\n"
        "sys.stderr.write(' '.join(each for each in heavy if each in sys.modules))\n"
    )
    arguments = ("passes", "52.52,13.41", "--elements", elements_file, "--start", "2026-10-10")
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, "--days", "1", "--format", "csv", "-s", "iss"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=60,
    )
    assert done.stdout.startswith("pass_id,")
    assert done.stderr == ""


def test_inputs_are_kept(overflight, cities, elements_file):
    """An output that is one of the inputs is refused, and the input stays."""
    before = cities.read_bytes()
    done = overflight("passes", "--places", cities, "--elements", elements_file, "--output", cities)
    assert done.returncode == 2
    assert "is the file of --places; name another" in done.stderr
    assert cities.read_bytes() == before
