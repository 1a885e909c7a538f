"""Campaigns in a database: loading never sends, and every move but the allowed is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from messaging.campaigns.lifecycle import State
from messaging.campaigns.store import Loading, campaigns, find_campaign, load_into
from messaging.errors import CampaignError, CampaignStateError
from messaging.steering import move
from overflight.database.opening import open_database
from tests.making import campaign_text

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
# What brings a new campaign into each state.
WAYS = {
    State.DRAFT: (),
    State.APPROVED: ("approve",),
    State.ARMED: ("approve", "arm"),
    State.PAUSED: ("approve", "arm", "pause"),
    State.STOPPED: ("stop",),
}
ALLOWED = {
    (State.DRAFT, "approve"): State.APPROVED,
    (State.APPROVED, "arm"): State.ARMED,
    (State.ARMED, "pause"): State.PAUSED,
    (State.PAUSED, "resume"): State.ARMED,
    (State.DRAFT, "stop"): State.STOPPED,
    (State.APPROVED, "stop"): State.STOPPED,
    (State.ARMED, "stop"): State.STOPPED,
    (State.PAUSED, "stop"): State.STOPPED,
}
VERBS = ("approve", "arm", "pause", "resume", "stop")


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """One database for all tests here; each works on a campaign of its own key."""
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('store') / 'test.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def key(request):
    """A key that no other test uses."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name.casefold()).strip("-")


def load(database, key, title="Hello", now=NOW):
    """Load a campaign file."""
    definition = campaign_text(key=key, title=title)
    return load_into(database, definition, source="hello.toml", now=now)


def find(database, key):
    """Return a campaign as it is stored."""
    with database.reading() as reader:
        return find_campaign(reader, key)


def bring(database, key, state):
    """Load a campaign and bring it into a state."""
    load(database, key)
    for verb in WAYS[state]:
        move(database, key, verb, actor="Mei", now=NOW)


def rows(database, sql):
    """Query."""
    with database.reading() as reader:
        return reader.rows(sql)


def test_a_loaded_campaign_is_a_draft(database, key):
    """Loading a file stores its first version, and lets nothing be sent."""
    stored, loading = load(database, key)
    assert loading is Loading.ADDED
    assert (stored.key, stored.version, stored.state) == (key, 1, State.DRAFT)
    assert (stored.approved_by, stored.changed_at) == ("", NOW)
    assert stored == find(database, key)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", State)
def test_every_move(database, key, state, verb):
    """What is allowed leads where it should; the rest is refused with what it would take."""
    bring(database, key, state)
    target = ALLOWED.get((state, verb))
    later = NOW + timedelta(hours=1)
    if target:
        before, after = move(database, key, verb, actor="Lin", now=later)
        assert (before.state, after.state, after.changed_at) == (state, target, later)
        assert find(database, key) == after
        return
    with pytest.raises(CampaignStateError, match=f"is {state}; to {verb} it, it must be "):
        move(database, key, verb, actor="Lin", now=later)
    assert find(database, key).state is state
    assert find(database, key).changed_at == NOW


def test_who_approved_is_written_down(database, key):
    """The approver stays known through the moves that follow, and every move is an event."""
    bring(database, key, State.PAUSED)
    stored = find(database, key)
    assert stored.approved_by == "Mei"
    events = rows(
        database,
        "SELECT version, state, actor, at_ms FROM campaign_event "
        f"WHERE campaign_no = {stored.campaign_no} ORDER BY event_no",
    )
    assert [(version, state) for version, state, *_ in events] == [
        (1, "draft"), (1, "approved"), (1, "armed"), (1, "paused"),
    ]  # fmt: skip


@pytest.mark.parametrize("actor", ["", "  "])
def test_nobody_cannot_approve(database, key, actor):
    """An approval names somebody."""
    load(database, key)
    with pytest.raises(CampaignStateError, match="somebody has to be named"):
        move(database, key, "approve", actor=actor, now=NOW)
    assert find(database, key).state is State.DRAFT


@pytest.mark.parametrize("state", [s for s in State if s is not State.STOPPED])
def test_an_edit_makes_a_draft(database, key, state):
    """Whatever it was, an edited campaign is a draft that nobody has approved, one version on."""
    bring(database, key, state)
    stored, loading = load(database, key, title="Another")
    assert loading is Loading.EDITED
    assert (stored.version, stored.state, stored.approved_by) == (2, State.DRAFT, "")
    assert stored.campaign.title == "Another"


@pytest.mark.parametrize("state", State)
def test_the_same_file_changes_nothing(database, key, state):
    """Loading a file again, were it with another comment, leaves version and state."""
    bring(database, key, state)
    before = find(database, key)
    definition = "# a comment\n" + campaign_text(key=key)
    assert load_into(database, definition, source="x", now=NOW)[1] is Loading.UNCHANGED
    assert find(database, key) == before


def test_going_back_is_an_edit_too(database, key):
    """A file that says what an earlier version said is a new version."""
    load(database, key)
    load(database, key, title="Another")
    stored, loading = load(database, key)
    assert (stored.version, stored.state, loading) == (3, State.DRAFT, Loading.EDITED)


def test_stopped_is_final(database, key):
    """The key of a stopped campaign cannot be used for another text."""
    bring(database, key, State.STOPPED)
    with pytest.raises(CampaignStateError, match="under another key"):
        load(database, key, title="Another")
    assert find(database, key).version == 1


def test_a_bad_file_stores_nothing(database, key):
    """A file that is refused leaves no trace."""
    count = len(rows(database, "SELECT * FROM campaign_version"))
    with pytest.raises(CampaignError):
        load_into(database, f'key = "{key}"', source="hello.toml", now=NOW)
    assert len(rows(database, "SELECT * FROM campaign_version")) == count


def test_an_unknown_key_names_the_known_ones(database, key):
    """Asking for a campaign that does not exist lists those that do."""
    load(database, key)
    with pytest.raises(CampaignStateError, match=key):
        find(database, "nix")
    with database.reading() as reader:
        keys = [stored.key for stored in campaigns(reader)]
    assert keys == sorted(keys)


def test_stopping_cancels_what_waits(database, key):
    """What is planned or waits for another attempt is cancelled; what was begun is not."""
    load(database, key)
    number = find(database, key).campaign_no
    stories = {1: (), 2: ("intent", "deferred"), 3: ("intent",), 4: ("intent", "accepted"),
               5: ("expired",), 6: ("intent", "unknown"), 7: ("cancelled",)}  # fmt: skip
    with database.writing() as transaction:
        transaction.execute("DELETE FROM ledger")
        for message_no, events in stories.items():
            transaction.execute(
                """INSERT INTO message VALUES (:no, 1, 1, :campaign_no, 1, :no, 1, 'first', 0, 0, 0)
                """,
                no=message_no,
                campaign_no=number,
            )
            for event in events:
                transaction.execute(
                    "INSERT INTO ledger (message_no, attempt, event, at_ms, reason) "
                    "VALUES (:no, 0, :event, 0, '')",
                    no=message_no,
                    event=event,
                )
    move(database, key, "stop", actor="", now=NOW)
    cancelled = rows(
        database, "SELECT message_no, reason FROM ledger WHERE event = 'cancelled' ORDER BY 1"
    )
    assert cancelled == [(1, "campaign_stopped"), (2, "campaign_stopped"), (7, "")]
