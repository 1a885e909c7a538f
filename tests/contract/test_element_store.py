"""Element sets in a database: every version stays, the newest epoch is in force."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from overflight.database import DatabaseError, open_database
from tle import LoadStatus, elements_in_force, load_elements, parse_elements, versions

_NOW = datetime(2026, 10, 10, 8, 0, 0, 500_000, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request, tmp_path_factory):
    """A database of each kind, whose element sets each test clears away."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'test.sqlite3'}"
    with closing(open_database(url)) as opened:
        yield opened


@pytest.fixture
def database(engine):
    """An empty store."""
    _execute(engine, "DELETE FROM element_set")
    return engine


def _execute(database, sql):
    with database.writing() as transaction:
        transaction.execute(sql)


def _rows(database, sql):
    with database.reading() as reader:
        return reader.rows(sql)


def _versions(database, norad_id):
    with database.reading() as reader:
        return versions(reader, norad_id)


def _load(database, *element_sets, source="test", now=_NOW):
    loaded = load_elements(database, [(s, 1) for s in element_sets], source=source, now=now)
    return [each.status for each in loaded]


def _in_force(database, norad_ids=None):
    with database.reading() as reader:
        return elements_in_force(reader, norad_ids)


@pytest.fixture
def newer(iss):
    """The ISS a day later."""
    return replace(iss, epoch=iss.epoch + timedelta(days=1))


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
    """A file is loaded as if its sets came one after the other."""
    assert _load(database, iss, newer, iss) == ["added", "added", "unchanged"]
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
