"""The database port over SQLite: durable or not at all, private, and clear about what is wrong."""

import os
import sqlite3
import stat
import time
from threading import Thread

import pytest

from overflight.database.opening import open_database
from overflight.database.sqlite import SqliteDatabase
from overflight.errors import DatabaseError
from tle.storage.statements import VALUES_AT_ONCE, placeholders, rows_among


@pytest.fixture
def database(tmp_path):
    """A database with one small table."""
    opened = SqliteDatabase(tmp_path / "test.sqlite3")
    with opened.writing() as transaction:
        transaction.execute("CREATE TABLE thing (number INTEGER, name TEXT)")
    yield opened
    opened.close()


def things(database):
    """All rows."""
    with database.reading() as reader:
        return reader.rows("SELECT number, name FROM thing ORDER BY number")


def test_what_is_written_is_read(database):
    """Rows go in singly and in bulk, come out as they are, and a statement counts its rows."""
    with database.writing() as transaction:
        assert transaction.execute("INSERT INTO thing VALUES (:n, :s)", n=1, s="å'; --") == 1
        transaction.execute_many(
            "INSERT INTO thing VALUES (:n, :s)", ({"n": n, "s": str(n)} for n in (2, 3))
        )
        transaction.execute_many("INSERT INTO thing VALUES (:n, :s)", [])
        assert transaction.execute("UPDATE thing SET name = 'x' WHERE number > :n", n=1) == 2
    assert things(database) == [(1, "å'; --"), (2, "x"), (3, "x")]
    with database.reading() as reader:
        assert list(reader.stream("SELECT number FROM thing ORDER BY 1")) == [(1,), (2,), (3,)]


def insert_and_fail(database, error):
    """Write a row and then run into an error."""
    with database.writing() as transaction:
        transaction.execute("INSERT INTO thing VALUES (1, 'a')")
        if error is None:
            transaction.execute("INSERT INTO absent VALUES (1)")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_transaction_is_whole_or_nothing(database, error):
    """An error of any kind inside the block undoes all of it."""
    with pytest.raises(error):
        insert_and_fail(database, error)
    assert things(database) == []


def test_an_error_of_the_database_undoes_everything(database):
    """What SQLite refuses is told with the file, and what came before it is undone."""
    with pytest.raises(DatabaseError, match="no such table: absent; nothing was changed"):
        insert_and_fail(database, None)
    assert things(database) == []


def test_a_view_is_consistent(database):
    """What others commit meanwhile does not show before the next view."""
    other = SqliteDatabase(database.path)
    with database.reading() as reader:
        assert reader.rows("SELECT * FROM thing") == []
        with other.writing() as transaction:
            transaction.execute("INSERT INTO thing VALUES (1, 'a')")
        assert reader.rows("SELECT * FROM thing") == []
    other.close()
    assert things(database) == [(1, "a")]


def test_a_view_writes_nothing(database):
    """A view that is misused for writing leaves nothing behind."""
    with database.reading() as reader:
        reader.rows("INSERT INTO thing VALUES (1, 'a')")
    assert things(database) == []


def test_writers_take_turns(database):
    """Many writers that read and then write lose no update."""
    with database.writing() as transaction:
        transaction.execute("INSERT INTO thing VALUES (0, 'count')")

    def count():
        mine = SqliteDatabase(database.path)
        for _ in range(10):
            with mine.writing() as transaction:
                ((number,),) = transaction.rows("SELECT number FROM thing")
                transaction.execute("UPDATE thing SET number = :n", n=number + 1)
        mine.close()

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert things(database) == [(40, "count")]


def test_the_clock_is_the_time(database):
    """The store's clock tells milliseconds UTC."""
    with database.writing() as transaction:
        assert abs(transaction.clock_ms() - time.time() * 1000) < 1_000


def test_commits_are_synced(database):
    """Every commit reaches the disk before it counts; a throw-away copy need not."""
    with database.reading() as reader:
        assert reader.rows("PRAGMA synchronous") == [(2,)]
        assert reader.rows("PRAGMA journal_mode") == [("wal",)]
    scratch = SqliteDatabase(database.path, durable=False)
    with scratch.reading() as reader:
        assert reader.rows("PRAGMA synchronous") == [(0,)]
    scratch.close()


def test_the_file_is_private(tmp_path):
    """Nobody else may read the database, whatever the umask says."""
    before = os.umask(0)
    try:
        open_database(f"sqlite:///{tmp_path / 'test.sqlite3'}").close()
    finally:
        os.umask(before)
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"This is no database at all, but it is long enough to look like one. " * 20, "restore"),
        (b"SQLite format 3\0" + b"\xff" * 2_000, "restore"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, advice):
    """A file that is no database is named, with what to do, and left as it is."""
    path = tmp_path / "test.sqlite3"
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=advice) as caught:
        open_database(f"sqlite:///{path}")
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_folder_is_no_database(tmp_path):
    """A folder in place of the file is refused with the path."""
    with pytest.raises(DatabaseError, match="the folder must exist"):
        open_database(f"sqlite:///{tmp_path}")


def test_a_missing_folder_is_named(tmp_path):
    """The folder of the database has to exist."""
    with pytest.raises(DatabaseError, match="must exist and be writable"):
        open_database(f"sqlite:///{tmp_path}/none/test.sqlite3")


@pytest.mark.parametrize(
    "url", ["nonsense", "postgresql+psycopg://me:secret@127.0.0.1:1/x", "mysql://me:secret@x/y", ""]
)
def test_a_server_that_cannot_be_reached(url):
    """The error names the kind of URL that is expected, and never the password."""
    with pytest.raises(DatabaseError, match="sqlite:///FILE") as caught:
        open_database(url)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_placeholders_are_for_any_number_of_values(database):
    """IN works for many values, for one, and for none, which matches nothing."""
    with database.writing() as transaction:
        transaction.execute_many("INSERT INTO thing VALUES (:n, '')", ({"n": n} for n in range(5)))
    for values in ([], [3], [1, 2, 4]):
        names, parameters = placeholders(values)
        with database.reading() as reader:
            found = reader.rows(
                f"SELECT number FROM thing WHERE number IN ({names}) ORDER BY 1", **parameters
            )
        assert [number for (number,) in found] == values


def test_lists_of_any_length_are_asked_about_in_slices(database):
    """Each value is answered once, however many are asked about, and a list may be empty."""
    count = 2 * VALUES_AT_ONCE + 1
    with database.writing() as transaction:
        rows = ({"n": number} for number in range(count))
        transaction.execute_many("INSERT INTO thing VALUES (:n, 'x')", rows)
    sql = "SELECT number FROM thing WHERE number IN (:values) AND name = :name ORDER BY number"
    for values in ([], [3], list(range(count))):
        with database.reading() as reader:
            found = list(rows_among(reader, sql, values, name="x"))
        assert [number for (number,) in found] == values


def test_sqlite_itself_is_fine_with_it(database):
    """After closing, the write-ahead log is folded in and the file is sound."""
    with database.writing() as transaction:
        transaction.execute("INSERT INTO thing VALUES (1, 'a')")
    database.close()
    assert [path.name for path in database.path.parent.iterdir()] == ["test.sqlite3"]
    connection = sqlite3.connect(database.path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
