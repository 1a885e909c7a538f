"""Watched files and folders: what changed is read, whole, once."""

import os

import pytest

from tle import elements_in_force
from tle.sources.asking import RequestResult
from tle.sources.watched import WatchedFiles


@pytest.fixture
def folder(tmp_path):
    """A folder to be watched."""
    path = tmp_path / "sets"
    path.mkdir()
    return path


@pytest.fixture
def put(clock, elements_file):
    """Write a file some seconds before now."""

    def write(path, content=None, *, age_s=10.0):
        path.write_bytes(elements_file.read_bytes() if content is None else content)
        modified_s = clock.now.timestamp() - age_s
        os.utime(path, (modified_s, modified_s))
        return path

    return write


@pytest.fixture
def look(database, clock):
    """Look at what is watched; return name and result of each file that was told of."""

    def run(watched):
        updates = watched.update(database, now=clock.now)
        return [(each.query.rpartition("/")[2], each.result) for each in updates]

    return run


def test_a_file_is_read_when_it_changes(folder, put, look, database, clock):
    """A file is loaded once, and again when it is replaced, under the same name or not."""
    path = put(folder / "a.3le")
    watched = WatchedFiles([path])
    assert look(watched) == [("a.3le", RequestResult.UPDATED)]
    assert look(watched) == []
    put(folder / "next", age_s=9.0).replace(path)
    assert look(watched) == [("a.3le", RequestResult.UNCHANGED)]
    with database.reading() as reader:
        assert len(elements_in_force(reader, now=clock.now)) == 2


def test_a_folder_is_read_by_name(folder, put, look):
    """The files of a folder come in the order of their names; new ones are found."""
    put(folder / "b")
    put(folder / "a")
    watched = WatchedFiles([folder])
    assert [name for name, _ in look(watched)] == ["a", "b"]
    put(folder / "c")
    assert [name for name, _ in look(watched)] == ["c"]


@pytest.mark.parametrize("name", [".a.3le", "a.3le.tmp", "a.part", "a.3le~"])
def test_unfinished_files_are_left_alone(folder, put, look, name):
    """What is still being written under another name is not read; renaming is the commit."""
    half = put(folder / name, b"1 25544U 98067A")
    watched = WatchedFiles([folder])
    assert look(watched) == []
    put(half)
    half.rename(folder / "a.3le")
    assert look(watched) == [("a.3le", RequestResult.UPDATED)]


def test_a_file_is_left_until_it_has_settled(folder, put, look, clock):
    """A file that was changed less than two seconds ago waits for the next look."""
    watched = WatchedFiles([folder])
    put(folder / "a", b"1 25544U 98067A", age_s=1.0)
    assert look(watched) == [("a", RequestResult.WAITING)]
    put(folder / "a", age_s=0.5)
    clock.forward(seconds=1)
    assert look(watched) == [("a", RequestResult.WAITING)]
    clock.forward(seconds=1)
    assert look(watched) == [("a", RequestResult.UPDATED)]


def test_who_has_no_next_look_reads_at_once(folder, put, look):
    """Without a settling time a file that was copied just now is read."""
    put(folder / "a", age_s=0.0)
    assert look(WatchedFiles([folder], settled_s=0.0)) == [("a", RequestResult.UPDATED)]


def test_a_file_that_could_not_be_stored_is_read_again(folder, put, look, monkeypatch):
    """Where the database is locked, the next look loads what this one could not."""
    put(folder / "a")
    watched = WatchedFiles([folder])
    with monkeypatch.context() as patch:
        patch.setattr("tle.sources.watched.load_elements", locked)
        with pytest.raises(OSError, match="locked"):
            look(watched)
    assert look(watched) == [("a", RequestResult.UPDATED)]
    assert look(watched) == []


def locked(*_args, **_options):
    """Do what a database does that another process keeps too long."""
    raise OSError("database is locked")


def test_a_file_that_could_not_be_read_is_tried_again(folder, put, look, monkeypatch):
    """A disk that fails once, as network drives do, hides no file."""
    path = put(folder / "a")
    watched = WatchedFiles([path])
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.read_bytes", locked)
        assert look(watched) == [("a", RequestResult.FAILED)]
    assert look(watched) == [("a", RequestResult.UPDATED)]


def test_a_file_from_the_future_is_read(folder, put, look):
    """A wrong clock elsewhere does not keep a file out for ever."""
    put(folder / "a", age_s=-86_400.0)
    assert look(WatchedFiles([folder])) == [("a", RequestResult.UPDATED)]


def test_a_missing_path_is_told_once(folder, put, look):
    """What is not there is told once, read when it comes, and told when it goes again."""
    watched = WatchedFiles([folder / "late"])
    assert look(watched) == [("late", RequestResult.FAILED)]
    assert look(watched) == []
    put(folder / "late")
    assert look(watched) == [("late", RequestResult.UPDATED)]
    (folder / "late").unlink()
    assert look(watched) == [("late", RequestResult.FAILED)]
    assert look(watched) == []


def test_what_holds_no_elements_is_told_once(folder, put, look, elements_file):
    """A file that is no element file is refused once, and its neighbours are read."""
    put(folder / "a", b"<html>")
    put(folder / "b")
    (folder / "c").mkdir()
    watched = WatchedFiles([folder])
    assert look(watched) == [("a", RequestResult.REFUSED), ("b", RequestResult.UPDATED)]
    assert look(watched) == []
    put(folder / "a", elements_file.read_bytes(), age_s=8.0)
    assert look(watched) == [("a", RequestResult.UNCHANGED)]


def test_bad_sets_of_a_file_are_told(folder, put, database, clock, elements_file):
    """The good sets of a file are loaded, the others told with their lines."""
    content = elements_file.read_bytes().replace(b"15.60381928310579", b"15.60381928310578")
    watched = WatchedFiles([put(folder / "a", content)])
    [update] = watched.update(database, now=clock.now)
    assert [each.element_set.norad_id for each in update.loaded] == [25544]
    assert [each.norad_id for each in update.refusals] == [48274]
    assert not update.is_good


def test_a_huge_file_is_not_read(folder, put, look):
    """A file larger than any catalogue is refused unread."""
    with put(folder / "a").open("r+b") as file:
        file.truncate(200_000_001)
    os.utime(folder / "a", (0, 0))
    assert look(WatchedFiles([folder])) == [("a", RequestResult.REFUSED)]
