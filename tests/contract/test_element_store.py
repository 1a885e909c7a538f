"""Element sets in a database: every version stays, the newest epoch is in force."""

from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy.exc import IntegrityError

from overflight.database.opening import open_database
from overflight.errors import DatabaseError
from tle import (
    LoadStatus,
    VersionError,
    VersionState,
    elements_in_force,
    load_elements,
    parse_elements,
    recent_history,
    stored_versions,
)
from tle.motion.uncertainty import HISTORY_DAYS
from tle.versions.adoption import adopt_number
from tle.versions.decisions import accept, require_one_orbit, roll_back, unpin
from tle.versions.incoming import plan_load

_NOW = datetime(2026, 10, 14, 8, 0, 0, 500_000, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine_url(request, tmp_path_factory):
    """Where a database of each kind is."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql")
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'test.sqlite3'}"


@pytest.fixture(scope="module")
def engine(engine_url):
    """A database whose element sets each test clears away."""
    with closing(open_database(engine_url)) as opened:
        yield opened


@pytest.fixture
def database(engine):
    """An empty store."""
    for table in ("element_set", "element_pin", "adoption"):
        _execute(engine, f"DELETE FROM {table}")
    return engine


def _execute(database, sql):
    with database.writing() as transaction:
        transaction.execute(sql)


def _rows(database, sql):
    with database.reading() as reader:
        return reader.rows(sql)


def _versions(database, norad_id, now=_NOW):
    with database.reading() as reader:
        return stored_versions(reader, norad_id, now=now)


def _load(database, *element_sets, source="test", now=_NOW, force=False):
    pairs = [(each, 1) for each in element_sets]
    loaded = load_elements(database, pairs, source=source, now=now, force=force)
    return [each.status for each in loaded]


def _in_force(database, norad_ids=None, now=_NOW):
    with database.reading() as reader:
        return elements_in_force(reader, norad_ids, now=now)


@pytest.fixture
def newer(iss, later):
    """The ISS a day later."""
    return later(iss, 1.0)


def test_what_is_loaded_comes_back_exactly(database, iss, css):
    """The sets in force equal those loaded, in the order of their numbers."""
    assert _load(database, css, iss) == [LoadStatus.ADDED, LoadStatus.ADDED]
    assert _in_force(database) == [iss, css]


def test_loading_again_changes_nothing(database, elements_file):
    """The same sets, from any format and twice in a file, are one version each."""
    parsed = parse_elements(elements_file.read_bytes())
    load_elements(database, parsed.sets, source="a", now=_NOW)
    again = parse_elements(elements_file.with_suffix(".csv").read_bytes())
    loaded = load_elements(database, again.sets * 2, source="b", now=_NOW)
    assert {each.status for each in loaded} == {LoadStatus.UNCHANGED}
    assert _rows(database, "SELECT COUNT(*) FROM element_set") == [(2,)]


def test_the_newest_epoch_is_in_force(database, iss, newer):
    """A later load of an older epoch is stored but does not take over."""
    assert _load(database, newer) == ["added"]
    (loaded,) = load_elements(database, [(iss, 1)], source="test", now=_NOW)
    assert loaded.status is LoadStatus.OLDER
    assert loaded.in_force_epoch == newer.epoch.replace(
        microsecond=newer.epoch.microsecond // 1000 * 1000
    )
    assert _in_force(database) == [newer]


def test_order_within_a_file(database, iss, newer):
    """In whatever order a file has them, the newest set comes into force, and only that."""
    assert _load(database, iss, newer, iss) == ["older", "added", "unchanged"]
    assert _in_force(database) == [newer]


def test_the_latest_loaded_wins_a_tie(database, iss):
    """Of two sets of one epoch the one loaded last is in force."""
    corrected = replace(iss, bstar_per_earth_radius=0.0001)
    assert _load(database, iss) == _load(database, corrected) == ["added"]
    assert _in_force(database) == [corrected]
    assert _in_force(database, [25544]) == [corrected]


def test_some_satellites(database, iss, css, newer):
    """Asked for some numbers, the store gives those it knows, once each and in order."""
    _load(database, iss, css, newer)
    assert _in_force(database, [48274, 25544, 25544, 7]) == [newer, css]
    assert _in_force(database, []) == []


def test_versions_tell_where_they_came_from(database, iss, newer):
    """The versions of a satellite run from the newest epoch, each with source and load time."""
    _load(database, newer, source="download")
    _load(database, iss, source="iss.tle", now=_NOW + timedelta(hours=1))
    found = _versions(database, 25544)
    assert [v.element_set for v in found] == [newer, iss]
    assert [v.source for v in found] == ["download", "iss.tle"]
    assert [v.loaded_at for v in found] == [_NOW, _NOW + timedelta(hours=1)]
    assert _versions(database, 48274) == []


def test_nothing_to_load(database):
    """An empty list of sets is loaded without ado."""
    assert load_elements(database, [], source="test", now=_NOW) == []


@pytest.fixture
def _one_set_a_source(database):
    """A store that refuses the second set of a source."""
    _execute(database, "CREATE UNIQUE INDEX one_set_a_source ON element_set (source)")
    yield
    _execute(database, "DROP INDEX one_set_a_source")


@pytest.mark.usefixtures("_one_set_a_source")
def test_all_or_nothing(database, iss, css):
    """A load that fails in the middle leaves nothing behind."""
    _load(database, iss, source="a")
    with pytest.raises((DatabaseError, IntegrityError)):
        _load(database, replace(iss, element_set_no=1), css, source="b")
    assert _in_force(database) == [iss]


def test_a_name_comes_later(database, iss, css):
    """A set that was stored without a name takes the name it is loaded with, and only that."""
    bare = replace(iss, name="")
    _load(database, bare, css, source="bare.tle")
    assert _load(database, iss, css, source="named.3le") == ["named", "unchanged"]
    assert _in_force(database) == [iss, css]
    (version,) = _versions(database, 25544)
    assert (version.element_set, version.source) == (iss, "bare.tle")
    assert _rows(database, "SELECT name FROM element_set ORDER BY norad_id") == [
        ("ISS (ZARYA)",),
        ("CSS (TIANHE)",),
    ]


def test_a_name_comes_later_in_the_file(database, iss):
    """The first name in a file is the one that a set without a name takes."""
    bare, other = (replace(iss, name=name) for name in ("", "ALPHA"))
    assert _load(database, bare, iss, other) == ["added", "named", "unchanged"]
    assert _in_force(database) == [iss]


def test_a_name_stays(database, iss):
    """Neither no name nor another one replaces a stored name."""
    _load(database, iss)
    for name in ("", "ALPHA"):
        assert _load(database, replace(iss, name=name)) == ["unchanged"]
    assert _in_force(database) == [iss]


def test_a_name_for_an_old_version(database, iss, newer):
    """Naming an old version leaves the newer one in force, and says so."""
    _load(database, replace(iss, name=""), newer)
    (loaded,) = load_elements(database, [(iss, 1)], source="test", now=_NOW)
    assert loaded.status is LoadStatus.NAMED
    assert loaded.in_force_epoch > iss.epoch
    assert [v.element_set for v in _versions(database, 25544)] == [newer, iss]


# --- what waits -----------------------------------------------------------------------------------


def test_a_set_from_the_future_waits(database, iss, later):
    """A set whose epoch is more than a day ahead is pending, and in force when it no longer is."""
    ahead = later(iss, 7.0)
    _load(database, iss)
    assert _load(database, ahead) == ["pending"]
    assert _in_force(database) == [iss]
    assert [v.state for v in _versions(database, 25544)] == [
        VersionState.PENDING,
        VersionState.IN_FORCE,
    ]
    then = ahead.epoch - timedelta(days=1)
    assert _in_force(database, now=then - timedelta(seconds=1)) == [iss]
    assert _in_force(database, now=then) == _in_force(database, [25544], now=then) == [ahead]
    assert recent(database, now=then) == [iss, ahead]


def test_what_waits_is_judged_by_what_comes_before(database, iss, later):
    """A pending set is believable after the set it followed, and absurd after a burn meanwhile."""
    ahead = later(iss, 7.0)
    _load(database, iss, ahead)
    assert _versions(database, 25544)[0].verdict == "plausible"
    next_day = later(iss, 1.0)
    boosted = later(iss, 1.0, mean_motion_rev_per_day=next_day.mean_motion_rev_per_day - 0.006)
    assert _load(database, boosted) == ["added"]
    first = _versions(database, 25544)[0]
    assert (first.element_set, first.verdict) == (ahead, "manoeuvre")
    assert first.reason


def recent(database, now=_NOW):
    """Return the history that led to what is in force."""
    with database.reading() as reader:
        return recent_history(reader, 25544, now=now, days=HISTORY_DAYS)


# --- what is absurd -------------------------------------------------------------------------------


@pytest.fixture
def absurd(newer):
    """A set whose node lies on the other side of the Earth."""
    return replace(newer, raan_deg=(newer.raan_deg + 137.0) % 360.0)


def test_an_absurd_set_is_quarantined(database, iss, absurd):
    """It is kept and told, but the old set stays in force and it is no part of the history."""
    _load(database, iss)
    (loaded,) = load_elements(database, [(absurd, 1)], source="test", now=_NOW)
    assert loaded.status is LoadStatus.QUARANTINED
    assert loaded.judgement.reason
    assert _in_force(database) == _in_force(database, [25544]) == recent(database) == [iss]
    first = _versions(database, 25544)[0]
    assert (first.element_set, first.state) == (absurd, VersionState.QUARANTINED)
    assert first.reason == loaded.judgement.reason
    assert _load(database, absurd) == ["unchanged"]


def test_absurd_sets_that_agree_are_told(database, iss, absurd, later):
    """Where a second absurd set goes on from the first, the operator is told that they agree."""
    _load(database, iss)
    witnesses = [(each, 1) for each in (absurd, later(absurd, 0.5), later(absurd, 1.0))]
    alone = load_elements(database, witnesses[:1], source="test", now=_NOW)
    others = load_elements(database, witnesses[1:], source="test", now=_NOW)
    agrees = ["it agrees with the one of" in each.judgement.reason for each in (*alone, *others)]
    assert agrees == [False, True, True]
    assert _in_force(database) == [iss]


def test_what_follows_an_absurd_set_is_held_against_the_good_one(database, iss, absurd, newer):
    """A bad set between two good ones, in one file or in three, keeps neither of them out."""
    good = replace(newer, epoch=newer.epoch + timedelta(milliseconds=1))
    assert _load(database, iss, absurd, good) == ["older", "quarantined", "added"]
    assert _in_force(database) == [good]


def test_a_person_may_accept_an_absurd_set(database, iss, absurd):
    """What is accepted is in force, and the verdict stays on record."""
    _load(database, iss, absurd)
    accepted = accept(database, 25544, now=_NOW)
    assert accepted.state is VersionState.IN_FORCE
    assert (accepted.verdict, accepted.accepted_at) == ("absurd", _NOW)
    assert _in_force(database) == [absurd]
    with pytest.raises(VersionError, match="no element set of satellite 25544 is quarantined"):
        accept(database, 25544, now=_NOW)


def test_a_manoeuvre_is_in_force_and_flagged(database, iss, later):
    """A reboost takes over at once; the store remembers what it was."""
    motion = later(iss, 1.0).mean_motion_rev_per_day - 0.006
    boosted = later(iss, 1.0, mean_motion_rev_per_day=motion)
    assert _load(database, iss, boosted) == ["older", "added"]
    first = _versions(database, 25544)[0]
    assert (first.state, first.verdict) == (VersionState.IN_FORCE, "manoeuvre")
    assert "rev/day" in first.reason


# --- going back -----------------------------------------------------------------------------------


def test_going_back_and_on(database, iss, newer, later):
    """A rollback pins the set before; the next newer epoch ends it without a word."""
    _load(database, iss, newer)
    assert roll_back(database, 25544, now=_NOW) == iss
    assert _in_force(database) == _in_force(database, [25544]) == [iss]
    assert [v.state for v in _versions(database, 25544)] == [
        VersionState.SET_ASIDE,
        VersionState.PINNED,
    ]
    assert recent(database) == [iss]
    corrected = replace(newer, element_set_no=7)
    assert _load(database, corrected) == ["older"]
    assert _in_force(database) == [iss]
    newest = later(iss, 2.0)
    assert _load(database, newest) == ["added"]
    assert _in_force(database) == [newest]


def test_going_back_step_by_step(database, iss, newer, later):
    """Each rollback goes one set further, and at the oldest it says so."""
    _load(database, iss, newer, later(iss, 2.0))
    assert roll_back(database, 25544, now=_NOW) == newer
    assert roll_back(database, 25544, now=_NOW) == iss
    with pytest.raises(VersionError, match="no older element set"):
        roll_back(database, 25544, now=_NOW)
    assert _in_force(database) == [iss]


def test_taking_a_pin_away(database, iss, newer):
    """Unpinned, the newest epoch is in force again; without a pin there is nothing to undo."""
    _load(database, iss, newer)
    roll_back(database, 25544, now=_NOW)
    assert unpin(database, 25544, now=_NOW) == newer
    assert _in_force(database) == [newer]
    with pytest.raises(VersionError, match="pinned"):
        unpin(database, 25544, now=_NOW)


@pytest.mark.parametrize("known_before", [False, True])
def test_forcing_an_older_set(database, iss, newer, later, known_before):
    """Forced, an older set is in force until one comes that is newer than what it replaced."""
    if known_before:
        _load(database, iss)
    _load(database, newer)
    assert _load(database, iss, force=True) == ["added"]
    assert _in_force(database) == [iss]
    assert _load(database, newer) == ["unchanged"]
    assert _in_force(database) == [iss]
    assert _load(database, later(iss, 1.5)) == ["added"]


@pytest.mark.parametrize("days", [1.0, -1.0])
def test_force_does_not_accept(database, iss, later, days):
    """An absurd set stays in quarantine, newer or older, however often it is forced."""
    _load(database, iss)
    other = later(iss, days)
    turned = replace(other, raan_deg=(other.raan_deg + 137.0) % 360.0)
    assert _load(database, turned, force=True) == ["quarantined"]
    assert _load(database, turned, force=True) == ["unchanged"]
    assert _in_force(database) == [iss]


def test_forcing_a_set_twice_in_one_load(database, iss, newer, later):
    """Said twice, an absurd set is no less absurd, and a good one comes into force once."""
    _load(database, newer)
    before = later(newer, -0.5)
    turned = replace(before, raan_deg=(before.raan_deg + 137.0) % 360.0)
    assert _load(database, turned, turned, force=True) == ["quarantined", "unchanged"]
    assert _in_force(database) == [newer]
    assert _load(database, iss, iss, force=True) == ["added", "unchanged"]
    assert _in_force(database) == [iss]


def test_forcing_the_newest_that_is_due(database, iss, newer, later):
    """A pending set beside it does not keep an older one from being forced."""
    _load(database, newer)
    assert _load(database, iss, later(iss, 9.0), force=True) == ["added", "pending"]
    assert _in_force(database) == [iss]


def test_what_follows_an_accepted_pending_set(database, iss, later):
    """A set that goes on from one that a person has accepted is believed, due or not."""
    _load(database, iss)
    ahead = later(iss, 7.0)
    turned = replace(ahead, raan_deg=(ahead.raan_deg + 137.0) % 360.0)
    assert _load(database, turned) == ["quarantined"]
    accept(database, 25544, now=_NOW)
    assert _load(database, later(turned, 1.0)) == ["pending"]


def test_forcing_a_set_of_the_same_epoch(database, iss):
    """Of two sets of one epoch, the one that was loaded first can be put in force again."""
    corrected = replace(iss, element_set_no=7)
    _load(database, iss, corrected)
    assert _load(database, iss, force=True) == ["added"]
    assert _in_force(database) == [iss]


def test_a_rollback_leads_to_no_absurd_set(database, iss, later):
    """Sets that are loaded late, with older epochs, are checked, too."""
    _load(database, iss)
    before = later(iss, -1.0)
    assert _load(database, replace(before, raan_deg=before.raan_deg - 90.0)) == ["quarantined"]
    assert _load(database, before) == ["older"]
    assert roll_back(database, 25544, now=_NOW) == before


def test_nothing_to_decide(database, iss):
    """Of a satellite without sets nothing can be rolled back, released or accepted."""
    _load(database, iss)
    for decide in (roll_back, unpin, accept):
        with pytest.raises(VersionError):
            decide(database, 48274, now=_NOW)


# --- synthetic sets -------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [-3.0, 0.5, 3.0])
def test_a_synthetic_set_gives_way(database, iss, later, days):
    """Whatever the epochs, a real set is in force where there is one, now and later."""
    synthetic = replace(later(iss, days), name="GREETER (SYNTHETIC)", synthetic=True)
    _load(database, synthetic)
    assert _in_force(database, now=_NOW + timedelta(days=3)) == [synthetic]
    assert _load(database, iss) == ["added"]
    for later_days in (0, 5):
        now = _NOW + timedelta(days=later_days)
        assert _in_force(database, now=now) == _in_force(database, [25544], now=now) == [iss]
        assert recent(database, now=now) == [iss]
    assert [v.verdict for v in _versions(database, 25544)] == ["plausible", "synthetic"]
    with pytest.raises(VersionError):
        roll_back(database, 25544, now=_NOW)


def test_going_back_among_synthetic_sets(database, iss, later):
    """Before launch, an earlier design can be put in force again."""
    designs = [
        replace(later(iss, days), name="GREETER (SYNTHETIC)", synthetic=True) for days in (0.0, 1.0)
    ]
    _load(database, *designs)
    assert _in_force(database) == designs[1:]
    assert roll_back(database, 25544, now=_NOW) == designs[0]
    assert _in_force(database) == designs[:1]


def test_a_synthetic_set_blinds_nobody(database, iss, newer, later):
    """Real sets are held against real ones, whatever is synthetic in between; a design is told."""
    synthetic = replace(newer, name="GREETER (SYNTHETIC)", synthetic=True, inclination_deg=97.5)
    two_days = later(iss, 2.0)
    absurd = replace(two_days, raan_deg=(two_days.raan_deg + 137.0) % 360.0)
    _load(database, iss)
    assert _load(database, synthetic, absurd) == ["older", "quarantined"]
    assert _in_force(database) == [iss]


def test_a_mark_that_comes_later(database, iss, later):
    """A set that is named as synthetic after it was stored is synthetic."""
    _load(database, replace(iss, name=""))
    assert _load(database, replace(iss, name="GREETER (SYNTHETIC)", synthetic=True)) == ["named"]
    before = later(iss, -2.0)
    assert _load(database, before) == ["added"]
    assert _in_force(database) == [before]


# --- at once --------------------------------------------------------------------------------------


def test_loads_at_once_all_get_through(database, engine_url, iss):
    """Loads that overtake each other are planned anew and stored, every one."""
    ready, statuses = Barrier(4), []

    def run(number):
        with closing(open_database(engine_url)) as other:
            sets = [(replace(iss, norad_id=1000 * number + row), 1) for row in range(300)]
            ready.wait(timeout=20)
            statuses.extend(
                each.status for each in load_elements(other, sets, source="test", now=_NOW)
            )

    threads = [Thread(target=run, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert Counter(statuses) == {"added": 1200}
    assert len(_in_force(database)) == 1200


# --- overtaken ------------------------------------------------------------------------------------


def test_a_load_that_is_overtaken_looks_again(database, iss, monkeypatch):
    """A plan from what the store was before another process wrote to it is made anew."""
    plans = []

    def too_early_at_first(reader, sets, *, now):
        plans.append(plan_load(reader, sets, now=now))
        return replace(plans[-1], next_no=0) if len(plans) == 1 else plans[-1]

    monkeypatch.setattr("tle.versions.loading.plan_load", too_early_at_first)
    assert _load(database, iss) == ["added"]
    assert len(plans) == 2
    assert _in_force(database) == [iss]


def test_decisions_overtake_loads(database, iss, newer):
    """Whatever a person decides makes a load that is under way look again."""
    _load(database, iss, newer, replace(iss, norad_id=99001))
    with database.reading() as reader:
        before = plan_load(reader, [iss], now=_NOW).next_no
    roll_back(database, 25544, now=_NOW)
    unpin(database, 25544, now=_NOW)
    _adopt(database, 99001, 25999)
    with database.reading() as reader:
        assert plan_load(reader, [iss], now=_NOW).next_no == before + 3


# --- temporary numbers ----------------------------------------------------------------------------


def _adopt(database, temporary_id, norad_id):
    with database.writing() as transaction:
        return adopt_number(transaction, temporary_id, norad_id, now=_NOW)


def test_a_number_is_adopted(database, iss, newer):
    """The history moves to the real number, and whoever uses the temporary one finds it there."""
    temporary = [replace(each, norad_id=99001) for each in (iss, newer)]
    _load(database, *temporary)
    assert _adopt(database, 99001, 25544) == 2
    assert _in_force(database) == _in_force(database, [99001]) == [newer]
    assert [v.element_set for v in _versions(database, 99001)] == [newer, iss]
    assert recent(database) == [iss, newer]
    assert _load(database, *temporary) == ["unchanged", "unchanged"]


def test_what_both_numbers_hold_is_kept_once(database, iss, newer):
    """A set that arrived under both numbers is one version."""
    _load(database, iss, replace(iss, norad_id=99001), replace(newer, norad_id=99001))
    _adopt(database, 99001, 25544)
    assert [v.element_set for v in _versions(database, 25544)] == [newer, iss]


def test_adoptions_follow_each_other(database, iss):
    """A number that was adopted by a temporary one leads to the real one."""
    _load(database, replace(iss, norad_id=99001))
    _adopt(database, 99001, 99002)
    _adopt(database, 99002, 25544)
    assert _in_force(database, [99001]) == _in_force(database, [99002]) == [iss]


@pytest.mark.parametrize(("temporary_id", "norad_id"), [(7, 25544), (99001, 99001), (99001, 99009)])
def test_numbers_that_cannot_be_adopted(database, iss, temporary_id, norad_id):
    """Unknown, equal and already adopted numbers are refused, and nothing moves."""
    _load(database, replace(iss, norad_id=99001), replace(iss, norad_id=99009))
    _adopt(database, 99009, 25999)
    before = _in_force(database)
    with pytest.raises(VersionError):
        _adopt(database, temporary_id, norad_id)
    assert _in_force(database) == before


def test_a_pin_moves_with_the_number(database, iss, newer):
    """What an operator has rolled back stays rolled back under the real number."""
    _load(database, *(replace(each, norad_id=99001) for each in (iss, newer)))
    roll_back(database, 99001, now=_NOW)
    _adopt(database, 99001, 25544)
    assert _in_force(database) == [iss]


def test_decisions_about_what_both_numbers_hold(database, iss, newer, absurd):
    """What was pinned or accepted under one number stays so where the other holds it, too."""
    _load(database, iss, newer)
    _load(database, *(replace(each, norad_id=99001) for each in (iss, newer)))
    roll_back(database, 99001, now=_NOW)
    _adopt(database, 99001, 25544)
    assert _in_force(database) == [iss]
    unpin(database, 25544, now=_NOW)
    follower = replace(absurd, epoch=absurd.epoch + timedelta(minutes=1))
    assert _load(database, follower) == ["quarantined"]
    _load(database, replace(iss, norad_id=99002), replace(follower, norad_id=99002))
    accept(database, 99002, now=_NOW)
    _adopt(database, 99002, 25544)
    assert _in_force(database) == [follower]


def test_two_orbits_are_not_one_satellite(database, iss, css, later):
    """Satellites on different orbits are not taken for one; on the same orbit, they are."""
    _load(database, replace(iss, norad_id=99001), later(iss, 1.0), css)
    with database.reading() as reader:
        require_one_orbit(reader, 99001, 25544, now=_NOW)
        require_one_orbit(reader, 99001, 25999, now=_NOW)
        with pytest.raises(VersionError, match="are on different orbits: it would have taken"):
            require_one_orbit(reader, 99001, 48274, now=_NOW)
