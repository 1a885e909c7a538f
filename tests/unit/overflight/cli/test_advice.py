"""The rooms below say what is wrong; only the face says what to type."""

import ast
import re
from pathlib import Path

import pytest

import messaging
import orbit
import tle
from messaging.errors import (
    MisspeltColumnError,
    NotApprovedError,
    PersonalIdError,
    UnknownCampaignError,
)
from overflight.cli.advice import with_advice
from tle.errors import NoOlderVersionError, NothingToAdoptError, OtherOrbitError, VersionError

BELOW = [
    path
    for package in (messaging, orbit, tle)
    for path in sorted(Path(package.__file__).parent.rglob("*.py"))
]
COMMANDS = "tle|campaign|plan|status|customers|config|passes|run|queue|rehearse"
COMMAND = re.compile(rf"overflight ({COMMANDS})\b|(?<!\S)--[a-z]")


@pytest.mark.parametrize(
    ("error", "typed"),
    [
        (UnknownCampaignError(key="a", known=()), "overflight campaign load FILE"),
        (UnknownCampaignError(key="a", known=["b"]), "there are: b"),
        (NotApprovedError("not yet", key="a"), "overflight campaign approve a --by NAME"),
        (MisspeltColumnError("?", source="f", line=1, column="emial"), "--attribute emial"),
        (PersonalIdError(), "--hash-ids"),
        (NoOlderVersionError(norad_id=25544, count=1), "overflight tle history 25544"),
        (OtherOrbitError(temporary_id=1, norad_id=2, reason="far"), "--force if you are sure"),
        (NothingToAdoptError(temporary_id=1, norad_id=2), "overflight tle adopt 99001 25999"),
        (VersionError("as it is"), "as it is"),
    ],
)
def test_what_to_type(error, typed):
    """An error's own words come first, then what helps."""
    assert with_advice(error).startswith(str(error))
    assert with_advice(error).endswith(typed)


def test_a_column_that_can_be_no_attribute_is_only_corrected():
    """Where --attribute would not help, nobody is told to add it."""
    error = MisspeltColumnError("?", source="f", line=1, column="")
    assert with_advice(error) == str(error)


@pytest.mark.parametrize("path", BELOW, ids=lambda path: "/".join(path.parts[-3:]))
def test_no_command_is_spoken_below_the_face(path):
    """On a web page "add --force" would be nonsense."""
    tree = ast.parse(path.read_text())
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    spoken = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docs
        and COMMAND.search(node.value)
    ]
    assert spoken == []
