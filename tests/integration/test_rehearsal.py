"""A rehearsal: the real planner, queue and delivery, on a private copy and a clock that jumps."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from messaging.campaigns.store import load_into
from messaging.steering import move
from overflight.customers.importing import check_file, import_customers, save_in
from overflight.database.opening import open_database
from overflight.errors import OverflightError
from overflight.rehearsal.run import Progress, RehearsalOptions, Summary, rehearse
from tle import load_elements, parse_elements

CUSTOMERS = Path(__file__).parents[2] / "examples" / "customers.csv"
START = datetime(2026, 10, 10, tzinfo=UTC)
END = START + timedelta(hours=12)
DEFINITION = """
key = "{key}"
title = "Rehearsed"
purpose = "marketing"
channel = "smtp"
satellites = [25544, 48274]
start = 2026-10-10T00:00:00Z
end = 2026-10-11T00:00:00Z
limit_per_customer = 100
default_language = "en"
[passes]
choose = "each"
[moment]
at = "aos"
[texts.en]
subject = "{{{{ pass.satellite }}}} over {{{{ place.city }}}}"
text = "{{{{ customer.name }}}}: {{{{ pass.time }}}}, {{{{ pass.elevation }}}} degrees\\n"
"""


def _fill(home: Path, elements_file: Path, *keys: str) -> None:
    """Make a home with the example's customers and campaigns that are drafts."""
    home.mkdir(mode=0o700)
    database = open_database(f"sqlite:///{home / 'overflight.sqlite3'}")
    parsed = parse_elements(elements_file.read_bytes(), source="test")
    load_elements(database, parsed.sets, source="test", now=START)
    save = save_in(database, now=START)
    for _ in import_customers(check_file(CUSTOMERS), save=save, grid_deg=0.1, now=START):
        pass
    for key in keys:
        load_into(database, DEFINITION.format(key=key), source="test", now=START)
    database.close()


@pytest.fixture
def home(tmp_path: Path, elements_file: Path) -> Path:
    """A home with two campaigns, both drafts."""
    path = tmp_path / "home"
    _fill(path, elements_file, "one", "two")
    return path


@pytest.fixture
def run(home: Path, tmp_path: Path):
    """Rehearse the home; what is written goes to a folder of the given name."""

    def run(output: str = "output", *, observe=lambda _: None, **changes) -> Summary:
        database = open_database(f"sqlite:///{home / 'overflight.sqlite3'}")
        values = {"start": START, "end": END, "output": tmp_path / output, "sample": None}
        try:
            return rehearse(database, home, RehearsalOptions(**values | changes), observe)
        finally:
            database.close()

    return run


def _contents(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir()}


def _messages(output: Path) -> list[dict]:
    return [
        json.loads(line)
        for path in sorted(output.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def test_the_real_database_stays_as_it_is(run, home):
    """Whatever is rehearsed, every file of the home is the same afterwards, byte for byte."""
    before = _contents(home)
    assert run().tally.sent > 50
    assert _contents(home) == before


def test_drafts_count_as_armed_and_stopped_ones_do_not(run, home, tmp_path):
    """Campaigns that nobody has approved are rehearsed; one that was stopped is not."""
    summary = run()
    assert {m["campaign"] for m in _messages(tmp_path / "output")} == {"one", "two"}
    database = open_database(f"sqlite:///{home / 'overflight.sqlite3'}")
    move(database, "two", "stop", actor="test", now=START)
    database.close()
    assert run("later").tally.sent == summary.tally.sent / 2
    assert {m["campaign"] for m in _messages(tmp_path / "later")} == {"one"}


def test_one_campaign_of_several(run, tmp_path):
    """Only the named campaign is rehearsed."""
    run(only="two")
    assert {m["campaign"] for m in _messages(tmp_path / "output")} == {"two"}


def test_the_windows_are_kept(run, tmp_path):
    """Each message goes out when it is due, between its AOS and its LOS."""
    summary = run()
    assert summary.punctuality is not None
    assert summary.punctuality.outside == 0
    for message in _messages(tmp_path / "output"):
        assert message["not_before"] <= message["due"] <= message["sent_at"]
        assert message["sent_at"] < message["expires_at"]


def test_two_rehearsals_are_the_same(run, tmp_path):
    """The same start gives the same identities, times and texts."""
    run("one")
    run("two")
    assert _messages(tmp_path / "one") == _messages(tmp_path / "two")


def test_everything_or_a_sample_is_written(run, tmp_path):
    """Without a sample all is written, with one at most so many; all are counted as sent."""
    full, sampled, none = run("full"), run("sample", sample=20), run("none", sample=0)
    assert full.written == full.tally.sent == len(_messages(tmp_path / "full"))
    assert 0 < sampled.written == len(_messages(tmp_path / "sample")) <= 20
    assert none.written == len(_messages(tmp_path / "none")) == 0
    assert full.tally.sent == sampled.tally.sent == none.tally.sent
    written = [m["message_id"] for m in _messages(tmp_path / "full")]
    assert len(set(written)) == len(written)


def test_the_copy_is_private_and_holds_no_address(run, home):
    """It lies in the home, closed to others, without an address; afterwards it is gone."""
    seen: list[str] = []

    def observe(_: Progress) -> None:
        (folder,) = home.glob("rehearsal-*")
        assert folder.stat().st_mode & 0o777 == 0o700
        for file in folder.iterdir():
            assert file.stat().st_mode & 0o077 == 0
            assert b"@example.org" not in file.read_bytes()
            seen.append(file.name)

    run(observe=observe)
    assert "rehearsal.sqlite3" in seen
    assert not list(home.glob("rehearsal-*"))


def test_the_copy_is_gone_when_a_rehearsal_breaks(run, home):
    """An error on the way leaves nothing behind."""

    def observe(_: Progress) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(observe=observe)
    assert not list(home.glob("rehearsal-*"))


def test_an_earlier_rehearsal_is_not_overwritten(run, tmp_path):
    """A folder with messages is refused, and they stay."""
    run()
    before = _messages(tmp_path / "output")
    with pytest.raises(OverflightError, match="name another folder"):
        run()
    assert _messages(tmp_path / "output") == before


# --- as a command -------------------------------------------------------------------------------


@pytest.fixture
def mail_server() -> Iterator[socket.socket]:
    """A port on which nobody may knock."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


@pytest.fixture
def start_command(home: Path, tmp_path: Path, mail_server: socket.socket):
    """Start `overflight rehearse` in a home that could send mail."""
    (home / "overflight.toml").write_text(
        '[sender]\nfrom_address = "sky@overflight.test"\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {mail_server.getsockname()[1]}\nsecurity = "none"\n'
    )

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "overflight", "--home", home, "rehearse", *arguments]
        return subprocess.Popen(
            command,
            cwd=tmp_path,
            env=os.environ | {"LANG": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def test_the_command_sends_nothing(start_command, mail_server, tmp_path):
    """With a mail server set up, messages go to files, and nobody connects to it."""
    process = start_command(
        "--start", "2026-10-10", "--hours", "12", "--full", "--output", "out", "--json"
    )
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    summary = json.loads(told)
    assert summary["tally"]["sent"] == summary["written"] == len(_messages(tmp_path / "out"))
    assert summary["punctuality"]["outside"] == 0
    with pytest.raises(BlockingIOError):
        mail_server.accept()


def test_ctrl_c_leaves_nothing_behind(start_command, home):
    """Interrupted in the middle, it says so, exits 130 and deletes its copy."""
    process = start_command("--start", "2026-10-10", "--hours", "24", "--full")
    output = home / "rehearsals"
    give_up_s = time.monotonic() + 30
    while not list(output.glob("*/*.jsonl")):
        assert process.poll() is None
        assert time.monotonic() < give_up_s
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert not list(home.glob("rehearsal-*"))
