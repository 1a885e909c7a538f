"""Campaigns in the database: their versions, and where each stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from messaging.campaigns.definition import Campaign
from messaging.campaigns.lifecycle import State
from messaging.campaigns.reading import parse_campaign, stored_campaign
from messaging.errors import CampaignStateError, UnknownCampaignError
from tle.storage.port import Database, Reader, Row, Transaction
from tle.times import from_ms, to_ms

_CAMPAIGN = """
SELECT c.campaign_no, c.version, c.state, c.approved_by, c.changed_ms, v.definition
FROM campaign c
JOIN campaign_version v ON v.campaign_no = c.campaign_no AND v.version = c.version
"""
_ALL = f"{_CAMPAIGN} ORDER BY c.key"
_ONE = f"{_CAMPAIGN} WHERE c.key = :key"
_KEYS = "SELECT key FROM campaign ORDER BY key"
_HASH = """
SELECT definition_hash FROM campaign_version WHERE campaign_no = :no AND version = :version
"""
_DEFINITION = """
SELECT definition FROM campaign_version WHERE campaign_no = :campaign_no AND version = :version
"""
_NEXT_NO = "SELECT COALESCE(MAX(campaign_no), 0) + 1 FROM campaign"
_INSERT = """
INSERT INTO campaign (campaign_no, key, version, state, approved_by, changed_ms)
VALUES (:campaign_no, :key, :version, :state, '', :now_ms)
"""
_INSERT_VERSION = """
INSERT INTO campaign_version (campaign_no, version, definition, definition_hash, loaded_ms)
VALUES (:campaign_no, :version, :definition, :definition_hash, :now_ms)
"""
_CHANGE = """
UPDATE campaign SET version = :version, state = :state, approved_by = :approved_by,
    changed_ms = :now_ms
WHERE campaign_no = :campaign_no
"""
_INSERT_EVENT = """
INSERT INTO campaign_event (campaign_no, version, state, actor, at_ms)
VALUES (:campaign_no, :version, :state, :actor, :now_ms)
"""


class Loading(StrEnum):
    """What loading a campaign file changed."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    EDITED = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCampaign:
    """A campaign as it stands."""

    campaign_no: int
    version: int
    state: State
    approved_by: str
    changed_at: datetime
    campaign: Campaign

    @property
    def key(self) -> str:
        """The identity of the campaign."""
        return self.campaign.key


def load_into(
    database: Database, definition: str, *, source: str, now: datetime
) -> tuple[StoredCampaign, Loading]:
    """Store a campaign file as a draft, or as a new version if it was edited.

    Raises:
        CampaignError: the file is not as it should be.
        CampaignStateError: the campaign was stopped; its key cannot be used again.
    """
    campaign = parse_campaign(definition, source=source)
    with database.writing() as transaction:
        known = _find(transaction, campaign.key)
        if known is not None:
            ((stored_hash,),) = transaction.rows(_HASH, no=known.campaign_no, version=known.version)
            if stored_hash == campaign.definition_hash:
                return known, Loading.UNCHANGED
            if known.state is State.STOPPED:
                raise CampaignStateError(
                    f"campaign {campaign.key} was stopped and stays so; "
                    "load the file under another key"
                )
        draft = {"state": State.DRAFT.value, "now_ms": to_ms(now)}
        if known is None:
            ((number,),) = transaction.rows(_NEXT_NO)
            version = {"campaign_no": int(number), "version": 1}
            transaction.execute(_INSERT, key=campaign.key, **version, **draft)
        else:
            version = {"campaign_no": known.campaign_no, "version": known.version + 1}
            transaction.execute(_CHANGE, approved_by="", **version, **draft)
        transaction.execute(
            _INSERT_VERSION,
            definition=definition,
            definition_hash=campaign.definition_hash,
            now_ms=to_ms(now),
            **version,
        )
        transaction.execute(_INSERT_EVENT, actor="", **version, **draft)
        stored = find_campaign(transaction, campaign.key)
    return stored, Loading.ADDED if known is None else Loading.EDITED


def change_state(
    transaction: Transaction, stored: StoredCampaign, state: State, *, actor: str, now: datetime
) -> None:
    """Write that a campaign stands elsewhere now, and who brought it there."""
    change = {
        "campaign_no": stored.campaign_no,
        "version": stored.version,
        "state": state.value,
        "now_ms": to_ms(now),
    }
    approved_by = actor if state is State.APPROVED else stored.approved_by
    transaction.execute(_CHANGE, approved_by=approved_by, **change)
    transaction.execute(_INSERT_EVENT, actor=actor, **change)


def campaigns(reader: Reader) -> list[StoredCampaign]:
    """Return all campaigns by key."""
    return [_stored(row) for row in reader.rows(_ALL)]


def find_campaign(reader: Reader, key: str) -> StoredCampaign:
    """Return one campaign.

    Raises:
        CampaignStateError: there is none of this key.
    """
    found = _find(reader, key)
    if found is not None:
        return found
    raise UnknownCampaignError(key=key, known=[each for (each,) in reader.rows(_KEYS)])


def definition_of(reader: Reader, campaign_no: int, version: int) -> str:
    """Return the text of one version of a campaign."""
    ((definition,),) = reader.rows(_DEFINITION, campaign_no=campaign_no, version=version)
    return str(definition)


def _find(reader: Reader, key: str) -> StoredCampaign | None:
    found = reader.rows(_ONE, key=key)
    return _stored(found[0]) if found else None


def _stored(row: Row) -> StoredCampaign:
    number, version, state, approved_by, changed_ms, definition = row
    return StoredCampaign(
        campaign_no=number,
        version=version,
        state=State(state),
        approved_by=approved_by,
        changed_at=from_ms(changed_ms),
        campaign=stored_campaign(definition),
    )
