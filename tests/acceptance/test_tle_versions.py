"""The commands that show and decide which element set is in force."""

import json
from dataclasses import replace

import pytest

from tle.formats.omm_json import to_json


@pytest.fixture
def write(tmp_path):
    """Write element sets to a file, as OMM; return its path."""

    def make(name, *element_sets):
        path = tmp_path / name
        path.write_text(f"[{', '.join(map(to_json, element_sets))}]")
        return path

    return make


@pytest.fixture
def turned(iss, later):
    """A set of the next day whose node is on the other side of the Earth."""
    newer = later(iss, 1.0)
    return replace(newer, raan_deg=(newer.raan_deg + 137.0) % 360.0)


def _states(told, satellite="iss"):
    return [each["state"] for each in json.loads(told("tle", "history", satellite, "--json"))]


def test_strict_loads_none_of_a_file_with_a_bad_set(overflight, tmp_path, elements_file):
    """Ninety-nine good sets and a bad one: 99 are loaded and one is told; strictly, none is."""
    name, first, second = elements_file.read_text().splitlines()[:3]

    def numbered(line, number):
        body = f"{line[:2]}{number:05d}{line[7:68]}"
        return body + str(sum(int(c) if c.isdigit() else c == "-" for c in body) % 10)

    lines = []
    for number in range(1, 101):
        lines += [f"{name} {number}", numbered(first, number), numbered(second, number)]
    lines[3 * 41 + 2] = lines[3 * 41 + 2][:-1] + "x"  # of number 42
    path = tmp_path / "hundred.3le"
    path.write_text("\n".join(lines))
    strict = overflight("tle", "load", "--strict", path)
    assert strict.returncode == 1
    assert "nothing loaded" in strict.stderr
    assert json.loads(overflight("tle", "list", "--json").stdout) == []
    done = overflight("tle", "load", path)
    assert done.returncode == 1
    assert f"refused: 42 {name} 42: {path}, line 125" in done.stderr
    assert "99 sets: 99 in force now" in done.stdout
    assert len(json.loads(overflight("tle", "list", "--json").stdout)) == 99


def test_an_absurd_set_is_told_compared_and_accepted(overflight, told, write, iss, turned):
    """It is refused its place with figures, shown beside the old one, and let in by a person."""
    told("tle", "load", write("iss.json", iss))
    done = overflight("tle", "load", write("turned.json", turned))
    assert done.returncode == 1
    assert "quarantined; in force stays 2026-10-09T19:42Z" in done.stdout
    assert "degrees from where it was expected" in done.stderr
    assert "overflight tle accept 25544" in done.stderr
    assert _states(told) == ["quarantined", "in force"]
    assert "is quarantined" in overflight("status").stderr
    compared = told("tle", "diff", "iss")
    assert "raan_deg" in compared
    assert "cross_track_km" in compared
    assert "accepted, in force" in told("tle", "accept", "iss")
    assert _states(told) == ["in force", "superseded"]
    assert "is quarantined" not in overflight("status").stderr
    again = overflight("tle", "accept", "iss")
    assert (again.returncode, again.stdout) == (1, "")


def test_back_and_on(overflight, told, write, iss, later):
    """A rollback pins, a second one has nowhere to go, unpin undoes it, force pins an old set."""
    newer = later(iss, 1.0)
    told("tle", "load", write("both.json", iss, newer))
    assert "2026-10-09T19:42:49Z: in force, pinned" in told("tle", "rollback", "iss")
    assert _states(told) == ["set aside", "in force, pinned"]
    refused = overflight("tle", "rollback", "iss").stderr
    assert "no older element set" in refused
    assert refused.endswith("; overflight tle history 25544\n")
    assert "2026-10-10T19:42:49Z: in force" in told("tle", "unpin", "iss")
    assert "nothing to undo" in overflight("tle", "unpin", "iss").stderr
    assert "older than the one in force" in told("tle", "load", write("old.json", later(iss, -1.0)))
    forced = told("tle", "load", "--force", write("old.json", later(iss, -1.0)))
    assert "2026-10-08T19:42:49Z, added" in forced
    assert json.loads(told("tle", "show", "iss", "--json"))["state"] == "in force, pinned"


def test_comparing_versions_by_number(overflight, told, write, iss, later):
    """Any two versions can be compared; a number that is none is an error that names those."""
    told("tle", "load", write("three.json", iss, later(iss, 1.0), later(iss, 2.0)))
    numbers = [each["version"] for each in json.loads(told("tle", "history", "iss", "--json"))]
    assert f"new: version {numbers[0]}, epoch 2026-10-11" in told("tle", "diff", "iss")
    compared = told("tle", "diff", "iss", numbers[1], numbers[2])
    assert f"old: version {numbers[2]}" in compared
    assert f"new: version {numbers[1]}" in compared
    done = overflight("tle", "diff", "iss", 999)
    assert done.returncode == 1
    assert f"expected one of {numbers[0]}, {numbers[1]}, {numbers[2]}" in done.stderr


def test_one_version_has_nothing_to_compare_with(overflight, told, write, iss):
    """A single version is no error of ours, and says so."""
    told("tle", "load", write("iss.json", iss))
    done = overflight("tle", "diff", "iss")
    assert done.returncode == 1
    assert "only one version" in done.stderr


def test_a_temporary_number_is_adopted(overflight, told, write, iss):
    """Under either number the same satellite is found, previewed and loaded."""
    told("tle", "load", write("launch.json", replace(iss, norad_id=99001, name="GREETER")))
    assert "99001 is 25999 now: 1 element sets" in told("tle", "adopt", 99001, 25999)
    for query in ("99001", "25999", "greeter"):
        assert json.loads(told("tle", "show", query, "--json"))["norad_id"] == 25999
    for query in ("99001", "25999", "greeter"):
        preview = told(
            "passes", "Berlin", "-s", query, "--start", "2026-10-10", "--days", "1", "--json"
        )
        assert {each["norad_id"] for each in json.loads(preview)} == {25999}
    again = overflight("tle", "adopt", 99001, 25999)
    assert again.returncode == 1
    assert "has adopted already" in again.stderr


@pytest.mark.parametrize("command", ["history", "show", "diff", "rollback", "unpin", "accept"])
def test_an_unknown_satellite(overflight, command):
    """Every command says what to do about a satellite of which nothing is stored."""
    done = overflight("tle", command, "25544")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "25544" in done.stderr


def test_a_synthetic_satellite_is_rehearsed_not_armed(overflight, told, tmp_path):
    """What does not fly yet can be planned and rehearsed, and is not armed."""
    told("tle", "design", "--altitude", 500, "--inclination", 97.5, "--name", "Greeter")
    told("campaign", "init", "hello")
    path = tmp_path / "hello.toml"
    lines = [
        "satellites = [99001]" if line.startswith("satellites") else line
        for line in path.read_text().splitlines()
    ]
    path.write_text("\n".join(lines))
    told("campaign", "load", path)
    told("campaign", "approve", "hello", "--by", "test")
    done = overflight("campaign", "arm", "hello")
    assert done.returncode == 1
    assert "the elements of 99001 are synthetic" in done.stderr
    assert "Rehearse it" in done.stderr
