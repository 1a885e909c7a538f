"""From settings to the things they describe."""

from collections.abc import Mapping

from messaging.campaign_store import StoredCampaign
from messaging.channels.ports import Channel
from overflight.errors import OverflightError
from overflight.settings import Settings

CHANNELS = ("file", "smtp")


class WiringError(OverflightError):
    """What a campaign asks for is not set up."""


def open_channels(settings: Settings) -> Mapping[str, Channel]:
    """Return the channels that are set up; smtp needs a sender."""
    from messaging.channels.file import FileChannel  # noqa: PLC0415 - only the daemon sends

    channels: dict[str, Channel] = {"file": FileChannel(settings.file_directory)}
    if settings.sender.from_address:
        channels["smtp"] = _smtp(settings)
    return channels


def _smtp(settings: Settings) -> Channel:
    from messaging.channels.mime import Sender  # noqa: PLC0415 - only who sends mail pays for it
    from messaging.channels.smtp import SmtpChannel, SmtpSettings  # noqa: PLC0415

    smtp, sender = settings.smtp, settings.sender
    return SmtpChannel(
        SmtpSettings(
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            username=smtp.username,
            password=smtp.password.reveal(),
            connections=smtp.connections,
        ),
        Sender(
            from_address=sender.from_address,
            from_name=sender.from_name,
            reply_to=sender.reply_to,
            postal_address=sender.postal_address,
            privacy_url=sender.privacy_url,
            unsubscribe=sender.unsubscribe,
        ),
    )


def require_ready_to_arm(stored: StoredCampaign, settings: Settings) -> None:
    """Refuse to arm a campaign that could not, or must not, be sent as things are set up.

    Raises:
        WiringError: naming the settings that are missing.
    """
    campaign, sender = stored.campaign, settings.sender
    if campaign.channel not in CHANNELS:
        raise WiringError(
            f"campaign {campaign.key} wants channel '{campaign.channel}'; "
            f"there are: {', '.join(CHANNELS)}"
        )
    if campaign.channel != "smtp":
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
            f"campaign {campaign.key} sends {campaign.purpose} by smtp, and that needs "
            f"{', '.join(missing)}; set them in overflight.toml (overflight config path)"
        )
