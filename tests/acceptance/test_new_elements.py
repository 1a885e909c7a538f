"""New element sets while messages wait: what is planned follows, and a kill -9 changes nothing."""

import random
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from messaging.planning.planner import PlanOptions, plan_campaigns
from overflight.database.opening import open_database
from tle.formats.omm_json import to_json

HOURS = 30
PLACES = [(latitude, longitude) for latitude in (-50, -38, 0, 38, 50) for longitude in (0, 120)]
REVISED = "SELECT COUNT(*) FROM message WHERE revision > 1"
CANCELLED = "SELECT DISTINCT reason FROM ledger WHERE event = 'cancelled'"
BEGUN_TWICE = """
SELECT message_no FROM ledger WHERE event = 'intent' GROUP BY message_no HAVING COUNT(*) > 1
"""
SAME_MESSAGE = """
SELECT customer_no, pass_no FROM message WHERE revision = 1
GROUP BY customer_no, pass_no HAVING COUNT(*) > 1
"""
SENT_AND_CANCELLED = """
SELECT message_no FROM ledger WHERE event IN ('accepted', 'cancelled')
GROUP BY message_no HAVING COUNT(*) > 1
"""


def _reboosted(element_set, seconds, *, after_s):
    """Return the set after a burn that has made the satellite late by some seconds already."""
    late_deg = 360.0 * seconds / element_set.period_s
    return replace(
        element_set,
        epoch=element_set.epoch + timedelta(seconds=after_s),
        mean_anomaly_deg=(element_set.mean_anomaly_deg - late_deg) % 360.0,
        mean_motion_rev_per_day=element_set.mean_motion_rev_per_day - 0.004,
    )


def _watch(town, *element_sets):
    """Replace the watched file the way a careful downloader does."""
    fresh = town.home / ".download"
    fresh.write_text(f"[{', '.join(map(to_json, element_sets))}]")
    fresh.replace(town.home / "watched.json")


@pytest.fixture
def town(make_town):
    """A home whose people are told of every pass of both satellites; one is on just now."""
    return make_town(20, others=PLACES, hours=HOURS, each=True)


def _plan_once_more(town):
    """Plan with what is in force; return what that changes, and whether it could be planned."""
    with closing(open_database(f"sqlite:///{town.home / 'overflight.sqlite3'}")) as database:
        options = PlanOptions(ahead=timedelta(hours=36))
        (planned,) = plan_campaigns(database, options, now=datetime.now(UTC))
    return planned.added + planned.revised + planned.cancelled, planned.failed


def _assert_the_word_is_kept(town):
    """No message exists, begins or is written twice, and none is both sent and cancelled."""
    for sql in (SAME_MESSAGE, BEGUN_TWICE, SENT_AND_CANCELLED):
        assert town.rows(sql) == []
    written = [line["message_id"] for line in town.lines()]
    assert len(written) == len(set(written)) > 0
    accepted = town.rows("SELECT COUNT(*) FROM ledger WHERE event = 'accepted'")
    assert accepted == [(len(written),)]


def test_killed_between_a_reboost_and_its_plan(town, start_daemon, eventually):
    """Five burns, each followed by a kill: in the end the queue is what the last sets say."""
    chance = random.Random(4)
    daemon = start_daemon()
    eventually(lambda: len(town.lines()) >= 20)
    for burn in range(1, 6):
        daemon.kill()
        late = [
            _reboosted(each, 40.0 * burn, after_s=burn)
            for each in (town.element_set, town.other_set)
        ]
        daemon = start_daemon()
        _watch(town, *late)
        time.sleep(chance.uniform(2.0, 4.5))  # a file is read when it is two seconds old
        _assert_the_word_is_kept(town)
    daemon.kill()
    daemon = start_daemon()
    last = f"SELECT COUNT(*) FROM element_set WHERE epoch_ms = {late[0].epoch_ms}"
    eventually(lambda: town.rows(last) == [(2,)])
    time.sleep(4)
    assert daemon.stop()[0] == 0
    assert _plan_once_more(town) == (0, False)
    _assert_the_word_is_kept(town)
    assert town.rows(REVISED)[0][0] > 100
    assert town.rows(CANCELLED) == [("pass_vanished",)]


def test_a_reboost_is_planned_at_once(town, start_daemon, eventually):
    """Between two plannings of the schedule, a set that came into force is planned for."""
    settings = town.home / "overflight.toml"
    settings.write_text(
        settings.read_text().replace("[plan]\ninterval_s = 1", "[plan]\ninterval_s = 3600")
    )
    daemon = start_daemon()
    eventually(lambda: len(town.lines()) >= 20)
    _watch(town, _reboosted(town.element_set, 60.0, after_s=1))
    eventually(lambda: town.rows(REVISED)[0][0] > 20)
    assert "manoeuvre" in daemon.log
    assert "Traceback" not in daemon.log


def test_an_absurd_set_changes_no_plan(town, start_daemon, eventually):
    """It is told and kept out; not one message is revised or cancelled."""
    daemon = start_daemon()
    eventually(lambda: len(town.lines()) >= 20)
    turned = replace(
        town.element_set,
        epoch=town.element_set.epoch + timedelta(seconds=1),
        raan_deg=(town.element_set.raan_deg + 137.0) % 360.0,
    )
    _watch(town, turned)
    eventually(lambda: "quarantined" in daemon.log)
    time.sleep(3)
    assert town.rows(REVISED) == [(0,)]
    assert town.rows(CANCELLED) == []
