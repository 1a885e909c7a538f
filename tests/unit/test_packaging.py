"""What a person installs: our packages, the data they read, and nothing else."""

import subprocess
import sys
import tomllib
from email import message_from_string
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("messaging", "orbit", "overflight", "tle")
DATA = {
    "orbit/places/data/README.md",
    "orbit/places/data/areas.tsv",
    "orbit/places/data/cities.tsv",
    "orbit/places/data/names.tsv",
    "overflight/data/demo.3le",
    "overflight/data/demo.toml",
}
BUILD = ["-m", "build", "--wheel", "--no-isolation", "--outdir"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout: each file and its content."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, *BUILD, folder, ROOT], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(wheel):
    """The files of the wheel that are installed for import."""
    return {name for name in wheel if ".dist-info/" not in name}


def about(wheel, name):
    """A file that describes the distribution."""
    (path,) = [path for path in wheel if path.endswith(f".dist-info/{name}")]
    return wheel[path].decode()


def test_the_wheel_holds_our_packages_and_nothing_else(wheel):
    """At the top there are four packages and the daemon: no tests, no docs."""
    tops = {PurePosixPath(name).parts[0] for name in packed(wheel)}
    assert tops == {*PACKAGES, "scheduler.py"}


def test_every_module_is_in_the_wheel(wheel):
    """Each module of the checkout is installed, the migrations included."""
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert {name for name in packed(wheel) if name.endswith(".py")} == modules | {"scheduler.py"}
    assert "overflight/database/migrations/versions/0001_spine.py" in modules


def test_the_data_is_in_the_wheel(wheel):
    """The files that the packages read are installed whole, and no other file is."""
    data = {name for name in packed(wheel) if not name.endswith(".py")}
    assert {name for name in data if not name.endswith("/py.typed")} == DATA
    for name in DATA:
        assert wheel[name] == (ROOT / name).read_bytes()


def test_the_libraries_say_that_they_are_typed(wheel):
    """The three packages that others import carry the mark that type checkers look for."""
    marked = {name for name in packed(wheel) if name.endswith("/py.typed")}
    assert marked == {"messaging/py.typed", "orbit/py.typed", "tle/py.typed"}


def test_the_wheel_says_what_it_is(wheel):
    """Name, licence, Python and command are those of the project file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    metadata = message_from_string(about(wheel, "METADATA"))
    assert metadata["Name"] == project["name"] == "overflight"
    assert metadata["License-Expression"] == project["license"]
    assert metadata["Requires-Python"] == project["requires-python"]
    assert "overflight = overflight.cli:main" in about(wheel, "entry_points.txt")


def test_import_names_are_ours_alone():
    """Nothing that is installed beside us, nor Python itself, has a module of our names."""
    ours = {*PACKAGES, "scheduler"}
    assert ours.isdisjoint(sys.stdlib_module_names)
    for distribution in distributions():
        if distribution.name != "overflight":
            tops = {file.parts[0].removesuffix(".py") for file in distribution.files or ()}
            assert ours.isdisjoint(tops), distribution.name
