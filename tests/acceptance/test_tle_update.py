"""``overflight tle update`` and ``tle sources`` as people type them, and the offer of a fresh home.

The provider answers as the real ones do.
"""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.making import campaign_text

FAKE = Path(__file__).parents[1] / "integration" / "sources" / "fake_provider.py"
COMMAND = Path(sys.executable).with_name("overflight")


@pytest.fixture
def provider(tmp_path, elements_file, environment):
    """Start a provider that the command takes for CelesTrak and Space-Track; return its folder."""
    folder = tmp_path / "provider"
    folder.mkdir()
    for ending in (".csv", ".json"):
        shutil.copy(elements_file.with_suffix(ending), folder / f"sets{ending}")
    (folder / "manners.json").write_text("{}")
    for name in ("requests.jsonl", "given"):
        (folder / name).touch()
    process = subprocess.Popen([sys.executable, FAKE, folder], stdout=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{int(process.stdout.readline())}"
    environment["OVERFLIGHT_ELEMENTS_SOURCES"] = "celestrak"
    environment["OVERFLIGHT_CELESTRAK_BASE_URL"] = url
    environment["OVERFLIGHT_SPACE_TRACK_BASE_URL"] = url
    yield folder
    process.kill()
    process.wait()
    process.stdout.close()


def asked(provider):
    """What the provider was asked."""
    lines = (provider / "requests.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def behave(provider, **manner):
    """Tell the provider how to answer."""
    (provider / "manners.json").write_text(json.dumps({"*": manner}))


def test_update_and_update_again(overflight, provider):
    """The followed satellites are fetched; again at once, nobody is asked, and that is no error."""
    done = overflight("tle", "update")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "celestrak CATNR=25544: updated",
        "25544 ISS (ZARYA): epoch 2026-10-09T19:42:49Z, added",
        "celestrak CATNR=48274: updated",
        "48274 CSS (TIANHE): epoch 2026-10-06T16:02:50Z, added",
    ]
    again = overflight("tle", "update")
    assert again.returncode == 0
    assert again.stdout.count("waiting: asked at ") == 2
    assert len(asked(provider)) == 2
    assert asked(provider)[0]["headers"]["User-Agent"].startswith("overflight/")


def test_update_of_what_is_named(overflight, provider):
    """Satellites, groups and names can be asked for instead; an unknown one exits with 1."""
    done = overflight("tle", "update", "iss", "--group", "stations", "--name", "tianhe")
    assert done.returncode == 0, done.stderr
    queries = [each["query"] for each in asked(provider)]
    assert queries == ["GROUP=stations", "NAME=TIANHE", "CATNR=25544"]
    unknown = overflight("tle", "update", "99999")
    assert unknown.returncode == 1
    assert "celestrak CATNR=99999: nothing there" in unknown.stderr


CAMPAIGN = campaign_text(purpose="marketing", satellites=[20580])


def test_update_asks_for_what_the_daemon_asks_for(overflight, provider, tmp_path, environment):
    """Satellites of campaigns that are planned are fetched, too, and the groups of the settings."""
    environment["OVERFLIGHT_CELESTRAK_GROUPS"] = "stations"
    (tmp_path / "hello.toml").write_text(CAMPAIGN)
    for words in (("load", tmp_path / "hello.toml"), ("approve", "hello", "--by", "Mei")):
        assert overflight("campaign", *words).returncode == 0
    overflight("tle", "update")
    queries = [each["query"] for each in asked(provider)]
    assert queries == ["CATNR=20580", "CATNR=25544", "CATNR=48274", "GROUP=stations"]


def test_nothing_to_ask_for(overflight, provider):
    """Who follows only what does not fly yet is told so, and no provider hears of it."""
    orbit = ("--altitude", "500", "--inclination", "97.5", "--number", "99001")
    made = overflight("tle", "design", "--name", "Greeter", *orbit)
    assert made.returncode == 0, made.stderr
    done = overflight("--set", "satellites=99001", "tle", "update")
    assert done.returncode == 1
    assert "nothing to ask for" in done.stderr
    assert asked(provider) == []


def test_a_stopped_source(overflight, provider):
    """A bad status stops the source; ``tle sources`` shows why, and lets it go on."""
    behave(provider, status=403, text="Forbidden")
    done = overflight("tle", "update", "25544")
    assert done.returncode == 1
    assert "celestrak CATNR=25544: stopped: it answered 403 Forbidden" in done.stderr
    assert "overflight tle sources --resume celestrak" in done.stderr
    shown = overflight("tle", "sources")
    assert shown.returncode == 0
    assert "stopped" in shown.stdout
    assert "it answered 403 Forbidden (Forbidden)" in shown.stderr
    (provider / "manners.json").write_text("{}")
    assert overflight("tle", "update", "48274").returncode == 1
    assert "may be asked again" in overflight("tle", "sources", "--resume", "celestrak").stderr
    assert overflight("tle", "update", "48274").returncode == 0
    assert "was not stopped" in overflight("tle", "sources", "--resume", "celestrak").stderr


def test_sources_as_json(overflight, provider):
    """Everything of the tables is in the JSON, with whole times."""
    overflight("tle", "update", "25544")
    celestrak, space_track = json.loads(overflight("tle", "sources", "--json").stdout)
    assert celestrak["state"] == "ready"
    assert celestrak["bytes_today"] > 100
    [query] = celestrak["queries"]
    assert query["query"] == "CATNR=25544"
    assert query["result"] == "updated"
    assert query["next_at"] > query["asked_at"] == celestrak["last_success"]
    assert space_track["state"] == "not used"
    assert space_track["last_success"] is None


def test_sources_of_a_fresh_home(overflight, home):
    """Where nothing was ever asked, that is said, and nothing comes into being."""
    assert "never asked" in overflight("tle", "sources").stdout
    assert overflight("tle", "sources", "--json").stdout == "[]\n"
    assert "was not stopped" in overflight("tle", "sources", "--resume", "celestrak").stderr
    assert not home.exists()


def test_space_track(overflight, environment, provider):
    """With a login in the environment one query brings all; without, the variables are named."""
    done = overflight("tle", "update", "--source", "space-track")
    assert done.returncode == 1
    assert "set OVERFLIGHT_SPACE_TRACK_IDENTITY" in done.stderr
    environment["OVERFLIGHT_SPACE_TRACK_IDENTITY"] = "me@example.test"
    environment["OVERFLIGHT_SPACE_TRACK_PASSWORD"] = "right"
    done = overflight("tle", "update", "--source", "space-track")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("space-track NORAD_CAT_ID=25544,48274: updated\n")
    assert [each["method"] for each in asked(provider)] == ["POST", "GET"]


def test_what_space_track_lacks_is_an_error(overflight, environment, provider):
    """Where it has nothing of one of several satellites, the exit code is 1, and the note why."""
    environment["OVERFLIGHT_SPACE_TRACK_IDENTITY"] = "me@example.test"
    environment["OVERFLIGHT_SPACE_TRACK_PASSWORD"] = "right"
    done = overflight("tle", "update", "--source", "space-track", "25544", "99998")
    assert done.returncode == 1
    query = "NORAD_CAT_ID=25544,99998"
    assert done.stderr == f"space-track {query}: updated: nothing of 99998\n"
    assert "25544 ISS (ZARYA): epoch 2026-10-09T19:42:49Z, added" in done.stdout


def test_a_file_that_was_copied_just_now(overflight, home, elements_file):
    """A command has no next look: it reads at once."""
    home.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(elements_file, home / "a.3le")
    done = overflight("--set", "elements.files=a.3le", "tle", "update", "--source", "file")
    assert done.returncode == 0, done.stderr
    assert f"{home}/a.3le: updated" in done.stdout


def test_files(overflight, home, elements_file):
    """--source file loads what is watched, and says where nothing is."""
    assert "no files are watched" in overflight("tle", "update", "--source", "file").stderr
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "sets").mkdir()
    (home / "sets" / "a.3le").write_bytes(elements_file.read_bytes())
    os.utime(home / "sets" / "a.3le", (0, 0))
    watching = ("--set", "elements.files=sets,none.tle")
    done = overflight(*watching, "tle", "update", "--source", "file")
    assert done.returncode == 1
    assert f"{home}/sets/a.3le: updated" in done.stdout
    assert f"{home}/none.tle: failed: No such file" in done.stderr
    assert overflight("tle", "update", "--source", "file", "25544").returncode == 2


def test_without_sources_nobody_is_asked(overflight, environment, provider):
    """An empty list of sources keeps off the network, whatever is typed."""
    environment["OVERFLIGHT_ELEMENTS_SOURCES"] = "[]"
    for words in ((), ("--source", "celestrak"), ("--group", "stations")):
        done = overflight("tle", "update", *words)
        assert done.returncode == 1
        assert "elements.sources is empty" in done.stderr
    assert asked(provider) == []


# --- the daemon ---------------------------------------------------------------------------------


def test_the_daemon_asks_by_itself(overflight, provider, start_daemon, eventually):
    """It fetches when it starts; another beside it, or after it, does not ask the same again."""
    daemons = [start_daemon(), start_daemon()]
    eventually(lambda: len(json.loads(overflight("tle", "list", "--json").stdout)) == 2)
    daemons.append(start_daemon())
    for daemon in daemons:
        assert daemon.stop()[0] == 0
        assert "Traceback" not in daemon.log
        assert "stay as they are" not in daemon.log
    queries = sorted(each["query"] for each in asked(provider))
    assert queries == ["CATNR=25544", "CATNR=48274"]


def test_the_daemon_tells_of_a_stopped_source_once(overflight, provider, start_daemon, eventually):
    """The elements stay, the log says why, and so does the status."""
    behave(provider, status=500, text="Internal Server Error")
    daemon = start_daemon()
    eventually(lambda: "elements stay as they are" in daemon.log)
    assert "it answered 500" in daemon.log
    assert "celestrak is not asked any more: it answered 500" in overflight("status").stderr
    assert daemon.stop()[0] == 0


def test_a_provider_that_does_not_answer_holds_up_no_stop(provider, start_daemon, eventually):
    """While it waits for an answer, the daemon is stopped within ten seconds all the same."""
    behave(provider, manner="slow")
    daemon = start_daemon()
    eventually(lambda: asked(provider))
    code, took_s = daemon.stop()
    assert (code, took_s < 10.0) == (0, True)


# --- a fresh home -------------------------------------------------------------------------------


def at_terminal(environment, *words, answer, stdout=None):
    """Run a command at a terminal and type an answer; return its exit code and what it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, *words], stdin=theirs, stdout=stdout or theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = b""
    while chunk := read(ours):
        if b"[Y/n]" in chunk:
            os.write(ours, answer.encode())
        shown += chunk
    os.close(ours)
    return process.wait(timeout=30), shown.decode()


def read(terminal):
    """Return what a terminal shows next, or nothing when the other side has closed it."""
    try:
        return os.read(terminal, 4096)
    except OSError:  # so Linux says that it is closed
        return b""


QUESTION = "No element sets yet. Fetch ISS and Tiangong from CelesTrak now? [Y/n]"
WHEN = ("--start", "2026-10-10", "--days", "2")


@pytest.mark.parametrize("answer", ["\n", "y\n"])
def test_a_fresh_home_offers_to_fetch(environment, provider, answer):
    """Who agrees sees the passes at once."""
    code, shown = at_terminal(environment, "passes", "Berlin", *WHEN, answer=answer)
    assert code == 0, shown
    assert QUESTION in shown
    assert "celestrak CATNR=25544: updated" in shown
    assert shown.rpartition("added")[2].count("ISS") > 3, "its passes"
    assert len(asked(provider)) == 2
    code, shown = at_terminal(environment, "passes", "Berlin", *WHEN, answer=answer)
    assert code == 0
    assert "Fetch" not in shown


def test_the_offer_keeps_out_of_the_data(environment, provider, tmp_path):
    """What is told of the fetching does not get into JSON on standard output."""
    with (tmp_path / "passes.json").open("w") as file:
        words = ("passes", "Berlin", *WHEN, "--json")
        code, shown = at_terminal(environment, *words, answer="y\n", stdout=file)
    assert code == 0
    assert "added" in shown
    assert json.loads((tmp_path / "passes.json").read_text())


def test_the_offer_can_be_declined(environment, provider, home):
    """Who declines is told how to load a file, and nobody was asked."""
    code, shown = at_terminal(environment, "passes", "Berlin", answer="n\n")
    assert code == 1
    assert QUESTION in shown
    assert "overflight tle load FILE" in shown
    assert asked(provider) == []
    assert not home.exists()


def test_the_offer_names_what_was_asked_for(environment, provider):
    """Who asks for one satellite is offered that one; after a failure the error is as ever."""
    behave(provider, status=500)
    code, shown = at_terminal(environment, "passes", "Berlin", "-s", "hubble", answer="y\n")
    assert code == 1
    assert "Fetch Hubble from CelesTrak now?" in shown
    assert "it answered 500" in shown
    assert "no element set of satellite 20580 is loaded" in shown


def test_no_offer_without_sources(environment, provider):
    """Who does not use the network is not asked."""
    environment["OVERFLIGHT_ELEMENTS_SOURCES"] = "[]"
    code, shown = at_terminal(environment, "passes", "Berlin", answer="y\n")
    assert code == 1
    assert "[Y/n]" not in shown


def test_no_offer_without_a_terminal(overflight, provider):
    """A script gets the error, and nobody is asked."""
    done = overflight("passes", "Berlin", stdin="y\n")
    assert done.returncode == 1
    assert "[Y/n]" not in done.stderr
    assert asked(provider) == []
