"""The real sets that every test of this room starts from."""

from pathlib import Path

import pytest

from tle import ElementSet, parse_elements

REFERENCE = Path(__file__).parents[2] / "reference" / "elements"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of the reference element sets."""
    return REFERENCE


@pytest.fixture(scope="session")
def three_le() -> str:
    """ISS and Tianhe as a 3LE file."""
    return (REFERENCE / "iss_css.3le").read_text()


@pytest.fixture(scope="session")
def iss(three_le: str) -> ElementSet:
    """The ISS set."""
    return parse_elements(three_le).sets[0].element_set


@pytest.fixture(scope="session")
def css(three_le: str) -> ElementSet:
    """The Tianhe set."""
    return parse_elements(three_le).sets[1].element_set
