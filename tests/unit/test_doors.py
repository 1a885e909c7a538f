"""What importing the packages offers, and what it costs."""

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec

import pytest

# Written out, so that nobody changes by accident what other programs rely on.
DOORS = {
    "messaging": [
        "Campaign",
        "CampaignError",
        "MessageText",
        "MessagingError",
        "Moment",
        "PassRule",
        "Tally",
        "example_campaign",
        "parse_campaign",
        "tally",
    ],
    "orbit": [
        "ArgumentError",
        "Ephemeris",
        "HorizonError",
        "HorizonMask",
        "LookAngles",
        "Observer",
        "Observers",
        "OrbitError",
        "Pass",
        "Passes",
        "Place",
        "PlacesError",
        "Positions",
        "PropagationError",
        "Resolved",
        "Sight",
        "Sights",
        "above_masks",
        "find_passes",
        "look_at",
        "parse_horizon_mask",
        "positions_at",
        "propagate",
        "resolve_place",
        "stream_passes",
    ],
    "tle": [
        "AmbiguousSatellite",
        "ElementError",
        "ElementSet",
        "ElementSets",
        "IncompleteElements",
        "LineError",
        "LoadStatus",
        "Loaded",
        "Located",
        "NotElements",
        "Parsed",
        "Refusal",
        "SelectionError",
        "StoredElementSet",
        "TleError",
        "UnknownSatellite",
        "VersionError",
        "VersionState",
        "elements_in_force",
        "everyday_name",
        "from_skyfield",
        "load_elements",
        "newest_by_satellite",
        "parse_elements",
        "read_elements",
        "recent_history",
        "select_satellite",
        "stored_versions",
    ],
}
NAMES = [(package, name) for package, names in DOORS.items() for name in names]
HEAVY = {"aiohttp", "jinja2", "msgspec", "numpy", "pandas", "polars", "sgp4", "skyfield"}


@pytest.mark.parametrize("package", DOORS)
def test_the_list(package):
    """The list says what there is, and so does dir()."""
    door = import_module(package)
    assert sorted(door.__all__) == dir(door) == DOORS[package]


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_each_name(package, name):
    """Each name leads to a value that says what it is, and hides no module of the package."""
    value = getattr(import_module(package), name)
    assert value.__name__ == name
    assert value.__module__.startswith(f"{package}.")
    assert value.__doc__
    assert find_spec(f"{package}.{name}") is None


@pytest.mark.parametrize("package", DOORS)
def test_unknown_names(package):
    """A name that is not there is an AttributeError, and an ImportError for an import."""
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nothing'"):
        import_module(package).nothing  # noqa: B018 - the look is the test
    with pytest.raises(ImportError, match="nothing"):
        exec(f"from {package} import nothing")


@pytest.mark.parametrize("package", DOORS)
def test_importing_is_free(package):
    """Importing a package loads the door, and nothing heavy."""
    script = f"import sys; import {package}; print(*sys.modules)"
    modules = set(
        subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True
        ).stdout.split()
    )
    assert not modules & HEAVY
    ours = {each for each in modules if each.split(".")[0] in {"messaging", "orbit", "tle"}}
    assert ours == {package, "tle", "tle.doors"}
