"""Campaigns in the database: their versions, and the state that decides whether they may send.

A loaded campaign is a draft. Somebody approves it, then it is armed; an edit makes it a draft
again. Only an armed campaign sends.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from messaging.campaigns.definition import Campaign
from messaging.campaigns.reading import parse_campaign, stored_campaign
from messaging.errors import CampaignStateError
from messaging.queue.messages import cancel_pending_where
from tle.storage.port import Database, Reader, Transaction
from tle.times import from_ms, to_ms

_CAMPAIGNS = """
SELECT c.campaign_no, c.key, c.version, c.state, c.approved_by, c.changed_ms, v.definition
FROM campaign c
JOIN campaign_version v ON v.campaign_no = c.campaign_no AND v.version = c.version
"""
_HASH = """
SELECT definition_hash FROM campaign_version WHERE campaign_no = :no AND version = :version
"""
_LAST_NO = "SELECT COALESCE(MAX(campaign_no), 0) FROM campaign"
_INSERT = """
INSERT INTO campaign (campaign_no, key, version, state, approved_by, changed_ms)
VALUES (:campaign_no, :key, 1, 'draft', '', :now_ms)
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
_LOCK_QUEUE = """
UPDATE chunk SET size = size WHERE campaign_no = :campaign_no AND done_ms IS NULL
"""


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    ARMED = "armed"
    PAUSED = "paused"
    STOPPED = "stopped"


PLANNED_STATES = frozenset({State.APPROVED, State.ARMED, State.PAUSED})


class Loading(StrEnum):
    """What loading a campaign file changed."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    EDITED = "edited"


# What may be done to a campaign: the states it may be in, and the one it gets.
_MOVES = {
    "approve": ({State.DRAFT}, State.APPROVED),
    "arm": ({State.APPROVED}, State.ARMED),
    "pause": ({State.ARMED}, State.PAUSED),
    "resume": ({State.PAUSED}, State.ARMED),
    "stop": ({State.DRAFT, State.APPROVED, State.ARMED, State.PAUSED}, State.STOPPED),
}


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
        known = next((c for c in campaigns(transaction) if c.key == campaign.key), None)
        if known is None:
            loading = Loading.ADDED
            ((last_no,),) = transaction.rows(_LAST_NO)
            number, version = int(last_no) + 1, 1
            transaction.execute(_INSERT, campaign_no=number, key=campaign.key, now_ms=to_ms(now))
        else:
            number, version = known.campaign_no, known.version + 1
            ((stored_hash,),) = transaction.rows(_HASH, no=number, version=known.version)
            if stored_hash == campaign.definition_hash:
                return known, Loading.UNCHANGED
            if known.state is State.STOPPED:
                raise CampaignStateError(
                    f"campaign {campaign.key} was stopped and stays so; "
                    "load the file under another key"
                )
            loading = Loading.EDITED
        transaction.execute(
            _INSERT_VERSION,
            campaign_no=number,
            version=version,
            definition=definition,
            definition_hash=campaign.definition_hash,
            now_ms=to_ms(now),
        )
        _change(transaction, number, version, State.DRAFT, actor="", now=now)
        return find_campaign(transaction, campaign.key), loading


def move(
    database: Database, key: str, verb: str, *, actor: str, now: datetime
) -> tuple[StoredCampaign, StoredCampaign]:
    """Approve, arm, pause, resume or stop a campaign; return it as it was and as it is.

    Raises:
        CampaignStateError: there is no such campaign, it is not in a state for this, or nobody
            is named who approves it.
    """
    allowed, target = _MOVES[verb]
    if target is State.APPROVED and not actor.strip():
        raise CampaignStateError(
            f"to approve campaign {key}, somebody has to be named: "
            f"overflight campaign approve {key} --by NAME"
        )
    with database.writing() as transaction:
        before = find_campaign(transaction, key)
        if before.state not in allowed:
            raise CampaignStateError(_refusal(before, verb, allowed))
        _change(
            transaction,
            before.campaign_no,
            before.version,
            target,
            actor=actor,
            approved_by=actor if target is State.APPROVED else before.approved_by,
            now=now,
        )
        if target is State.STOPPED:
            transaction.execute(_LOCK_QUEUE, campaign_no=before.campaign_no)
            cancel_pending_where(
                transaction,
                "m.campaign_no = :campaign_no",
                reason="campaign_stopped",
                now_ms=to_ms(now),
                campaign_no=before.campaign_no,
            )
        return before, find_campaign(transaction, key)


def _refusal(stored: StoredCampaign, verb: str, allowed: set[State]) -> str:
    expected = " or ".join(sorted(allowed))
    text = f"campaign {stored.key} is {stored.state}; to {verb} it, it must be {expected}"
    if verb == "arm" and stored.state is State.DRAFT:
        text += f". Approve it first: overflight campaign approve {stored.key} --by NAME"
    return text


def _change(
    transaction: Transaction,
    campaign_no: int,
    version: int,
    state: State,
    *,
    actor: str,
    now: datetime,
    approved_by: str = "",
) -> None:
    common = {"campaign_no": campaign_no, "version": version, "state": state.value}
    transaction.execute(_CHANGE, **common, approved_by=approved_by, now_ms=to_ms(now))
    transaction.execute(_INSERT_EVENT, **common, actor=actor, now_ms=to_ms(now))


def campaigns(reader: Reader) -> list[StoredCampaign]:
    """Return all campaigns by key."""
    return [
        StoredCampaign(
            campaign_no=number,
            version=version,
            state=State(state),
            approved_by=approved_by,
            changed_at=from_ms(changed_ms),
            campaign=stored_campaign(definition),
        )
        for number, _, version, state, approved_by, changed_ms, definition in reader.rows(
            _CAMPAIGNS + "ORDER BY c.key"
        )
    ]


def find_campaign(reader: Reader, key: str) -> StoredCampaign:
    """Return one campaign.

    Raises:
        CampaignStateError: there is none of this key.
    """
    found = campaigns(reader)
    for stored in found:
        if stored.key == key:
            return stored
    known = ", ".join(c.key for c in found) or "none yet; overflight campaign load FILE"
    raise CampaignStateError(f"no campaign '{key}'; there are: {known}")
