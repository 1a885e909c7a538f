from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from overflight.cli.tle.export import export
from overflight.database.opening import open_database
from tle import ElementError, NotElements, UnknownSatellite, load_elements, parse_elements

_NOW = datetime(2026, 10, 10, tzinfo=UTC)


@pytest.fixture
def run():
    """Return a function that runs the command on no store at all, or on a given one."""

    def run(*arguments, database=None):
        context = SimpleNamespace(
            has_database=database is not None, database=database, now=lambda: _NOW
        )
        words = [str(each) for each in arguments]
        return CliRunner().invoke(export, words, obj=context, standalone_mode=False)

    return run


@pytest.fixture
def database(tmp_path, three_le):
    """A store with the ISS and Tianhe."""
    database = open_database(f"sqlite:///{tmp_path / 'overflight.db'}")
    load_elements(database, parse_elements(three_le).sets, source="test", now=_NOW)
    yield database
    database.close()


def test_a_file_is_converted(run, reference, iss, css):
    """With --elements, no store is needed: a file of any format becomes one of another."""
    done = run("--format", "omm-xml", "--elements", reference / "iss_css.csv")
    assert done.return_value == 0
    assert [s for s, _ in parse_elements(done.stdout).sets] == [iss, css]


def test_everything_in_force(run, database, iss, css):
    """Without a satellite, all sets in force are written."""
    done = run("--format", "omm-json", database=database)
    assert {s for s, _ in parse_elements(done.stdout).sets} == {iss, css}


@pytest.mark.parametrize("query", ["iss", "25544", "iss (zarya)"])
def test_some_satellites(run, database, iss, query):
    """Satellites are named by number, whole name or everyday name."""
    done = run(query, "--format", "tle", database=database)
    assert [s for s, _ in parse_elements(done.stdout).sets] == [iss]


def test_a_satellite_without_elements(run, database):
    """A number that is not there is an error, not an empty file."""
    assert isinstance(run("99", "--format", "tle", database=database).exception, UnknownSatellite)


def test_nothing_to_export(run, tmp_path):
    """Without any set nothing is written, and the exit code says so."""
    output = tmp_path / "out.tle"
    done = run("--format", "tle", "--output", output)
    assert done.return_value == 1
    assert "overflight tle load" in done.stderr
    assert not output.exists()


def test_bad_sets_of_a_file_are_reported(run, reference, tmp_path, css):
    """What is good in a file is written, what is not is reported, and the exit code is 1."""
    path, output = tmp_path / "in.csv", tmp_path / "out.kvn"
    path.write_text((reference / "iss_css.csv").read_text().replace("51.6314", "251.6314"))
    done = run("--format", "omm-kvn", "--elements", path, "--output", output)
    assert done.return_value == 1
    assert "refused: 25544 ISS (ZARYA):" in done.stderr
    assert [s for s, _ in parse_elements(output.read_bytes()).sets] == [css]


def test_what_a_tle_cannot_carry_leaves_the_file_as_it_was(run, reference, tmp_path):
    """A refused export writes nothing: the file that was there is still there."""
    path, output = tmp_path / "in.csv", tmp_path / "out.tle"
    path.write_text((reference / "iss_css.csv").read_text().replace(",48274,", ",799501621,"))
    output.write_text("before")
    done = run("--format", "tle", "--elements", path, "--output", output)
    assert isinstance(done.exception, ElementError)
    assert "799501621" in str(done.exception)
    assert "OMM format" in str(done.exception)
    assert output.read_text() == "before"


def test_a_file_without_elements(run, tmp_path):
    """A file that holds something else is refused whole."""
    path = tmp_path / "page.html"
    path.write_text("<html><title>Sign in</title>")
    done = run("--format", "tle", "--elements", path)
    assert isinstance(done.exception, NotElements)
