from datetime import UTC, datetime, timedelta

import pytest

from orbit.earth import earth_rotation_known_until
from orbit.finding import engines
from overflight import doctor
from overflight.doctor import examine

NOW = datetime(2026, 10, 10, tzinfo=UTC)


@pytest.fixture
def examined(tmp_path):
    """Examine an installation; return the findings by name."""

    def run(*, home=tmp_path, database_url="sqlite:///x", now=NOW):
        found = examine(home=home, database_url=database_url, now=now)
        return {finding.name: finding for finding in found}

    return run


def test_both_engines(examined, monkeypatch):
    """With numba it says from which size on numba searches."""
    monkeypatch.setattr(engines, "_can_compile", lambda: True)
    assert examined()["passes"].found == (
        "found by numpy; where places times days reach 200,000, by numba"
    )


def test_one_engine(examined, monkeypatch):
    """Without numba it says that numpy searches, whatever the size."""
    monkeypatch.setattr(engines, "_can_compile", lambda: False)
    assert examined()["passes"].found == "found by numpy, however many places"


def test_a_missing_extra(examined, monkeypatch):
    """An extra that is not installed is nothing wrong, and says how to get it."""

    def missing(package):
        raise doctor.PackageNotFoundError(package)

    monkeypatch.setattr(doctor, "version", missing)
    finding = examined()["extra fast"]
    assert finding.well
    assert finding.found == "not installed"
    assert "pip install 'overflight[fast]'" in finding.advice


@pytest.mark.parametrize(("mode", "well"), [(0o700, True), (0o750, False), (0o704, False)])
def test_home_is_private(examined, tmp_path, mode, well):
    """A home that others may read is wrong, and the advice closes it."""
    tmp_path.chmod(mode)
    finding = examined()["home"]
    assert finding.well is well
    assert ("chmod 700" in finding.advice) is not well


def test_a_home_to_come(examined, tmp_path):
    """A home that does not exist yet is nothing wrong."""
    assert examined(home=tmp_path / "later")["home"].well


@pytest.mark.parametrize(
    "url",
    ["postgresql://me:secret@host/name", "postgresql://me@host/name?password=secret"],
)
def test_no_password(examined, url):
    """The database is named without its password."""
    found = examined(database_url=url)["database"].found
    assert found.startswith("postgresql://me")
    assert "secret" not in found


def test_old_tables(examined):
    """When the table of the Earth's rotation has run out, it says what to update."""
    end = earth_rotation_known_until()
    assert examined(now=end - timedelta(days=1))["earth rotation"].well
    finding = examined(now=end + timedelta(days=1))["earth rotation"]
    assert not finding.well
    assert "skyfield" in finding.advice
