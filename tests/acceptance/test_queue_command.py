"""``overflight queue`` and ``overflight status`` as people type them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from messaging.campaigns.store import load_into
from messaging.planning.planner import PlanOptions, plan_campaigns
from messaging.steering import move
from overflight.customers.importing import check_file, import_customers, save_in
from overflight.database.opening import open_database
from tests.making import campaign_text
from tle import load_elements

HEADER = (
    "id,name,email,city,country,latitude,longitude,tier,consent,consent_purpose,consent_channel\n"
)
ROW = "c-{0},Quentin{0},q{0}@secret.example,Xanadu,DE,52.5,13.4,platypus,yes,service,any\n"
PERSONAL = ("Quentin", "secret.example", "Xanadu", "platypus", "wombat")


@pytest.fixture
def office(home, tmp_path, iss):
    """A home in which an approved campaign is planned for three customers."""
    now = datetime.now(UTC).replace(microsecond=0)
    home.mkdir(mode=0o700)
    database = open_database(f"sqlite:///{home / 'overflight.sqlite3'}")
    load_elements(database, [(replace(iss, epoch=now), 1)], source="test", now=now)
    path = tmp_path / "customers.csv"
    path.write_text(HEADER + "".join(ROW.format(number) for number in range(1, 4)))
    for _ in import_customers(
        check_file(path), save=save_in(database, now=now), grid_deg=0.1, now=now
    ):
        pass
    span = {"start": now + timedelta(minutes=10), "end": now + timedelta(days=2)}
    definition = campaign_text(
        sections='passes.choose = "first"', text="The wombat greets {{ customer.name }}", **span
    )
    load_into(database, definition, source="test", now=now)
    for verb in ("approve", "arm"):
        move(database, "hello", verb, actor="Mei", now=now)
    plan_campaigns(database, PlanOptions(ahead=timedelta(days=2)), now=now)
    database.close()


@pytest.fixture
def listed(overflight):
    """Return what ``queue list --json`` lists."""

    def run(*arguments):
        done = overflight("queue", "list", "--json", *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return run


@pytest.mark.usefixtures("office")
def test_list(overflight, listed):
    """Messages are listed by due time, as a table, as JSON and line by line."""
    rows = listed()
    assert len(rows) == 3
    assert rows == sorted(rows, key=lambda row: row["due"])
    assert {row["customer_id"] for row in rows} == {"c-1", "c-2", "c-3"}
    assert {(row["campaign"], row["state"], row["channel"]) for row in rows} == {
        ("hello", "planned", "file")
    }
    for row in rows:
        assert row["not_before"] <= row["due"] < row["expires_at"]
        assert row["due"].endswith("Z")
    lines = overflight("queue", "list", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = overflight("queue", "list").stdout
    for row in rows:
        assert row["message_id"] in table


@pytest.mark.usefixtures("office")
def test_list_less(overflight, listed):
    """Filters and a limit leave out the rest, and the limit says so."""
    assert listed("--campaign", "hello") == listed()
    assert listed("--state", "cancelled") == []
    done = overflight("queue", "list", "--limit", "2", "--json")
    assert len(json.loads(done.stdout)) == 2
    assert done.stderr == "there are more; see them with --limit 20\n"
    assert overflight("queue", "list", "--state", "asleep").returncode == 2


def test_an_option_that_was_renamed_names_the_new_one(overflight):
    """Who types what older notes say is told the word of today."""
    for command, old, new in (
        (("queue", "list"), "--standing", "--state"),
        (("plan",), "--horizon", "--hours-ahead"),
    ):
        done = overflight(*command, old, "1")
        assert (done.returncode, done.stdout) == (2, "")
        assert f"no option '{old}': it is called '{new}' now" in done.stderr


@pytest.mark.usefixtures("office")
def test_nothing_listed(overflight):
    """An empty list says whether the queue is empty, or only this view of it."""
    done = overflight("queue", "list", "--state", "cancelled")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "no message is cancelled\n"
    done = overflight("queue", "list", "--campaign", "hallo")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: no campaign 'hallo'; there are: hello\n"


def test_an_empty_queue(overflight):
    """Whoever has planned nothing yet is told how."""
    done = overflight("queue", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "the queue is empty; fill it: overflight plan\n"


@pytest.mark.usefixtures("office")
def test_show_and_cancel(overflight, listed):
    """A cancelled message is shown with its history, and cannot be cancelled twice."""
    first, second, third = (row["message_id"] for row in listed())
    done = overflight("queue", "cancel", first, second)
    assert (done.returncode, done.stdout) == (0, f"{first}: cancelled\n{second}: cancelled\n")
    facts = json.loads(overflight("queue", "show", first, "--json").stdout)
    assert (facts["message_id"], facts["state"], facts["reason"]) == (
        first,
        "cancelled",
        "by_hand",
    )
    assert [(event["event"], event["reason"]) for event in facts["history"]] == [
        ("cancelled", "by_hand")
    ]
    assert first in overflight("queue", "show", first).stdout
    done = overflight("queue", "cancel", first, third)
    assert (done.returncode, done.stdout) == (1, f"{third}: cancelled\n")
    assert done.stderr == f"{first}: too late, it is cancelled\n"


@pytest.mark.usefixtures("office")
def test_an_unknown_message(overflight, listed):
    """A wrong id is refused before anything is cancelled, the right ones beside it included."""
    known = listed()[0]["message_id"]
    for unknown in ("nix", "//", "hello/1/x/first", "hello/99999999999999999999/x/first"):
        done = overflight("queue", "cancel", known, unknown)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: no message '{unknown}'")
    assert overflight("queue", "show", "hello/٣/x/y").returncode == 1
    assert {row["state"] for row in listed()} == {"planned"}


@pytest.mark.usefixtures("office")
def test_status(overflight, listed):
    """Status tells what is planned and when the next falls due, and where one would look."""
    done = overflight("status", "--json")
    facts = json.loads(done.stdout)
    assert done.stderr == ""
    assert facts["messages"]["planned"] == facts["customers"] == 3
    assert facts["campaigns"] == {"hello": "armed"}
    assert facts["next_due"] == min(row["due"] for row in listed())
    assert facts["workers"] == []
    assert "armed" in overflight("status").stdout


def test_status_of_nothing(overflight, home):
    """A fresh home has a status, too."""
    facts = json.loads(overflight("status", "--json").stdout)
    assert facts["home"] == str(home)
    assert (facts["customers"], facts["campaigns"], facts["next_due"]) == (0, {}, None)


@pytest.mark.usefixtures("office")
def test_nothing_personal_is_shown(overflight, listed):
    """Neither names nor addresses, attributes or texts appear in the queue or the status."""
    message_id = listed()[0]["message_id"]
    shown = "".join(
        done.stdout + done.stderr
        for arguments in (
            ["queue", "list"], ["queue", "list", "--json"], ["queue", "show", message_id],
            ["queue", "show", message_id, "--json"], ["queue", "cancel", message_id],
            ["status"], ["status", "--json"],
        )
        for done in [overflight(*arguments)]
    )  # fmt: skip
    assert [word for word in PERSONAL if word in shown] == []
