"""``overflight run``, and what other commands do to it while it runs."""

import json
import sys
import time
from dataclasses import replace
from datetime import timedelta

from tle.formats.omm_json import to_json

LOUD = "import logging; logging.basicConfig(level=1); from overflight.cli import main; main()"
PLACE = "SELECT DISTINCT latitude_deg, longitude_deg FROM customer"


def _watch(town, element_set, *, text=None):
    """Replace the watched file the way a careful downloader does."""
    fresh = town.home / "download"
    fresh.write_text(text or f"[{to_json(element_set)}]")
    fresh.replace(town.home / "watched.json")


def test_an_empty_home_is_served(overflight, start_daemon):
    """With nothing to do it waits, shows itself as a worker, and leaves without a trace."""
    daemon = start_daemon()
    (worker,) = json.loads(overflight("status", "--json").stdout)["workers"]
    assert worker["name"].endswith(f"-{daemon.process.pid}")
    assert not worker["silent"]
    assert daemon.stop()[0] == 0
    assert json.loads(overflight("status", "--json").stdout)["workers"] == []


def test_pause_from_another_process(make_town, start_post, start_daemon, eventually, told):
    """Within five seconds nothing more is sent, leased or not; resume sends the rest once."""
    post = start_post(delay_s=0.02)
    town = make_town(300, channel="smtp", smtp_port=post.port)
    daemon = start_daemon()
    eventually(lambda: len(post.taken) > 20)
    told("campaign", "pause", "now")
    paused_s = time.monotonic()
    eventually(lambda: "intent" not in town.events(), within_s=5)
    held = len(post.taken)
    assert held < 300
    time.sleep(0.6)
    assert time.monotonic() - paused_s < 6
    assert len(post.taken) == held
    events = town.events()  # what the server was about to get is taken back: deferred
    assert events["accepted"] == held
    assert events.get(None, 0) + events.get("deferred", 0) == 300 - held
    told("campaign", "resume", "now")
    eventually(lambda: not town.is_open)
    assert len(set(post.taken)) == len(post.taken) == 300
    assert daemon.log.count("No such file") == 1  # said once, not at every look


def test_people_change_their_minds(make_town, start_daemon, eventually, told, tmp_path):
    """Withdrawal, erasure and cancellation after planning are told by rule, and nothing is sent."""
    town = make_town(4)
    town.change("UPDATE campaign SET state = 'paused'")
    start_daemon()
    ((latitude_deg, longitude_deg),) = town.rows(PLACE)
    withdrawal = tmp_path / "withdrawal.csv"
    withdrawal.write_text(
        f"id,latitude,longitude,time_zone,consent\nc-1,{latitude_deg},{longitude_deg},UTC,no\n"
    )
    told("customers", "import", withdrawal)
    town.change("DELETE FROM customer WHERE customer_id = 'c-2'")
    listed = json.loads(told("queue", "list", "--json"))
    cancelled = next(row["message_id"] for row in listed if row["customer_id"] == "c-3")
    told("queue", "cancel", cancelled)
    told("campaign", "resume", "now")
    eventually(lambda: not town.is_open)
    rows = json.loads(told("queue", "list", "--json"))
    assert {(row["customer_id"], row["state"], row["reason"]) for row in rows} == {
        ("c-1", "suppressed", "consent_withdrawn"),
        ("(erased)", "suppressed", "customer_erased"),
        ("c-3", "cancelled", "by_hand"),
        ("c-4", "accepted", ""),
    }
    assert [line["message_id"].split("/")[1] for line in town.lines()] == ["4"]


def test_a_watched_file_is_loaded_and_planned(make_town, start_daemon, eventually):
    """A file that is replaced moves what waits; a broken one changes nothing and is told."""
    town = make_town(3)
    town.change("UPDATE campaign SET state = 'paused'")
    daemon = start_daemon()
    newer = replace(
        town.element_set,
        epoch=town.element_set.epoch + timedelta(milliseconds=1),
        mean_anomaly_deg=town.element_set.mean_anomaly_deg + 0.5,
    )
    _watch(town, newer)
    eventually(lambda: "watched.json: 1 sets, 1 newly in force" in daemon.log)
    eventually(lambda: town.rows("SELECT COUNT(*) FROM message WHERE revision = 2") == [(3,)])
    sets = town.rows("SELECT COUNT(*) FROM element_set")
    _watch(town, newer, text="<html>503 try later</html>")
    eventually(lambda: "elements stay as they are" in daemon.log.partition("newly in force")[2])
    assert town.rows("SELECT COUNT(*) FROM element_set") == sets
    _watch(town, replace(newer, epoch=newer.epoch + timedelta(seconds=1)))
    eventually(lambda: daemon.log.count("1 newly in force") == 2)
    assert "Traceback" not in daemon.log
    assert daemon.stop()[0] == 0


def test_the_log_tells_nothing_of_people(make_town, start_post, start_daemon, eventually):
    """At its loudest, a daemon that sends, is refused and settles what was lost names nobody."""
    post = start_post(delay_s=0.01)
    town = make_town(150, channel="smtp", smtp_port=post.port)
    town.change("UPDATE customer SET email = 'no address' WHERE customer_no = 1")
    loud = (sys.executable, "-c", LOUD)
    killed = start_daemon(command=loud)
    eventually(lambda: "intent" in town.events() or not town.is_open)
    killed.kill()
    daemon = start_daemon(command=loud)
    eventually(lambda: not town.is_open)
    assert daemon.stop()[0] == 0
    ((latitude_deg, longitude_deg),) = town.rows(PLACE)
    for log in (killed.log, daemon.log):
        assert "DEBUG" in log
        assert "skipped: maximum number of running instances" not in log
        for personal in ("Quentin", "@", "secret", "no address", "ombat", "Xanadu"):
            assert personal not in log
        assert f"{latitude_deg:.1f}" not in log
        assert f"{longitude_deg:.1f}" not in log


def test_a_slow_server_is_no_excuse(make_town, start_post, start_daemon, eventually, overflight):
    """With a second for each mail, a pause still holds everything within five."""
    post = start_post(delay_s=1.0)
    town = make_town(128, channel="smtp", smtp_port=post.port)
    start_daemon()
    eventually(lambda: len(post.taken) >= 4)
    overflight("campaign", "pause", "now")
    time.sleep(5)
    taken = len(post.taken)
    eventually(lambda: "intent" not in town.events())
    assert len(post.taken) == taken
    assert town.events()["accepted"] == taken
