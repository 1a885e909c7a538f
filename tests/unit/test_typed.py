"""What mypy sees of the packages, as a program that has installed them."""

import re
from importlib import import_module

import pytest
from mypy import api

PACKAGES = ("messaging", "orbit", "tle")
CLIENT = """
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import polars as pl
from numpy.typing import NDArray

import messaging
import orbit
import tle

start = datetime(2026, 10, 10, tzinfo=UTC)
sets = tle.read_elements(Path("stations.tle"))
iss = sets["iss"]
assert_type(sets, tle.ElementSets)
assert_type(iss, tle.ElementSet)
assert_type(iter(sets), Iterator[tle.ElementSet])
assert_type(sets.refusals, tuple[tle.Refusal, ...])
observers = orbit.Observers.at([52.52, 39.9], [13.41, 116.4])
passes = orbit.find_passes(orbit.propagate(iss, start, start), observers)
assert_type(passes, orbit.Passes)
assert_type(passes.to_columns(), dict[str, NDArray[Any]])
assert_type(passes.to_polars(), pl.DataFrame)
assert_type([each.culmination.time for each in passes], list[datetime])
assert_type(orbit.positions_at(iss, np.datetime64("2026-10-10")).altitude_km, NDArray[np.float64])
assert_type(orbit.look_at(iss, observers, [start]).elevation_deg, NDArray[np.float64])
assert_type(orbit.resolve_place("Berlin").place.latitude_deg, float)
assert_type(messaging.parse_campaign("", source="a.toml").start, datetime)
"""


def _mypy(request, tmp_path, text):
    """What mypy says of a client file, strictly, without any configuration of ours."""
    (tmp_path / "client.py").write_text(text)
    cache = request.config.cache.mkdir("mypy-clients")
    options = ["--strict", "--config-file=", f"--cache-dir={cache}", "--no-error-summary"]
    output, errors, _ = api.run([*options, str(tmp_path / "client.py")])
    assert errors == ""
    return [line.partition("client.py:")[2] for line in output.splitlines()]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the packages are found as installed, by py.typed, or not at all


def test_a_client_is_typed(request, tmp_path):
    """The few lines of the manual are typed to the end."""
    assert _mypy(request, tmp_path, CLIENT) == []


def test_every_name_is_typed(request, tmp_path):
    """No name of a door is Any, nor is any of its arguments or what it returns left untyped."""
    names = [f"{package}.{name}" for package in PACKAGES for name in import_module(package).__all__]
    lines = [*(f"import {package}" for package in PACKAGES), *(f"reveal_type({n})" for n in names)]
    said = _mypy(request, tmp_path, "\n".join(lines))
    revealed = [re.search(r'Revealed type is "(.*)"$', line) for line in said]
    assert all(revealed), said
    kinds = dict(zip(names, [each[1] for each in revealed], strict=True))
    untyped = re.compile(r"^(Any|builtins.object)$|(: |-> )Any\b")
    assert {name: kind for name, kind in kinds.items() if untyped.search(kind)} == {}


def test_names_that_are_not_there(request, tmp_path):
    """A door has no other names, for mypy either."""
    [said] = _mypy(request, tmp_path, "import tle\ntle.nothing")
    assert 'Module has no attribute "nothing"' in said
