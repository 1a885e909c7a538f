"""``overflight tle`` as people type it."""

import json

import pytest


@pytest.fixture
def listed(overflight):
    """Return what ``tle list --json`` lists."""

    def run():
        done = overflight("tle", "list", "--json")
        assert done.returncode == 0
        return json.loads(done.stdout)

    return run


def test_load_and_load_again(overflight, listed, elements_file):
    """Loading says what was added; loading the same again says that nothing changed."""
    first = overflight("tle", "load", elements_file)
    assert first.returncode == 0
    assert first.stdout.splitlines() == [
        "25544 ISS (ZARYA): epoch 2026-10-09T19:42:49Z, added",
        "48274 CSS (TIANHE): epoch 2026-10-06T16:02:50Z, added",
    ]
    before = listed()
    second = overflight("tle", "load", elements_file)
    assert second.returncode == 0
    assert second.stdout.count("unchanged") == 2
    assert [e["epoch"] for e in listed()] == [e["epoch"] for e in before]


def test_formats_are_told_apart(overflight, elements_file, listed):
    """OMM in CSV and JSON and a file with CRLF and a byte order mark hold the same sets as 3LE."""
    overflight("tle", "load", elements_file)
    windows = elements_file.read_text().replace("\n", "\r\n")
    for done in (
        overflight("tle", "load", elements_file.with_suffix(".json")),
        overflight("tle", "load", elements_file.with_suffix(".csv")),
        overflight("tle", "load", "-", stdin="\ufeff" + windows),
    ):
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("unchanged") == 2
    assert len(listed()) == 2


def test_good_among_bad(overflight, listed, elements_file, tmp_path):
    """Of a file with one damaged set the others are kept; the damage is shown; the code is 1."""
    damaged = tmp_path / "mixed.tle"
    name, *lines = elements_file.read_text().splitlines()[3:]
    lines = [line.replace("48274", "48275") for line in lines]
    damaged.write_text("\n".join([elements_file.read_text().strip(), name, *lines, ""]))
    done = overflight("tle", "load", damaged)
    assert done.returncode == 1
    assert done.stdout.count("added") == 2
    assert "mixed.tle, line 8" in done.stderr
    assert "checksum" in done.stderr
    assert [e["norad_id"] for e in listed()] == [25544, 48274]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<!DOCTYPE html><html><body>Not found</body></html>", "an HTML or XML page"),
        ("", "the file is empty"),
        ("No GP data found\n", "refused: "),
    ],
    ids=["a web page", "empty", "a service's no"],
)
def test_no_elements(home, overflight, tmp_path, content, told):
    """What holds no element sets is refused with what it is, and nothing comes into being."""
    file = tmp_path / "download"
    file.write_text(content)
    done = overflight("tle", "load", file)
    assert done.returncode == 1
    assert done.stdout == ""
    assert told in done.stderr
    assert not home.exists()


def test_unreadable(overflight, elements_file, tmp_path):
    """A folder and a missing file are each refused by name; the readable one is loaded."""
    done = overflight("tle", "load", tmp_path, "missing.tle", elements_file)
    assert done.returncode == 1
    assert done.stdout.count("added") == 2
    assert f"refused: {tmp_path}: Is a directory" in done.stderr
    assert "refused: missing.tle: No such file or directory" in done.stderr


def test_list(overflight, elements_file):
    """The list shows number, name and epoch; as JSON every number of the set, and its age."""
    overflight("tle", "load", elements_file)
    table = overflight("tle", "list").stdout
    assert "25544" in table
    assert "CSS (TIANHE)" in table
    [iss, _] = json.loads(overflight("tle", "list", "--json").stdout)
    assert iss["epoch"] == "2026-10-09T19:42:49.139712Z"
    assert iss["eccentricity"] == 0.0006774
    assert iss["age_days"] > 0


def test_show(overflight, elements_file):
    """A set is shown by alias, by number and by name, with its source."""
    overflight("tle", "load", elements_file)
    by_alias, by_number, by_name = (
        json.loads(overflight("tle", "show", query, "--json").stdout)
        for query in ("iss", "25544", "ISS (ZARYA)")
    )
    assert by_alias["source"] == str(elements_file)
    assert by_alias["versions"] == 1
    for other in (by_number, by_name):
        assert {**other, "age_days": 0} == {**by_alias, "age_days": 0}
    assert "1998-067A" in overflight("tle", "show", "iss").stdout


def test_show_unknown(overflight, elements_file):
    """A satellite without a set is an error that says what to do."""
    overflight("tle", "load", elements_file)
    for query, told in (
        ("hubble", "no element set of satellite 20580; load one: overflight tle load FILE"),
        ("enterprise", "no satellite is called 'enterprise'"),
    ):
        done = overflight("tle", "show", query)
        assert done.returncode == 1
        assert done.stdout == ""
        assert told in done.stderr


def test_fresh_home(home, overflight):
    """With nothing loaded, list and show say how to load, and reading creates nothing."""
    assert overflight("tle", "list", "--json").stdout == "[]\n"
    for command in (("list",), ("show", "iss")):
        done = overflight("tle", *command)
        assert done.stdout == ""
        assert "overflight tle load FILE" in done.stderr
    assert not home.exists()


def test_state_is_private(home, overflight, elements_file):
    """The home and what is in it are open to their owner only."""
    overflight("tle", "load", elements_file)
    assert home.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in home.iterdir()} == {0o600}


@pytest.mark.parametrize(("verb", "told"), [("add", "tle load"), ("ls", "tle list")])
def test_wrong_verbs(overflight, verb, told):
    """A verb of another tool is answered with ours."""
    done = overflight("tle", verb, "x")
    assert done.returncode == 2
    assert f"did you mean 'overflight {told}'?" in done.stderr
