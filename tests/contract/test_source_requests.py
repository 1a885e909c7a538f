"""The log of requests: what may be asked follows from it, after restarts and among many."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from overflight.database.opening import open_database
from tle.sources.asking import Limits, Request, RequestResult
from tle.sources.providers import CELESTRAK, SPACE_TRACK
from tle.sources.request_log import Held, claim, prune, resume, settle, source_state

NOW = datetime(2026, 10, 10, 8, tzinfo=UTC)
LIMITED = CELESTRAK.limits


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request, tmp_path_factory):
    """A database of each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql")
    return f"sqlite:///{tmp_path_factory.mktemp('log') / 'test.sqlite3'}"


@pytest.fixture
def database(url):
    """A log in which nothing is written yet."""
    with closing(open_database(url)) as opened:
        with opened.writing() as transaction:
            transaction.execute("DELETE FROM source_request")
        yield opened


def request_for(query="CATNR=25544", max_bytes=1_000):
    """What is to be asked."""
    return Request(query=query, url="https://example.test/", max_bytes=max_bytes)


def take(database, at, query="CATNR=25544", *, source="celestrak", limits=LIMITED, **options):
    """Claim the right to ask some minutes after eight."""
    now = NOW + timedelta(minutes=at)
    max_bytes = options.pop("max_bytes", 1_000)
    return claim(database, source, request_for(query, max_bytes), limits=limits, now=now, **options)


def end(database, number, result, note="", received_bytes=0):
    """Say how a claimed request ended."""
    settle(database, number, result=result, note=note, received_bytes=received_bytes)


def state(database, at=0):
    """How things stand with CelesTrak some minutes after eight."""
    with database.reading() as reader:
        now = NOW + timedelta(minutes=at)
        return source_state(reader, "celestrak", limits=LIMITED, now=now)


def test_the_floor_holds_for_each_query(database):
    """The same query waits two hours, another does not, nor the same query of another source."""
    assert isinstance(take(database, 0), int)
    held = take(database, 119)
    assert held.result == RequestResult.WAITING
    assert held.until == NOW + timedelta(hours=2)
    assert "asked at 08:00Z; may be asked again at 2026-10-10 10:00Z" in held.note
    assert isinstance(take(database, 119, "CATNR=48274"), int)
    assert isinstance(take(database, 119, source="space-track"), int)
    assert isinstance(take(database, 120), int)


@pytest.mark.parametrize(
    "result", [RequestResult.FAILED, RequestResult.NOTHING, RequestResult.REFUSED]
)
def test_the_floor_holds_after_failures(database, result):
    """A request that was made counts, whatever came of it."""
    end(database, take(database, 0), result)
    assert isinstance(take(database, 119), Held)
    assert isinstance(take(database, 120), int)


def test_who_reached_nobody_may_soon_try_again(database):
    """Where the host's name was not found, five minutes are enough."""
    end(database, take(database, 0), RequestResult.UNREACHED)
    assert isinstance(take(database, 4), Held)
    assert isinstance(take(database, 5), int)


def test_who_asks_may_be_more_patient_than_the_floor(database):
    """A longer interval holds where there was an answer; after a failure the floor does."""
    patient = {"at_least": timedelta(hours=6)}
    end(database, take(database, 0), RequestResult.UNCHANGED)
    assert take(database, 359, **patient).until == NOW + timedelta(hours=6)
    end(database, take(database, 360, **patient), RequestResult.FAILED)
    assert isinstance(take(database, 479, **patient), Held)
    assert isinstance(take(database, 480, **patient), int)


def test_the_floor_survives_a_restart_and_a_death(database, url):
    """A process that died before it learnt the result has asked, with all it set aside."""
    take(database, 0, max_bytes=7_000)
    with closing(open_database(url)) as after:
        assert isinstance(take(after, 60), Held)
        assert state(after).bytes_today == 7_000


def test_of_many_at_once_one_asks(url, database):
    """Whoever claims at the same time as others, exactly one of them gets it."""
    barrier = Barrier(8)

    def race(_):
        with closing(open_database(url)) as mine:
            barrier.wait()
            return take(mine, 0)

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(race, range(8)))
    assert sum(isinstance(each, int) for each in taken) == 1


def test_a_clock_set_back_neither_hurries_nor_blocks(database):
    """What was asked in a future that is gone again counts as asked now, once."""
    end(database, take(database, 60 * 24 * 365), RequestResult.UPDATED)
    assert take(database, 0).until == NOW + timedelta(hours=2)
    assert take(database, 60).until == NOW + timedelta(hours=2)
    assert isinstance(take(database, 120), int)


def test_the_bytes_of_a_day(database):
    """What is set aside counts until the true number is known; midnight UTC begins anew."""
    limits = Limits(floor=timedelta(0), bytes_a_day=10_000)
    first = take(database, 0, "a", limits=limits, max_bytes=6_000)
    held = take(database, 1, "b", limits=limits, max_bytes=6_000)
    assert held.result == RequestResult.WAITING
    assert held.until == datetime(2026, 10, 11, tzinfo=UTC)
    assert "6,000 bytes today" in held.note
    end(database, first, RequestResult.UPDATED, received_bytes=4_000)
    assert isinstance(take(database, 2, "b", limits=limits, max_bytes=6_000), int)
    assert isinstance(take(database, 3, "c", limits=limits, max_bytes=6_000), Held)
    assert isinstance(take(database, 16 * 60, "c", limits=limits, max_bytes=6_000), int)


def test_requests_within_a_time(database):
    """No more than so many within a minute and within an hour."""
    limits = Limits(
        floor=timedelta(0),
        requests_within=((timedelta(minutes=1), 2), (timedelta(hours=1), 3)),
    )
    for number in range(2):
        assert isinstance(take(database, 0, str(number), limits=limits), int)
    assert take(database, 0.5, "x", limits=limits).until == NOW + timedelta(minutes=1)
    assert isinstance(take(database, 1, "x", limits=limits), int)
    assert take(database, 2, "y", limits=limits).until == NOW + timedelta(hours=1)
    assert isinstance(take(database, 60, "y", limits=limits), int)


def test_space_track_is_asked_less_than_300_times_an_hour(database):
    """However many queries there are, an hour sees 149 updates of two requests each."""
    limits = SPACE_TRACK.limits
    for number in range(149):
        taken = take(database, number / 12, str(number), source="space-track", limits=limits)
        assert isinstance(taken, int)
    held = take(database, 59.9, "another", source="space-track", limits=limits)
    assert (held.result, held.until) == (RequestResult.WAITING, NOW + timedelta(hours=1))
    assert isinstance(take(database, 60, "another", source="space-track", limits=limits), int)


def test_a_stopped_source_waits_for_a_person(database):
    """After a bad answer nothing is asked, whatever the query, until somebody resumes; once."""
    end(database, take(database, 0), RequestResult.STOPPED, "it answered 403 Forbidden")
    held = take(database, 60 * 24 * 30, "other")
    assert held == Held(result=RequestResult.STOPPED, note="it answered 403 Forbidden", until=None)
    assert isinstance(take(database, 0, source="space-track"), int)
    assert state(database).is_stopped
    assert state(database).why == "it answered 403 Forbidden"
    assert resume(database, "celestrak")
    assert not resume(database, "celestrak")
    assert not state(database).is_stopped
    assert isinstance(take(database, 10), Held), "the floor stays"
    assert isinstance(take(database, 10, "other"), int)
    [asked, _] = state(database, 10).queries
    assert (asked.result, asked.note) == ("resumed", "it answered 403 Forbidden")


def test_a_stop_after_a_resumption_stops_again(database):
    """Of two that were asked at once the second may get its bad answer after a person resumed."""
    first, second = take(database, 0, "a"), take(database, 0, "b")
    end(database, first, RequestResult.STOPPED, "403")
    assert resume(database, "celestrak")
    end(database, second, RequestResult.STOPPED, "403 again")
    assert take(database, 1, "c") == Held(
        result=RequestResult.STOPPED, note="403 again", until=None
    )


@pytest.mark.parametrize("last", [0, 1])
def test_stops_of_any_order_are_resumed_at_once(database, last):
    """However many answers stopped a source, in whatever order, one resumption is enough."""
    numbers = [take(database, 0, "a"), take(database, 0, "b")]
    end(database, numbers[1 - last], RequestResult.STOPPED, "403")
    end(database, numbers[last], RequestResult.STOPPED, "403 again")
    assert state(database).is_stopped
    assert resume(database, "celestrak")
    assert not state(database).is_stopped
    assert isinstance(take(database, 1, "c"), int)


def test_a_resumption_hides_no_request(database):
    """A request that stopped a source was made: it counts among those of its minute."""
    limits = Limits(floor=timedelta(0), requests_within=((timedelta(minutes=1), 1),))
    end(database, take(database, 0, "a", limits=limits), RequestResult.STOPPED, "403")
    resume(database, "celestrak")
    assert isinstance(take(database, 0.5, "b", limits=limits), Held)


def test_the_state_tells_what_happened(database):
    """The last success, the bytes of the day and the last request for each query are told."""
    end(database, take(database, 0, "a"), RequestResult.UPDATED, received_bytes=300)
    end(database, take(database, 5, "b"), RequestResult.FAILED, "cut", received_bytes=20)
    told = state(database, 10)
    assert told.last_success == NOW
    assert told.bytes_today == 320
    assert [(each.query, each.result, each.note) for each in told.queries] == [
        ("a", "updated", ""),
        ("b", "failed", "cut"),
    ]
    assert told.queries[1].next_at == NOW + timedelta(minutes=125)


def test_old_requests_are_forgotten(database):
    """After two weeks only stops are left, and the last of each other result."""
    stopping = [take(database, 3, query) for query in ("bad", "worse")]
    for at in range(3):
        end(database, take(database, at, str(at)), RequestResult.UPDATED)
    for number in stopping:
        end(database, number, RequestResult.STOPPED, "why")
    prune(database, now=NOW + timedelta(days=13))
    assert len(state(database).queries) == 5
    prune(database, now=NOW + timedelta(days=15))
    told = state(database)
    assert [each.query for each in told.queries] == ["2", "bad", "worse"]
    assert told.is_stopped
    assert told.last_success == NOW + timedelta(minutes=2)
