"""The queue: who holds what, for how long, and what is due."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from messaging.campaigns.store import load_into
from messaging.queue.chunks import Windows
from messaging.queue.leases import (
    Lease,
    QueuedMessage,
    Retry,
    cancel_message,
    close_or_release,
    lease_due,
    next_due,
    plan_retries,
    renew,
    still_pending,
)
from messaging.queue.ledger import Entry, Event, append
from messaging.queue.messages import MessageRows, append_messages
from messaging.steering import move
from overflight.database.opening import open_database
from tle.storage.port import Database
from tle.times import to_ms

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=4)
DEFINITION = """
key = "queued"
title = "Queued"
purpose = "service"
channel = "file"
satellites = [25544]
start = 2026-11-11T00:00:00Z
end = 2026-11-12T00:00:00Z
default_language = "en"
texts.en = { subject = "s", text = "t" }
"""

Leased = list[tuple[Lease, list[QueuedMessage]]]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Open one more connection to the same database, which holds one armed campaign."""
    opened: list[Database] = []

    def connect() -> Database:
        opened.append(open_database(f"sqlite:///{tmp_path / 'test.sqlite3'}"))
        return opened[-1]

    load_into(connect(), DEFINITION, source="test", now=NOW)
    for verb in ("approve", "arm"):
        move(opened[0], "queued", verb, actor="test", now=NOW)
    yield connect
    for database in opened:
        database.close()


@pytest.fixture
def database(connect) -> Database:
    """One connection."""
    return connect()


def _plan(database: Database, due_s: list[float], *, first_customer_no: int = 1) -> None:
    """Plan one message for each due time, in seconds from ``NOW``."""
    count = len(due_s)
    ones = np.ones(count, int)
    due_ms = to_ms(NOW) + np.round(np.array(due_s) * 1000).astype(np.int64)
    with database.writing() as transaction:
        append_messages(
            transaction,
            MessageRows(
                message_no=-ones,
                revision=ones,
                customer_no=np.arange(first_customer_no, first_customer_no + count),
                pass_no=ones,
                windows=Windows(
                    not_before_ms=due_ms,
                    due_ms=due_ms,
                    expires_at_ms=due_ms + WINDOW // timedelta(milliseconds=1),
                ),
            ),
            campaign_no=1,
            campaign_version=1,
            channel="file",
        )


def _lease(database: Database, *, after_s: float = 0.0, lease_s: float = 60.0) -> Leased:
    leased, _ = lease_due(
        database,
        channel="file",
        owner="me",
        now=NOW + timedelta(seconds=after_s),
        lease_s=lease_s,
    )
    return leased


def _customers(leased: Leased) -> list[int]:
    return [message.customer_no for _, messages in leased for message in messages]


def _write(database: Database, message: QueuedMessage, *events: Event, attempt: int = 1) -> None:
    with database.writing() as transaction:
        append(
            transaction,
            [
                Entry(message_no=message.message_no, event=e, at_ms=to_ms(NOW), attempt=attempt)
                for e in events
            ],
        )


def _finish(database: Database, leased: Leased) -> None:
    with database.writing() as transaction:
        close_or_release(transaction, [lease for lease, _ in leased], now_ms=to_ms(NOW))


# --- what is due --------------------------------------------------------------------------------


def test_what_is_due_is_leased_earliest_first(database):
    """Chunks come in the order of their due times, and none before its time."""
    _plan(database, [20.0, 0.0, 10.0, 10.001])
    assert _customers(_lease(database, after_s=10)) == [2, 3]
    assert _customers(_lease(database, after_s=10)) == []
    assert _customers(_lease(database, after_s=20)) == [4, 1]


def test_a_lease_is_bounded(database):
    """However much is due, one lease takes about a thousand messages, and says there is more."""
    _plan(database, [0.0] * 2_500)
    first, more = lease_due(database, channel="file", owner="me", now=NOW, lease_s=60)
    assert (len(_customers(first)), more) == (1_000, True)
    rest = _customers(_lease(database)) + _customers(_lease(database))
    assert sorted(_customers(first) + rest) == list(range(1, 2_501))


def test_other_channels_are_left_to_others(database):
    """A worker leases only what it can send."""
    _plan(database, [0.0])
    assert lease_due(database, channel="smtp", owner="me", now=NOW, lease_s=60) == ([], False)


@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_only_an_armed_campaign_is_leased(database, verb):
    """What may not be sent stays where it is until it has expired."""
    _plan(database, [0.0])
    move(database, "queued", verb, actor="test", now=NOW)
    assert _lease(database, after_s=WINDOW.total_seconds()) == []
    assert _customers(_lease(database, after_s=WINDOW.total_seconds() + 1)) == [1]


def test_the_next_due_time(database):
    """It is the earliest one after an instant, of chunks that are still open and armed."""
    _plan(database, [10.0, 30.0])
    with database.reading() as reader:
        assert next_due(reader, after=NOW) == NOW + timedelta(seconds=10)
        assert next_due(reader, after=NOW + timedelta(seconds=10)) == NOW + timedelta(seconds=30)
        assert next_due(reader, after=NOW + timedelta(seconds=30)) is None


# --- leases -------------------------------------------------------------------------------------


def test_two_workers_never_hold_the_same_chunk(connect):
    """Over two connections, every chunk goes to exactly one of them."""
    one, other = connect(), connect()
    _plan(one, [float(second) for second in range(200)])
    held = [_customers(_lease(each, after_s=300)) for each in (one, other, one, other)]
    together = [number for numbers in held for number in numbers]
    assert sorted(together) == list(range(1, 201))


def test_a_lease_ends_by_the_clock_of_the_store(database):
    """When its time is over the chunk is leased again, and the first holder finds out."""
    _plan(database, [0.0])
    ((lease, _),) = _lease(database, lease_s=0.05)
    assert _lease(database, after_s=3600) == []  # whatever a worker believes the time is
    time.sleep(0.06)
    ((again, _),) = _lease(database)
    assert again.token > lease.token
    with database.writing() as transaction:
        assert renew(transaction, [lease], lease_s=60) == set()
        assert renew(transaction, [again], lease_s=60) == {again.chunk_no}


def test_a_renewed_lease_lasts(database):
    """A holder that renews in time keeps its chunk."""
    _plan(database, [0.0])
    ((lease, _),) = _lease(database, lease_s=0.05)
    with database.writing() as transaction:
        renew(transaction, [lease], lease_s=60)
    time.sleep(0.06)
    assert _lease(database) == []


def test_whoever_lost_a_lease_can_neither_close_nor_release(database):
    """A holder that was away too long leaves the chunk to the new one."""
    _plan(database, [0.0])
    late = _lease(database, lease_s=0.0)
    current = _lease(database)
    _finish(database, late)
    assert _lease(database) == []
    _finish(database, current)
    assert _customers(_lease(database)) == [1]


def test_a_chunk_closes_when_all_of_it_has_ended(database):
    """With one message open it is given back; when that has ended too it is gone."""
    _plan(database, [0.0, 0.0])
    leased = _lease(database)
    ((_, (first, second)),) = leased
    _write(database, first, Event.INTENT, Event.ACCEPTED)
    _finish(database, leased)
    again = _lease(database)
    assert [m.last_event for _, messages in again for m in messages] == [Event.ACCEPTED, None]
    _write(database, second, Event.EXPIRED)
    _finish(database, again)
    assert _lease(database, after_s=3600) == []


def test_one_attempt_has_one_intent(database):
    """The database itself refuses to begin the same attempt twice."""
    _plan(database, [0.0])
    ((_, (message,)),) = _lease(database)
    _write(database, message, Event.INTENT)
    with pytest.raises(Exception, match="UNIQUE"):
        _write(database, message, Event.INTENT)


# --- revisions and cancellations ----------------------------------------------------------------


def test_a_retry_is_a_revision_at_its_own_time(database):
    """The message leaves its old chunk and falls due once more, at the time of the retry."""
    _plan(database, [0.0])
    leased = _lease(database)
    ((_, (message,)),) = leased
    _write(database, message, Event.INTENT, Event.DEFERRED)
    with database.writing() as transaction:
        retry = Retry(message=message, channel="file", at_ms=to_ms(NOW) + 7_000)
        plan_retries(transaction, [retry])
    _finish(database, leased)
    assert _lease(database, after_s=6.999) == []
    ((_, (again,)),) = _lease(database, after_s=7)
    assert (again.message_no, again.revision, again.attempts) == (message.message_no, 2, 1)
    assert again.expires_at_ms == message.expires_at_ms
    with database.reading() as reader:
        assert still_pending(reader, [message]) == set()
        assert still_pending(reader, [again]) == {message.message_no}


def test_what_is_pending_can_be_cancelled_once(database):
    """A message that waits can be taken back; one that was begun or has ended can not."""
    _plan(database, [0.0, 0.0])
    ((_, (first, second)),) = _lease(database)
    _write(database, second, Event.INTENT)
    with database.writing() as transaction:
        number = first.message_no
        assert cancel_message(transaction, number, now_ms=to_ms(NOW))
        assert not cancel_message(transaction, number, now_ms=to_ms(NOW))
        assert not cancel_message(transaction, second.message_no, now_ms=to_ms(NOW))
        assert still_pending(transaction, [first, second]) == set()
