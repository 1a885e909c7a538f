"""`overflight customers`, as it is typed."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "customers.csv"
HEADER = "id,name,email,city,country,latitude,longitude,consent,consent_purpose,consent_channel\n"


@pytest.fixture
def customers(tmp_path: Path):
    """Run `overflight customers` with a home of its own."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "overflight", "--home", tmp_path / "home", "customers"]
        return subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.fixture
def write(tmp_path: Path):
    """Write a CSV file below the usual header."""

    def write(text: str, *, header: str = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / "customers.csv"
        path.write_bytes((header + text).encode(encoding))
        return path

    return write


def test_the_example_is_imported_listed_and_shown(customers):
    """The example goes in whole, a second time changes nothing, and addresses are masked."""
    first = customers("import", EXAMPLE)
    assert first.returncode == 0
    assert first.stdout.startswith("12 added, 0 updated, 0 unchanged, 0 refused")
    assert "'pending'" in first.stderr
    assert "12 unchanged" in customers("import", EXAMPLE).stdout
    listed = json.loads(customers("list", "--json").stdout)
    assert [customer["id"] for customer in listed] == [f"c-{n:03}" for n in range(1, 13)]
    assert listed[0]["email"] == "m***@e***.org"
    table = customers("list", "--limit", "2")
    assert "c-002" in table.stdout
    assert "c-003" not in table.stdout
    assert "@example.org" not in table.stdout
    shown = json.loads(customers("show", "c-010", "--json", "--reveal").stdout)
    assert shown["email"] == "sam.carter@example.org"
    assert {each["standing"] for each in shown["standing"]} == {"withdrawn"}


def test_good_rows_are_kept_and_bad_ones_named(customers, write):
    """Refused rows are told by line and column, the others are stored, the exit code is 1."""
    path = write(
        "a,Ada,ada@example.org,Tokyo,JP,,,yes,marketing,email\n"
        "b,Bob,,,,95,10,,,\n"
        "a,Ann,,Tokyo,JP,,,,,\n"
        "bob@example.org,Bob,,Tokyo,JP,,,,,\n"
        "d,Dan,,Paris,,,,,,\n"
        "e,Eve,,,,52.51234,13.41234,,,\n"
    )
    done = customers("import", path)
    assert done.returncode == 1
    assert done.stdout.startswith("2 added, 0 updated, 0 unchanged, 4 refused; 1 consent")
    for told in ("line 3: latitude", "line 4: id", "line 5: id", "line 6: city"):
        assert f"refused: {told}: expected" in done.stderr
    assert "bob@" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_horizon_mask_stays_until_it_is_said_to_go(customers, write):
    """A file without the column leaves a mask as it was, unless its bearer moves.

    An empty cell takes it away.
    """
    with_mask = "id,city,country,horizon_mask\n"

    def kept():
        [listed] = json.loads(customers("list", "--json").stdout)
        shown = json.loads(customers("show", "a", "--json").stdout)
        assert listed["horizon_mask"] == shown["horizon_mask"]
        return shown["horizon_mask"]

    customers("import", write("a,Tokyo,JP,90:25.4;0:10\n", header=with_mask))
    assert kept() == "0:10 90:25"
    again = customers("import", write("a,Tokyo,JP\n", header="id,city,country\n"))
    assert again.stdout.startswith("0 added, 0 updated, 1 unchanged")
    assert kept() == "0:10 90:25"
    customers("import", write("a,Tokyo,JP,\n", header=with_mask))
    assert kept() == ""
    customers("import", write("a,Tokyo,JP,0:10\n", header=with_mask))
    customers("import", write("a,Osaka,JP\n", header="id,city,country\n"))
    assert kept() == ""


def test_exact_positions_are_never_written(customers, write, tmp_path):
    """The database holds the position on the grid, and no file of the home the exact one."""
    customers("import", write("e,,,,,52.51234,13.41234,,,\n"))
    with sqlite3.connect(tmp_path / "home" / "overflight.sqlite3") as connection:
        found = connection.execute("SELECT latitude_deg, longitude_deg FROM customer").fetchall()
    connection.close()
    assert found == [(52.5, 13.4)]
    for path in (tmp_path / "home").iterdir():
        assert b"52.51234" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_a_misspelt_column_changes_nothing(customers, write, tmp_path):
    """The file is refused with a question, and not even a database is made."""
    done = customers("import", write("a,Tokyo,x\n", header="id,city,consent_pupose\n"))
    assert done.returncode == 1
    assert "did you mean 'consent_purpose'?" in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_dry_run_tells_everything_and_stores_nothing(customers, tmp_path):
    """The counts are those of an import; there is no home afterwards."""
    done = customers("import", EXAMPLE, "--dry-run")
    assert "12 added" in done.stdout
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_that_say_what_they_are_can_be_read(customers, write, encoding):
    """A byte order mark is no part of the first column."""
    done = customers("import", write("a,Zoë,,Tokyo,JP,,,,,\r\n", encoding=encoding))
    assert done.stdout.startswith("1 added")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le"])
def test_other_encodings_are_refused_whole(customers, write, encoding):
    """Nothing is guessed of letters; the message says how to save the file."""
    done = customers("import", write("a,Zoë,,Tokyo,JP,,,,,\n", encoding=encoding))
    assert done.returncode == 1
    assert "save the file as CSV UTF-8; nothing was changed" in done.stderr


def test_hashed_ids_are_found_again(customers, write, tmp_path):
    """With --hash-ids a personal id is stored as a hash that a second import and `show` know."""
    path = write("ada@example.org,Ada,,Tokyo,JP,,,,,\n")
    assert customers("import", path, "--hash-ids").stdout.startswith("1 added")
    assert "1 unchanged" in customers("import", path, "--hash-ids").stdout
    shown = json.loads(customers("show", "ADA@example.org", "--json").stdout)
    assert len(shown["id"]) == 32
    assert (tmp_path / "home" / "id-hash.key").stat().st_mode & 0o777 == 0o600


def test_with_nothing_imported_the_lists_are_empty(customers, tmp_path):
    """An empty list is an answer, with a hint; an unknown id is an error; looking makes no home."""
    listed = customers("list", "--json")
    assert (listed.returncode, json.loads(listed.stdout)) == (0, [])
    assert "customers import" in listed.stderr
    assert customers("show", "c-001").returncode == 1
    assert customers("show", "mei@example.org").returncode == 1
    assert not (tmp_path / "home").exists()
    missing = customers("import", "missing.csv")
    assert missing.returncode == 1
    assert "missing.csv" in missing.stderr
