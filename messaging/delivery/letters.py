"""From a queued message to an envelope: the facts of its pass and its customer, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from messaging.campaigns.definition import Campaign
from messaging.campaigns.reading import stored_campaign
from messaging.channels.ports import Envelope
from messaging.people.customers import Recipient
from messaging.queue.leases import QueuedMessage
from messaging.texts.rendering import (
    CompiledTexts,
    CustomerFacts,
    PassFacts,
    PlaceFacts,
    compile_texts,
    render,
)
from tle.names import everyday_name
from tle.storage.port import Reader
from tle.storage.statements import rows_among
from tle.times import DAY_MS, from_ms
from tle.versions.in_force import ACCEPTED

_DEFINITION = """
SELECT definition FROM campaign_version WHERE campaign_no = :campaign_no AND version = :version
"""
_PASSES = f"""
SELECT p.pass_no, p.pass_id, p.norad_id, p.culmination_ms, p.culmination_azimuth_deg,
    p.culmination_elevation_deg, p.culmination_range_km, x.aos_ms, x.aos_azimuth_deg, x.los_ms,
    x.los_azimuth_deg, x.visible, (
        SELECT name FROM element_set e WHERE e.norad_id = p.norad_id AND {ACCEPTED}
        ORDER BY epoch_ms DESC, element_set_no DESC LIMIT 1
    ), x.element_epoch_ms
FROM satellite_pass p
JOIN pass_crossing x ON x.pass_no = p.pass_no AND x.min_elevation_deg = :min_elevation_deg
WHERE p.pass_no IN (:values)
"""


class PlannedPass(NamedTuple):
    """A stored pass: its lasting name, and what is expected of it now."""

    pass_id: str
    element_age_days: float
    """Size of culmination minus epoch."""
    facts: PassFacts


@dataclass(frozen=True, slots=True)
class Script:
    """A campaign as it was when a message was planned, ready to be rendered."""

    campaign: Campaign
    texts: CompiledTexts


def script_of(reader: Reader, campaign_no: int, version: int) -> Script:
    """Return one version of a campaign."""
    ((definition,),) = reader.rows(_DEFINITION, campaign_no=campaign_no, version=version)
    return _script(definition)


@lru_cache(maxsize=64)
def _script(definition: str) -> Script:
    campaign = stored_campaign(definition)
    texts = compile_texts(campaign.texts, default_language=campaign.default_language)
    return Script(campaign, texts)


def pass_facts(
    reader: Reader, pass_nos: Sequence[int], *, min_elevation_deg: float
) -> dict[int, PlannedPass]:
    """Return some passes as they are expected now, by number."""
    return {
        row[0]: PlannedPass(
            pass_id=row[1],
            element_age_days=abs(row[3] - row[13]) / DAY_MS,
            facts=PassFacts(
                satellite=everyday_name(row[2], row[12] or ""),
                norad_id=row[2],
                aos=_time(row[7]),
                culmination=from_ms(row[3]),
                los=_time(row[9]),
                aos_azimuth_deg=row[8],
                culmination_azimuth_deg=row[4],
                los_azimuth_deg=row[10],
                culmination_elevation_deg=row[5],
                culmination_range_km=row[6],
                duration_s=(row[9] - row[7]) / 1000 if row[7] and row[9] else 0.0,
                visible=bool(row[11]),
            ),
        )
        for row in rows_among(reader, _PASSES, pass_nos, min_elevation_deg=min_elevation_deg)
    }


def _time(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def write_letter(
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


def message_id(campaign_key: str, customer_no: int, pass_id: str, kind: str) -> str:
    """Return the identity of a message (walls: campaign, customer, pass, kind) as text."""
    return f"{campaign_key}/{customer_no}/{pass_id}/{kind}"
