"""Asking providers and loading what they answer, against servers that answer as the real ones."""

import subprocess
import sys
from dataclasses import replace

import pytest

from tle import elements_in_force, load_elements, parse_elements, stored_versions
from tle.errors import QueryError
from tle.sources.asking import ByGroup, ByName, BySatellites, RequestResult
from tle.sources.celestrak import CelesTrak
from tle.sources.providers import CELESTRAK
from tle.sources.request_log import resume, source_state
from tle.sources.space_track import SpaceTrack
from tle.sources.update import update_elements
from tle.versions.adoption import adopt_number

BOTH = BySatellites((25544, 48274))


@pytest.fixture
def celestrak(provider, http):
    """The fake as CelesTrak."""
    return CelesTrak(provider.url, http)


@pytest.fixture
def space_track(provider, http):
    """The fake as Space-Track, with the right login."""
    return SpaceTrack(provider.url, http, identity="me@example.test", password="right")


@pytest.fixture
def update(database, clock):
    """Ask a source for some queries; return the updates."""
    return lambda source, *queries: list(update_elements(database, source, queries, clock=clock))


@pytest.fixture
def ask(update, celestrak):
    """Ask CelesTrak."""
    return lambda *queries: update(celestrak, *queries)


@pytest.fixture
def in_force(database, clock):
    """Return the numbers of what is in force."""

    def numbers():
        with database.reading() as reader:
            return [each.norad_id for each in elements_in_force(reader, now=clock.now)]

    return numbers


def results(updates):
    """What came of each query."""
    return [(each.query, each.result.value) for each in updates]


def test_celestrak_is_asked_once_a_satellite(provider, ask, in_force):
    """A first update loads the sets; each request names FORMAT, and nothing is asked twice."""
    assert results(ask(BOTH, BOTH)) == [
        ("CATNR=25544", "updated"),
        ("CATNR=48274", "updated"),
    ]
    assert in_force() == [25544, 48274]
    assert [(each["query"], each["format"]) for each in provider.requests] == [
        ("CATNR=25544", "CSV"),
        ("CATNR=48274", "CSV"),
    ]


def test_the_source_is_kept_with_the_set(ask, database, clock):
    """A stored set says whom it is from, and in answer to what."""
    ask(BySatellites((25544,)))
    with database.reading() as reader:
        [stored] = stored_versions(reader, 25544, now=clock.now)
    assert stored.source == "celestrak CATNR=25544"


def test_celestrak_by_group_and_name(provider, ask):
    """Groups and names are one request each, however they are spelled."""
    asked = ask(ByGroup("Stations"), ByGroup("stations "), ByName("zarya"))
    assert results(asked) == [("GROUP=stations", "updated"), ("NAME=ZARYA", "unchanged")]
    assert [len(each.loaded) for each in asked] == [2, 1]
    assert len(provider.requests) == 2


def test_the_floor_and_not_updated(provider, ask, clock):
    """Within two hours nothing is asked; after them "not updated" means unchanged."""
    ask(BySatellites((25544,)))
    clock.forward(minutes=119)
    [waiting] = ask(BySatellites((25544,)))
    assert waiting.result == RequestResult.WAITING
    assert waiting.is_good
    assert len(provider.requests) == 1
    clock.forward(minutes=1)
    [unchanged] = ask(BySatellites((25544,)))
    assert unchanged.result == RequestResult.UNCHANGED
    assert len(provider.requests) == 2


def test_nothing_there_stops_nothing(ask):
    """A satellite that the provider does not know is told, and the others are asked."""
    unknown, known = ask(BySatellites((99999, 25544)))
    assert (unknown.result, known.result) == (RequestResult.NOTHING, RequestResult.UPDATED)
    assert not unknown.is_good


@pytest.mark.parametrize("status", [301, 403, 404, 429, 500, 503])
def test_a_bad_status_stops_the_source(provider, ask, clock, database, status):
    """After any other status nothing is asked, not even much later, until it is resumed."""
    provider.behave(status=status, text="No.", headers={"Location": "https://new.test/"})
    [stopped] = ask(BOTH)
    assert stopped.result == RequestResult.STOPPED
    assert f"it answered {status}" in stopped.note
    assert "it is stopped until a person resumes it; not asked: 1 more" in stopped.note
    clock.forward(days=30)
    assert ask(BOTH) == [stopped]
    assert len(provider.requests) == 1
    provider.behave_well()
    resume(database, "celestrak")
    assert [each.result for each in ask(BOTH)] == [RequestResult.UPDATED] * 2


@pytest.mark.parametrize(
    "case",
    [
        ({"text": "<html><title>Sorry</title></html>"}, RequestResult.REFUSED),
        ({"text": "OBJECT_NAME,half\n", "manner": "cut"}, RequestResult.FAILED),
        ({"text": "x" * 200_000}, RequestResult.FAILED),
        ({"manner": "bomb"}, RequestResult.FAILED),
        ({"manner": "silent"}, RequestResult.FAILED),
        ({"manner": "gone"}, RequestResult.FAILED),
    ],
)
def test_what_is_in_force_stays(provider, ask, clock, in_force, case):
    """Bad answers change nothing, do not stop the source, and are tried again after the floor."""
    manner, result = case
    ask(BySatellites((25544,)))
    clock.forward(hours=2)
    provider.behave(**manner)
    [bad] = ask(BySatellites((25544,)))
    assert bad.result == result
    assert bad.note
    assert in_force() == [25544]
    clock.forward(hours=2)
    provider.behave_well()
    [good] = ask(BySatellites((25544,)))
    assert good.result == RequestResult.UNCHANGED


def test_the_rest_is_not_asked_where_nobody_answers(provider, ask):
    """Where a server gives no answer, the other queries wait for another time."""
    provider.behave(manner="gone")
    [failed] = ask(BOTH)
    assert failed.result == RequestResult.FAILED
    assert failed.note.endswith("not asked: 1 more")


def test_bad_sets_among_good_ones(provider, ask, elements_file):
    """Good sets are loaded; the others are told."""
    lines = elements_file.with_suffix(".csv").read_text().splitlines()
    damaged = lines[2].replace("41.4703", "241.4703")
    provider.behave(text="\n".join([*lines[:2], damaged, ""]))
    [update_] = ask(ByGroup("stations"))
    assert [each.element_set.norad_id for each in update_.loaded] == [25544]
    assert [each.norad_id for each in update_.refusals] == [48274]
    assert not update_.is_good


def test_bytes_are_counted_as_they_came(provider, ask, database, clock):
    """The day's bytes are those that went over the wire, of bad answers too."""
    ask(ByGroup("stations"))
    provider.behave(text="x" * 777)
    ask(ByGroup("other"))
    with database.reading() as reader:
        state = source_state(reader, "celestrak", limits=CELESTRAK.limits, now=clock.now)
    assert 777 + 100 < state.bytes_today < 777 + 500


def test_space_track_is_asked_once_for_all(provider, space_track, update, in_force):
    """One login and one query serve many satellites; numbers may come as strings."""
    [told] = update(space_track, BOTH, BySatellites((48274, 7)))
    assert (told.query, told.result) == ("NORAD_CAT_ID=7,25544,48274", RequestResult.UPDATED)
    assert told.note == "nothing of 7"
    assert not told.is_good
    assert in_force() == [25544, 48274]
    assert [(each["method"], each["path"]) for each in provider.requests] == [
        ("POST", "/ajaxauth/login"),
        ("GET", "/basicspacedata/query/class/gp/NORAD_CAT_ID/7,25544,48274/format/json"),
    ]


def test_what_space_track_lacks_is_told_each_time(space_track, update, clock):
    """Of one satellite nothing came, though of the other nothing new: that is not good either."""
    update(space_track, BySatellites((7, 25544)))
    clock.forward(hours=1)
    [told] = update(space_track, BySatellites((7, 25544)))
    assert (told.result, told.note) == (RequestResult.UNCHANGED, "nothing of 7")
    assert not told.is_good


def test_a_refused_login_stops_space_track(provider, http, update, clock):
    """A wrong password is told without a word of it, and is not tried again and again."""
    source = SpaceTrack(provider.url, http, identity="me@example.test", password="hush")
    [told] = update(source, BOTH)
    assert told.result == RequestResult.STOPPED
    assert "check identity and password" in told.note
    assert "hush" not in told.note
    clock.forward(days=1)
    update(source, BOTH)
    assert [each["path"] for each in provider.requests] == ["/ajaxauth/login"]


def test_space_track_says_that_it_is_asked_too_often(provider, space_track, update):
    """Its words for that stop it, whatever the status."""
    provider.behave("/basicspacedata/query/class/gp/NORAD_CAT_ID/25544/format/json",
                    text='{"error":"You\'ve violated your query rate limit."}')  # fmt: skip
    [told] = update(space_track, BySatellites((25544,)))
    assert told.result == RequestResult.STOPPED
    assert "too often" in told.note


def test_space_track_does_not_answer_a_login(provider, space_track, update):
    """A server that is ill at the login is not asked the query."""
    provider.behave("/ajaxauth/login", status=503)
    [told] = update(space_track, BySatellites((25544,)))
    assert told.result == RequestResult.STOPPED
    assert "it answered 503" in told.note
    assert len(provider.requests) == 1


def test_space_track_is_asked_less_than_30_times_a_minute(provider, space_track, update, clock):
    """More queries than it allows in a minute wait, though each is new; an update asks twice."""
    results_ = []
    for number in range(1, 17):
        [told] = update(space_track, BySatellites((25544, number)))
        results_.append(told.result)
    assert results_.count(RequestResult.WAITING) == 2
    assert len(provider.requests) == 28
    clock.forward(minutes=1)
    [told] = update(space_track, BySatellites((25544, 16)))
    assert told.result != RequestResult.WAITING


def test_space_track_knows_numbers_only(space_track, update):
    """A group is refused before anything is asked."""
    with pytest.raises(QueryError, match="celestrak"):
        update(space_track, ByGroup("stations"))


def test_an_adopted_number_is_asked_for_by_the_real_one(provider, ask, database, clock, iss):
    """Who follows a satellite by its temporary number gets the elements of its real one."""
    temporary = replace(iss, norad_id=99001)
    load_elements(database, [(temporary, 1)], source="test", now=clock.now)
    with database.writing() as transaction:
        adopt_number(transaction, 99001, 25544, now=clock.now)
    ask(BySatellites((99001,)))
    assert [each["query"] for each in provider.requests] == ["CATNR=25544"]


ASK = """
import sys
from datetime import UTC, datetime
from overflight.database.opening import open_database
from tle.sources.asking import BySatellites
from tle.sources.update import update_elements
from tle.sources.celestrak import CelesTrak
from tle.sources.http import HttpOptions
database = open_database(sys.argv[1])
source = CelesTrak(sys.argv[2], HttpOptions(user_agent="test"))
print("ready", flush=True)
sys.stdin.readline()
clock = lambda: datetime(2026, 10, 10, 8, tzinfo=UTC)
for update in update_elements(database, source, [BySatellites((25544,))], clock=clock):
    print(update.result)
"""


def test_processes_at_once_make_one_request(provider, database):
    """Of processes that ask at the same moment one does."""
    url = f"sqlite:///{database.path}"
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, url, provider.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in asking:
        assert process.stdout.readline() == "ready\n"
    for process in asking:
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate(timeout=30)[0].strip() for process in asking]
    assert sorted(told) == ["updated", "waiting", "waiting"]
    assert len(provider.requests) == 1


def test_who_dies_while_loading_has_asked(provider, ask, database, clock, monkeypatch):
    """Where an answer could not be stored, the log claims no success, and the floor holds."""
    with monkeypatch.context() as patch:
        patch.setattr("tle.sources.update.load_elements", fail)
        with pytest.raises(OSError, match="disk"):
            ask(BySatellites((25544,)))
    with database.reading() as reader:
        state = source_state(reader, "celestrak", limits=CELESTRAK.limits, now=clock.now)
    assert state.last_success is None
    assert [each.result for each in state.queries] == ["asked"]
    assert [each.result for each in ask(BySatellites((25544,)))] == [RequestResult.WAITING]
    assert len(provider.requests) == 1


def fail(*_args, **_options):
    """Do what a full disk does."""
    raise OSError("disk full")


def test_what_was_answered_parses_as_the_file_does(provider, ask, elements_file):
    """Nothing of an element set is lost on the way."""
    [iss, _] = parse_elements(elements_file.read_text()).sets
    [told] = ask(BySatellites((25544,)))
    assert told.loaded[0].element_set == iss.element_set
