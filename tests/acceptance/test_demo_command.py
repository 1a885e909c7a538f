"""``overflight demo``, the first thing people type."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def temporary(environment, tmp_path) -> Path:
    """Where the command puts what is temporary; no home is named."""
    del environment["OVERFLIGHT_HOME"]
    path = tmp_path / "temporary"
    path.mkdir()
    environment["TMPDIR"] = str(path)
    return path


def _messages(output: Path) -> list[dict]:
    return [json.loads(line) for line in (output / "greetings.jsonl").read_text().splitlines()]


def test_twice_in_an_empty_home(overflight, temporary, tmp_path):
    """A thousand customers are greeted in five languages, and only the output stays."""
    done = overflight("demo")
    assert done.returncode == 0
    for told in ("customers", "1,000", "sent outside their window", "busiest minute"):
        assert told in done.stdout
    assert "Next:" in done.stderr
    (output,) = temporary.iterdir()
    assert str(output) in done.stderr
    messages = _messages(output)
    assert len(messages) > 900
    assert {message["language"] for message in messages} == {"en", "de", "zh", "es", "ar"}
    assert len({message["message_id"] for message in messages}) == len(messages)
    samples = list(output.glob("*.eml"))
    assert samples
    assert not any("example.org" in path.read_text() for path in output.iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {temporary.name}

    assert overflight("demo", "--customers", "20", "--hours", "1").returncode == 0
    assert len(list(temporary.iterdir())) == 2


def test_options(overflight, temporary, tmp_path):
    """Folder, number of customers and hours are as asked for; JSON tells the counts."""
    output = tmp_path / "mine"
    done = overflight("demo", "--output", output, "--customers", "200", "--hours", "6", "--json")
    summary = json.loads(done.stdout)
    assert summary["customers"] == 200
    assert (summary["start"], summary["end"]) == (
        "2026-10-10T00:00:00.000Z",
        "2026-10-10T06:00:00.000Z",
    )
    assert summary["punctuality"]["outside"] == 0
    assert summary["tally"]["sent"] == summary["written"] == len(_messages(output)) > 0
    assert all(message["sent_at"] < summary["end"] for message in _messages(output))
    assert list(temporary.iterdir()) == []


def test_the_output_of_another_run_is_kept(overflight, temporary, tmp_path):
    """A folder that holds messages is refused with advice, and stays as it was."""
    earlier = tmp_path / "mine" / "greetings.jsonl"
    earlier.parent.mkdir()
    earlier.write_text("{}\n")
    done = overflight("demo", "--output", earlier.parent, "--customers", "20")
    assert done.returncode == 1
    assert "name another folder" in done.stderr
    assert earlier.read_text() == "{}\n"
