"""The providers: each row of the table can be chosen and opened, and has its settings."""

import pytest

from overflight.settings.reading import load_settings
from overflight.wiring import WiringError, group_queries, open_source
from tle.sources.providers import PROVIDERS

SECRETS = {
    "OVERFLIGHT_SPACE_TRACK_IDENTITY": "me@example.test",
    "OVERFLIGHT_SPACE_TRACK_PASSWORD": "hush",
}


@pytest.fixture
def settings(tmp_path):
    """Settings as they come, with every login that a provider may want."""
    return load_settings(home=tmp_path, environ=SECRETS)


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_is_opened_under_its_name(settings, name):
    """Who asks for a provider by its name gets that one, with its limits."""
    source = open_source(name, settings)
    assert source.name == name
    assert source.limits is PROVIDERS[name].limits


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_can_be_chosen_and_is_titled(tmp_path, name):
    """The settings take the name of each, and people are shown a title."""
    settings = load_settings(home=tmp_path, environ={"OVERFLIGHT_ELEMENTS_SOURCES": name})
    assert settings.elements.sources == (name,)
    assert PROVIDERS[name].title


def test_groups_are_asked_of_those_that_have_them(settings):
    """Each provider that has groups has a setting that names some."""
    assert set(group_queries(settings)) == {
        name for name, provider in PROVIDERS.items() if provider.has_groups
    }


@pytest.mark.parametrize("name", [name for name, each in PROVIDERS.items() if each.login])
def test_a_missing_login_is_named(tmp_path, name):
    """Without the login that a provider wants it is not opened; the message says what to set."""
    with pytest.raises(WiringError, match=f"{name} wants a login; set OVERFLIGHT_.*_"):
        open_source(name, load_settings(home=tmp_path, environ={}))
