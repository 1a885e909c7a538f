"""From a queued message to an envelope: the facts of its pass and its customer, in words."""

from dataclasses import dataclass
from functools import lru_cache

from messaging.campaigns.definition import Campaign
from messaging.campaigns.reading import stored_campaign
from messaging.campaigns.store import definition_of
from messaging.channels.ports import Envelope
from messaging.passes.facts import PlannedPass
from messaging.people.customers import Recipient
from messaging.queue.leases import QueuedMessage
from messaging.queue.messages import message_id
from messaging.texts.facts import CustomerFacts, PlaceFacts
from messaging.texts.rendering import CompiledTexts, compile_texts, render
from tle.storage.port import Reader
from tle.times import from_ms


@dataclass(frozen=True, slots=True)
class Script:
    """A campaign as it was when a message was planned, ready to be rendered."""

    campaign: Campaign
    texts: CompiledTexts


def script_of(reader: Reader, campaign_no: int, version: int) -> Script:
    """Return one version of a campaign."""
    return _script(definition_of(reader, campaign_no, version))


@lru_cache(maxsize=64)
def _script(definition: str) -> Script:
    campaign = stored_campaign(definition)
    texts = compile_texts(campaign.texts, default_language=campaign.default_language)
    return Script(campaign, texts)


def compose(
    message: QueuedMessage,
    script: Script,
    recipient: Recipient,
    planned: PlannedPass,
) -> Envelope:
    """Render one message.

    Raises:
        RenderError: its text could not be made; the code says why and names nobody.
    """
    pass_id = planned.pass_id
    rendered = render(
        script.texts,
        pass_facts=planned.facts,
        place=PlaceFacts(
            city=recipient.city, country=recipient.country, time_zone=recipient.time_zone
        ),
        customer=CustomerFacts(
            name=recipient.name, language=recipient.language, attributes=recipient.attributes
        ),
    )
    return Envelope(
        message_id=message_id(script.campaign.key, message.customer_no, pass_id, message.kind),
        campaign=script.campaign.key,
        pass_id=pass_id,
        address=recipient.address,
        language=rendered.language,
        subject=rendered.subject,
        text=rendered.text,
        not_before=from_ms(message.not_before_ms),
        due=from_ms(message.due_ms),
        expires_at=from_ms(message.expires_at_ms),
    )
