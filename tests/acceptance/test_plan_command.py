"""``overflight plan`` as people type it."""

import json
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from messaging.campaigns.store import load_into
from messaging.steering import move
from overflight.customers.importing import check_file, import_customers, save_in
from overflight.database.opening import open_database
from tests.making import campaign_text
from tle import load_elements

CUSTOMERS = """\
id,name,email,city,country,latitude,longitude,consent,consent_purpose,consent_channel
c-1,Quentin,q1@secret.example,Berlin,DE,52.5,13.4,yes,service,any
c-2,Quentin,q2@secret.example,Madrid,ES,40.4,-3.7,yes,service,any
c-3,Quentin,q3@secret.example,Quito,EC,-0.2,-78.5,yes,service,any
c-4,Quentin,q4@secret.example,Alert,CA,82.5,-62.3,yes,service,any
c-5,Quentin,q5@secret.example,Berlin,DE,52.5,13.4,no,service,any
"""


@pytest.fixture
def office(home, tmp_path, iss):
    """A home with fresh elements, five customers, and a way to load campaigns."""
    now = datetime.now(UTC).replace(microsecond=0)
    home.mkdir(mode=0o700)
    database = open_database(f"sqlite:///{home / 'overflight.sqlite3'}")
    load_elements(database, [(replace(iss, epoch=now), 1)], source="test", now=now)
    path = tmp_path / "customers.csv"
    path.write_text(CUSTOMERS)
    for _ in import_customers(
        check_file(path), save=save_in(database, now=now), grid_deg=0.1, now=now
    ):
        pass

    def load(key="hello", *verbs, satellite=25544):
        span = {"start": now - timedelta(hours=1), "end": now + timedelta(days=2)}
        definition = campaign_text(
            key=key, satellites=[satellite], sections='passes.choose = "first"', **span
        )
        load_into(database, definition, source="test", now=now)
        for verb in verbs:
            move(database, key, verb, actor="Mei", now=now)

    yield load
    database.close()


@pytest.fixture
def content(home):
    """Return all rows of the database as SQL."""

    def dump():
        with closing(sqlite3.connect(home / "overflight.sqlite3")) as connection:
            return list(connection.iterdump())

    return dump


def planned(done):
    """The campaigns of ``plan --json``, by key."""
    assert done.returncode == 0, done.stderr
    return {one["key"]: one for one in json.loads(done.stdout)}


def test_plan_and_plan_again(overflight, office):
    """Planning fills the queue; planning again finds it filled."""
    office("hello", "approve")
    first = planned(overflight("plan", "--json"))["hello"]
    assert (first["customers"], first["added"]) == (5, 3)
    assert first["suppressed"] == {"no_pass": 1, "consent_withdrawn": 1}
    second = planned(overflight("plan", "--json"))["hello"]
    assert (second["added"], second["revised"], second["cancelled"]) == (0, 0, 0)
    assert second["unchanged"] == 3


def test_plan_for_people(overflight, office):
    """The table has the counts, and what people should know comes beside it."""
    office("hello", "approve", "arm")
    done = overflight("plan")
    assert done.returncode == 0
    assert "hello" in done.stdout
    assert "hello: without a message: " in done.stderr
    assert "1 no_pass" in done.stderr
    assert "Quentin" not in done.stdout + done.stderr


def test_a_dry_run_writes_nothing(overflight, office, content):
    """A dry run counts for drafts, too, and leaves the database as it is."""
    office("draft")
    office("ready", "approve")
    before = content()
    dry = planned(overflight("plan", "--dry-run", "--json"))
    assert content() == before
    assert {key: one["added"] for key, one in dry.items()} == {"draft": 3, "ready": 3}
    assert planned(overflight("plan", "--json")).keys() == {"ready"}


def test_one_campaign(overflight, office):
    """--campaign plans one and leaves the others."""
    office("one", "approve")
    office("two", "approve")
    assert planned(overflight("plan", "--campaign", "two", "--json")).keys() == {"two"}


def test_nothing_to_plan(overflight, office):
    """Without a campaign to plan, or with only a draft, people are told where to look."""
    done = overflight("plan")
    assert (done.returncode, done.stdout) == (0, "")
    assert "overflight campaign list" in done.stderr
    office("hello")
    done = overflight("plan", "--campaign", "hello", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "campaign hello is draft; approve it first" in done.stderr
    done = overflight("plan", "--campaign", "hallo")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: no campaign 'hallo'; there are: hello\n"


def test_stopped_is_not_to_be_approved(overflight, office):
    """Nobody is advised to approve a campaign that was stopped."""
    office("hello", "stop")
    done = overflight("plan", "--campaign", "hello")
    assert done.returncode == 1
    assert "hello is stopped" in done.stderr
    assert "approve it" not in done.stderr


def test_missing_elements_are_named(overflight, office):
    """A campaign that cannot be planned for want of elements says so, and the exit code too."""
    office("hello", "approve", satellite=99999)
    done = overflight("plan")
    assert done.returncode == 1
    assert "no real element set of satellite 99999; overflight tle update" in done.stderr


def test_two_plannings_at_once(overflight, office, environment, content):
    """Two people who plan at the same time get one message a customer, and no error."""
    office("hello", "approve")
    command = Path(subprocess.sys.executable).with_name("overflight")
    processes = [
        subprocess.Popen(
            [command, "plan", "--json"], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    results = [json.loads(process.communicate(timeout=60)[0])[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert "" in {one["note"] for one in results}
    messages = [line for line in content() if line.startswith('INSERT INTO "message"')]
    assert len(messages) == 3


@pytest.mark.parametrize("hours", ["0", "nan"])
def test_a_horizon_has_limits(overflight, hours):
    """A number of hours that makes no sense is a usage error."""
    done = overflight("plan", "--hours-ahead", hours)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--hours-ahead" in done.stderr
