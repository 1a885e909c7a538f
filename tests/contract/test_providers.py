"""The names of the providers: every place that has to know them knows the same ones."""

import msgspec
import pytest

from overflight.settings.reading import load_settings
from overflight.settings.values import Elements
from overflight.wiring import group_queries, open_source
from tle.sources import LIMITS, TITLES

SECRETS = {
    "OVERFLIGHT_SPACE_TRACK_IDENTITY": "me@example.test",
    "OVERFLIGHT_SPACE_TRACK_PASSWORD": "hush",
}


@pytest.fixture
def settings(tmp_path):
    """Settings as they come, with every login that a provider may want."""
    return load_settings(home=tmp_path, environ=SECRETS)


@pytest.mark.parametrize("name", LIMITS)
def test_each_is_opened_under_its_name(settings, name):
    """Who asks for a provider by its name gets that one, with its limits."""
    source = open_source(name, settings)
    assert source.name == name
    assert source.limits is LIMITS[name]


def test_each_can_be_chosen_and_is_titled(settings):
    """The choices of the settings and the titles for people are those that have limits."""
    schema = msgspec.json.schema(Elements)["$defs"]["Elements"]["properties"]["sources"]
    assert set(schema["items"]["enum"]) == set(TITLES) == set(LIMITS)
    assert set(group_queries(settings)) <= set(LIMITS)
