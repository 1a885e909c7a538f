"""Campaigns: what they say, where they stand, and what became of their messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from messaging.campaigns.store import StoredCampaign, find_campaign
from messaging.report import Tally, tally
from tle.storage.port import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """One campaign, and how many of its messages stand where."""

    stored: StoredCampaign
    messages: Tally

    def facts(self) -> dict[str, Any]:
        """Return all by name."""
        return campaign_facts(self.stored) | {"messages": self.messages}


def show_campaign(reader: Reader, key: str) -> CampaignView:
    """Return one campaign.

    Raises:
        CampaignStateError: there is none of this key.
    """
    stored = find_campaign(reader, key)
    return CampaignView(stored=stored, messages=tally(reader, campaign_no=stored.campaign_no))


def campaign_facts(stored: StoredCampaign) -> dict[str, Any]:
    """Return a campaign by name: its state, then its definition as the file spells it."""
    definition: dict[str, Any] = msgspec.to_builtins(stored.campaign, builtin_types=(datetime,))
    return {
        "key": stored.key,
        "state": stored.state,
        "version": stored.version,
        "approved_by": stored.approved_by,
        "changed_at": stored.changed_at,
    } | definition
