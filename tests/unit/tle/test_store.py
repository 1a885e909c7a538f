import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tle import LoadStatus, elements_in_force, load_elements, parse_elements, versions

_NOW = datetime(2026, 10, 10, 8, 0, 0, 500_000, tzinfo=UTC)
_TABLE = """
CREATE TABLE element_set (
    element_set_no INTEGER PRIMARY KEY, norad_id INTEGER NOT NULL, name TEXT NOT NULL,
    epoch_ms BIGINT NOT NULL, content_hash TEXT NOT NULL, source TEXT NOT NULL,
    loaded_ms BIGINT NOT NULL, elements TEXT NOT NULL, UNIQUE (norad_id, content_hash)
)
"""


class _Connection:
    """The ports of a database over one connection of the standard library."""

    def __init__(self):
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.execute(_TABLE)

    def rows(self, sql, **parameters):
        return self._connection.execute(sql, parameters).fetchall()

    def stream(self, sql, **parameters):
        yield from self._connection.execute(sql, parameters)

    def execute(self, sql, **parameters):
        return self._connection.execute(sql, parameters).rowcount

    def execute_many(self, sql, rows):
        self._connection.executemany(sql, rows)

    def clock_ms(self):
        return 0

    @contextmanager
    def reading(self):
        yield self

    @contextmanager
    def writing(self):
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self):
        self._connection.close()


@pytest.fixture
def database():
    """An empty store."""
    connection = _Connection()
    yield connection
    connection.close()


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


def test_loading_again_changes_nothing(database, reference, three_le):
    """The same sets, from any format and twice in a file, are one version each."""
    parsed = parse_elements(three_le)
    load_elements(database, parsed.sets, source="a", now=_NOW)
    again = parse_elements((reference / "iss_css.csv").read_bytes())
    loaded = load_elements(database, again.sets * 2, source="b", now=_NOW)
    assert {each.status for each in loaded} == {LoadStatus.UNCHANGED}
    assert database.rows("SELECT COUNT(*) FROM element_set") == [(2,)]


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
    found = versions(database, 25544)
    assert [v.element_set for v in found] == [newer, iss]
    assert [v.source for v in found] == ["download", "iss.tle"]
    assert [v.loaded_at for v in found] == [_NOW, _NOW + timedelta(hours=1)]
    assert versions(database, 48274) == []


def test_nothing_to_load(database):
    """An empty list of sets is loaded without ado."""
    assert load_elements(database, [], source="test", now=_NOW) == []


def test_all_or_nothing(database, iss, css):
    """A load that fails in the middle leaves nothing behind."""
    _load(database, iss)
    database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON element_set WHEN new.norad_id = 48274 "
        "BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        _load(database, replace(iss, element_set_no=1), css)
    assert _in_force(database) == [iss]
