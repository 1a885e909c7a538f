"""``overflight tle design`` as people type it."""

import json

import pytest
from click.testing import CliRunner

from overflight.cli.context import Context
from overflight.cli.tle import design as tle_design

_ORBIT = ("--altitude", "500", "--inclination", "97.5")


@pytest.fixture
def design(overflight):
    """Run ``tle design`` for the satellite of the story, with more options."""

    def run(*options):
        return overflight("tle", "design", *_ORBIT, "--name", "Greeter", *options)

    return run


def test_a_satellite_that_does_not_fly(overflight, design):
    """A designed satellite has a number, a mark, and passes that can be previewed by its name."""
    done = design("--ltan", "10:30")
    assert done.returncode == 0
    assert done.stdout.startswith("99001 Greeter (SYNTHETIC): epoch ")
    assert "one revolution in 94.6 min" in done.stdout
    assert "97.40° would keep the local time at 500 km; at 97.5° it moves by +2 min" in done.stderr
    assert "overflight tle adopt 99001" in done.stderr
    shown = json.loads(overflight("tle", "show", "greeter (synthetic)", "--json").stdout)
    assert (shown["norad_id"], shown["source"]) == (99001, "synthetic")
    passes = overflight("passes", "Tromsø", "-s", "99001", "--days", "1")
    assert passes.returncode == 0
    headline = passes.stdout.splitlines()[0]
    assert "; Greeter synthetic elements; times are provisional; " in headline
    assert "±" not in headline
    published = json.loads(overflight("passes", "Tromsø", "-s", "99001", "--json").stdout)
    assert {pass_["uncertainty_s"] for pass_ in published} == {None}


def test_numbers(overflight, design, elements_file):
    """Each design gets a number of its own unless it names one; one of any other is refused."""
    overflight("tle", "load", elements_file)
    assert design().stdout.startswith("99001 ")
    assert design().stdout.startswith("99002 ")
    for number in ("25544", "89999", "100000"):
        refused = design("--number", number)
        assert refused.returncode == 2
        assert "90000<=x<=99999" in refused.stderr


def test_numbers_of_what_flies(overflight, design, tmp_path, elements_file):
    """A temporary number is refused once real elements are found under it."""
    real = tmp_path / "real.3le"
    overflight("tle", "load", elements_file)
    exported = overflight("tle", "export", "25544", "--format", "omm-csv").stdout
    real.write_text(exported.replace("25544", "90777"))
    overflight("tle", "load", real)
    design("--number", "99005")
    assert overflight("tle", "adopt", "99005", "25999").returncode == 0
    for number in ("90777", "99005"):
        refused = design("--number", number)
        assert refused.returncode == 1
        assert f"expected a number that no real satellite has, got {number}" in refused.stderr
    assert design().stdout.startswith("99001 ")


def test_two_designs_at_once(home, monkeypatch):
    """A run that finds its number free and then taken by another one says so."""
    context = Context()
    context.home_option = str(home)
    monkeypatch.setattr(tle_design, "_free_number", lambda *_args, **_options: 99001)
    for day, name in (("01", "First"), ("01", "The same"), ("02", "Another")):
        words = [*_ORBIT, "--epoch", f"2026-01-{day}", "--name", name]
        done = CliRunner().invoke(tle_design.design, words, obj=context)
        assert done.stdout.startswith(f"99001 {name} (SYNTHETIC)")
        was_told = "another design has just taken 99001" in done.stderr
        assert was_told == (name != "First")


def test_another_design_of_the_same(overflight, design):
    """A design given again under its number replaces the first, however different it is."""
    design("--epoch", "2026-01-01")
    again = overflight(
        *("tle", "design", "--altitude", "800", "--inclination", "20", "--name", "Greeter"),
        *("--number", "99001", "--epoch", "2026-01-02"),
    )
    assert again.returncode == 0
    shown = json.loads(overflight("tle", "show", "99001", "--json").stdout)
    assert shown["inclination_deg"] == 20.0
    assert shown["epoch"].startswith("2026-01-02T00:00:00")


def test_designs_that_are_not_in_force(design):
    """A design for a later day says that it waits."""
    done = design("--epoch", "2090-01-01")
    assert done.returncode == 0
    assert "not in force now (pending): see 'overflight tle history 99001'" in done.stderr


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--altitude", "90"), 1, "altitude_km is 90.0; expected 160 to 50000"),
        (("--inclination", "190"), 1, "inclination_deg is 190.0; expected 0 to 180"),
        (("--ltan", "24:10"), 2, "expected a local time such as 10:30, got '24:10'"),
        (("--epoch", "soon"), 1, "'soon' is no time"),
    ],
)
def test_what_cannot_be(home, design, options, code, told):
    """What no orbit can be is refused with what can be asked for, and nothing is stored."""
    done = design(*options)
    assert done.returncode == code
    assert told in done.stderr
    assert not home.exists()
