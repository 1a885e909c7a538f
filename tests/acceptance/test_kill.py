"""Daemons that are killed, frozen and started again: nothing is lost and nothing is sent twice."""

import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing

CUSTOMERS = 400
WINDOW = 64


def _addresses(town, events):
    """The addresses of customers whose message stands at one of these events."""
    names = ", ".join(f"'{event}'" for event in events)
    return {
        address
        for (address,) in town.rows(
            "SELECT u.email FROM message m JOIN customer u ON u.customer_no = m.customer_no "
            "JOIN ledger l ON l.entry_no = "
            "(SELECT MAX(entry_no) FROM ledger WHERE message_no = m.message_no) "
            f"WHERE l.event IN ({names})"
        )
    }


def _assert_nothing_is_lost(town, post):
    """Every message is accepted and was taken once, or unknown and was taken at most once."""
    taken = Counter(post.taken)
    assert max(taken.values()) == 1
    accepted, unknown = _addresses(town, ["accepted"]), _addresses(town, ["unknown"])
    assert len(accepted) + len(unknown) == town.customers
    assert accepted <= taken.keys()
    assert taken.keys() - accepted <= unknown


def test_killed_three_times_while_sending_mail(
    make_town, start_post, start_daemon, eventually, overflight
):
    """Three kills leave at most 64 unknown each, no message twice, and the rest is sent."""
    post = start_post(delay_s=0.01)
    town = make_town(CUSTOMERS, channel="smtp", smtp_port=post.port)
    for taken in (20, 130, 250):
        daemon = start_daemon()
        eventually(lambda taken=taken: len(post.taken) >= taken)
        daemon.kill()
    start_daemon()
    eventually(lambda: not town.is_open)
    _assert_nothing_is_lost(town, post)
    events = town.events()
    assert 0 < events["unknown"] <= 3 * WINDOW
    status = overflight("status", "--json")
    assert f'"unknown": {events["unknown"]}' in status.stdout
    assert 'planned": 0' in status.stdout


def test_killed_three_times_while_writing_files(make_town, start_daemon, eventually):
    """Three kills leave no unknown: every message stands exactly once in the file, on a line."""
    town = make_town(3_000)
    for written in (1, 600, 1_500):
        daemon = start_daemon()
        eventually(lambda written=written: len(town.lines()) >= written)
        daemon.kill()
    start_daemon()
    eventually(lambda: not town.is_open)
    assert town.events() == {"accepted": 3_000}
    counts = Counter(line["message_id"] for line in town.lines())
    assert len(counts) == 3_000
    assert max(counts.values()) == 1


def test_killed_while_planning(make_town, start_daemon, eventually):
    """The next start plans what is missing; nobody has two messages."""
    town = make_town(8_000)
    town.change("UPDATE campaign SET state = 'approved'")
    for pause_s in (0.1, 0.4):
        daemon = start_daemon(until="")
        worker = f"SELECT 1 FROM worker WHERE name LIKE '%-{daemon.process.pid}'"
        eventually(lambda worker=worker: town.rows(worker))
        time.sleep(pause_s)
        daemon.kill()
    start_daemon()
    eventually(lambda: town.events() == {None: 8_000})  # ready is said before all is planned
    assert town.rows("SELECT COUNT(DISTINCT customer_no) FROM message") == [(8_000,)]
    assert town.rows("SELECT SUM(size) FROM chunk") == [(8_000,)]


def test_told_to_stop_while_sending(make_town, start_post, start_daemon, eventually):
    """It exits 0 within ten seconds, all it began has an outcome, and the next start goes on."""
    post = start_post(delay_s=0.02)
    town = make_town(CUSTOMERS, channel="smtp", smtp_port=post.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        daemon, before = start_daemon(), len(post.taken)
        eventually(lambda before=before: len(post.taken) > before + 40)
        code, took_s = daemon.stop(number)
        assert (code, took_s < 10.0) == (0, True)
        events = town.events()
        # What was to be next when the order came is taken back: due as before.
        assert {None, "accepted"} <= events.keys() <= {None, "accepted", "deferred"}
        assert events["accepted"] == len(post.taken)
        assert town.rows("SELECT COUNT(*) FROM worker") == [(0,)]
    start_daemon()
    eventually(lambda: not town.is_open)
    assert town.events() == {"accepted": CUSTOMERS}
    _assert_nothing_is_lost(town, post)


def _freeze(daemon, town):
    """Stop a daemon between two writes: stopped within one, it would hold SQLite's only lock."""
    while True:
        daemon.send_signal(signal.SIGSTOP)
        with closing(sqlite3.connect(town.home / "overflight.sqlite3", timeout=0.2)) as probe:
            try:
                probe.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                daemon.send_signal(signal.SIGCONT)
                time.sleep(0.01)
            else:
                return


def test_frozen_longer_than_its_lease(make_town, start_post, start_daemon, eventually):
    """Another worker goes on; the one that wakes up sends nothing twice and loses nothing."""
    post = start_post(delay_s=0.01)
    town = make_town(CUSTOMERS, channel="smtp", smtp_port=post.port)
    frozen = start_daemon()
    eventually(lambda: len(post.taken) > 50)
    _freeze(frozen, town)
    start_daemon()
    eventually(lambda: len(post.taken) > 220)
    frozen.send_signal(signal.SIGCONT)
    eventually(lambda: not town.is_open)
    time.sleep(0.5)  # what the one that woke up still has to say
    assert frozen.stop()[0] == 0
    assert not town.is_open
    _assert_nothing_is_lost(town, post)


def test_two_daemons_share_the_work(make_town, start_daemon, eventually):
    """Two daemons on one database write each message exactly once."""
    town = make_town(3_000)
    town.change("UPDATE campaign SET state = 'paused'")
    daemons = [start_daemon(), start_daemon()]
    town.change("UPDATE campaign SET state = 'armed'")
    eventually(lambda: not town.is_open)
    for daemon in daemons:
        assert daemon.stop()[0] == 0
        assert "messages taken up" in daemon.log
    counts = Counter(line["message_id"] for line in town.lines())
    assert (len(counts), max(counts.values())) == (3_000, 1)
