"""From settings to the things they describe."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from messaging.campaigns.store import StoredCampaign
from messaging.channel_kinds import CHANNEL_KINDS
from messaging.channels.ports import Channel
from overflight import __version__
from overflight.errors import WiringError
from overflight.settings.keys import variable_of
from overflight.settings.values import Secret, Settings
from tle.sources.asking import ByGroup
from tle.sources.providers import PROVIDERS, Provider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scheduler import DaemonOptions
    from tle import ElementSet
    from tle.sources.asking import Query, Source

Value = TypeVar("Value")


def open_channels(settings: Settings) -> Mapping[str, Channel]:
    """Return the channels that are set up; smtp needs a sender."""
    from messaging.channels.file.channel import FileChannel  # noqa: PLC0415 - only the daemon sends

    channels: dict[str, Channel] = {"file": FileChannel(settings.file_directory)}
    if settings.sender.from_address:
        channels["smtp"] = _smtp(settings)
    return channels


def _smtp(settings: Settings) -> Channel:
    from messaging.channels.email.channel import SmtpChannel  # noqa: PLC0415 - only who sends mail pays
    from messaging.channels.email.mime import Sender  # noqa: PLC0415 - the same
    from messaging.channels.email.session import SmtpSettings  # noqa: PLC0415 - the same

    return SmtpChannel(_filled(SmtpSettings, settings.smtp), _filled(Sender, settings.sender))


def _filled(kind: Callable[..., Value], section: Struct) -> Value:
    """Return a value whose fields are called as the keys of a section; its secrets are revealed."""
    given = {name: getattr(section, name) for name in section.__struct_fields__}
    return kind(
        **{
            name: value.reveal() if isinstance(value, Secret) else value
            for name, value in given.items()
        }
    )


def daemon_options(settings: Settings, *, worker: str) -> "DaemonOptions":
    """Return what the daemon is told; ``worker`` is the name of its process.

    Raises:
        WiringError: a provider that is to be asked wants a login.
    """
    from scheduler import DaemonOptions  # noqa: PLC0415 - it imports APScheduler

    return DaemonOptions(
        worker=worker,
        lease_s=settings.dispatch.lease_s,
        dispatch_interval_s=settings.dispatch.interval_s,
        plan_interval_s=settings.plan.interval_s,
        ahead=timedelta(hours=settings.plan.hours_ahead),
        max_age_days=settings.elements.max_age_days,
        element_files=settings.element_files,
        check_interval_s=settings.elements.check_interval_s,
        sources=[open_source(name, settings) for name in settings.elements.sources],
        satellites=settings.satellites,
        queries=group_queries(settings),
        update_interval=timedelta(hours=settings.elements.update_interval_hours),
    )


def require_ready_to_arm(stored: StoredCampaign, settings: Settings) -> None:
    """Refuse to arm a campaign that could not, or must not, be sent as things are set up.

    Raises:
        WiringError: naming the settings that are missing.
    """
    campaign, sender = stored.campaign, settings.sender
    if campaign.channel not in CHANNEL_KINDS:
        raise WiringError(
            f"campaign {campaign.key} wants channel '{campaign.channel}'; "
            f"there are: {', '.join(CHANNEL_KINDS)}"
        )
    if not CHANNEL_KINDS[campaign.channel].needs_sender:
        return
    needed = {"from_address": sender.from_address}
    if campaign.purpose == "marketing":
        needed |= {
            "postal_address": sender.postal_address,
            "privacy_url": sender.privacy_url,
            "unsubscribe": sender.unsubscribe,
        }
    missing = [f"sender.{name}" for name, value in needed.items() if not value]
    if missing:
        raise WiringError(
            f"campaign {campaign.key} sends {campaign.purpose} by {campaign.channel}, and that "
            f"needs {', '.join(missing)}; set them in overflight.toml (overflight config path)"
        )


def require_real_satellites(stored: StoredCampaign, element_sets: "Sequence[ElementSet]") -> None:
    """Refuse to arm a campaign for a satellite that does not fly yet.

    Raises:
        WiringError: naming the satellites whose set in force is synthetic.
    """
    synthetic = [str(each.norad_id) for each in element_sets if each.synthetic]
    if synthetic:
        raise WiringError(
            f"campaign {stored.key} cannot be armed: the elements of {', '.join(synthetic)} are "
            "synthetic. Rehearse it; once the satellite flies: overflight tle adopt "
            f"{synthetic[0]} ITS-NUMBER"
        )


def open_source(name: str, settings: Settings) -> "Source":
    """Return a provider of element sets, asked as its section of the settings says.

    Raises:
        WiringError: its login is not set.
    """
    provider = PROVIDERS[name]
    section = _section(provider, settings)
    login = {part: getattr(section, part).reveal() for part in provider.login}
    if not all(login.values()):
        raise WiringError(
            f"{name} wants a login; set {login_variables(provider)}, or take it out of "
            "elements.sources"
        )
    return provider.open(
        section.base_url,
        user_agent=f"overflight/{__version__} (satellite overpass messages)",
        login=login,
    )


def group_queries(settings: Settings) -> "dict[str, list[Query]]":
    """Return what providers are asked for besides the satellites that are followed."""
    sections = {
        name: _section(provider, settings)
        for name, provider in PROVIDERS.items()
        if provider.has_groups
    }
    return {name: [ByGroup(group) for group in each.groups] for name, each in sections.items()}


def login_variables(provider: Provider) -> str:
    """Return the variables that hold a provider's login, in words; empty where it wants none."""
    return " and ".join(variable_of(f"{_key(provider)}.{part}") for part in provider.login)


def _section(provider: Provider, settings: Settings) -> Any:  # noqa: ANN401 - one class each
    return getattr(settings, _key(provider))


def _key(provider: Provider) -> str:
    """Return what the section of the settings is called that a provider has."""
    return provider.name.replace("-", "_")
