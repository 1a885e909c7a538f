"""The schema: created once, whole or not at all, and never touched by an older Overflight."""

import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

import overflight.database.migrations
from overflight.database.opening import open_database
from overflight.database.schema import SCHEMA_HEAD
from overflight.errors import DatabaseError

# Two processes that open the same new databases, each at the same moment.
OPEN_AT_ONCE = """
import multiprocessing, sys
from overflight.database.opening import open_database
import overflight.database.migrations

def run(barrier):
    for number in range(20):
        barrier.wait()
        open_database(f"sqlite:///{sys.argv[1]}/{number}.sqlite3").close()

context = multiprocessing.get_context("fork")
barrier = context.Barrier(2, timeout=20)
processes = [context.Process(target=run, args=(barrier,)) for _ in range(2)]
for process in processes:
    process.start()
for process in processes:
    process.join()
sys.exit(any(process.exitcode for process in processes))
"""


def tables(path):
    """The tables of a file."""
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table'"
        return {name for (name,) in connection.execute(sql)}


def change(path, sql):
    """Change a file behind everybody's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


def test_the_head_is_the_head():
    """The revision that the code expects is Alembic's only head, and a database gets it."""
    config = Config()
    config.set_main_option(
        "script_location", str(Path(overflight.database.migrations.__file__).parent)
    )
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA_HEAD]


def test_the_schema_is_made_once(tmp_path):
    """Opening creates all tables and the revision; opening again changes nothing."""
    path = tmp_path / "test.sqlite3"
    open_database(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [(SCHEMA_HEAD,)]
    before = path.read_bytes()
    open_database(f"sqlite:///{path}").close()
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused(tmp_path):
    """What a newer Overflight wrote is left exactly as it is, with advice."""
    path = tmp_path / "test.sqlite3"
    open_database(f"sqlite:///{path}").close()
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    before = hashlib.sha256(path.read_bytes()).digest()
    for _ in range(2):
        with pytest.raises(DatabaseError, match=r"schema 9999.*upgrade Overflight"):
            open_database(f"sqlite:///{path}")
    assert hashlib.sha256(path.read_bytes()).digest() == before


def test_a_schema_is_made_whole_or_not_at_all(tmp_path):
    """A migration that fails half-way leaves no table behind, and works once it can."""
    path = tmp_path / "test.sqlite3"
    change(path, "CREATE TABLE worker (in_the_way INTEGER)")
    with pytest.raises(DatabaseError, match=r"worker already exists; nothing was changed"):
        open_database(f"sqlite:///{path}")
    assert tables(path) == {"worker"}
    change(path, "DROP TABLE worker")
    open_database(f"sqlite:///{path}").close()
    assert {"message", "ledger", "worker"} <= tables(path)


def test_processes_at_once_make_it_once(tmp_path):
    """Of two processes that meet an empty home one creates the schema, and neither fails."""
    command = [sys.executable, "-c", OPEN_AT_ONCE, tmp_path]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for path in tmp_path.glob("*.sqlite3"):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
                (SCHEMA_HEAD,)
            ]
            assert connection.execute("SELECT COUNT(*) FROM numbering").fetchall() == [(6,)]
