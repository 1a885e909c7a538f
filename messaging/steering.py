"""Approve, arm, pause, resume and stop campaigns, with what that means for their messages."""

from datetime import datetime

from messaging.campaigns.lifecycle import State, next_state
from messaging.campaigns.store import StoredCampaign, change_state, find_campaign
from messaging.queue.messages import cancel_campaign
from tle.storage.port import Database
from tle.times import to_ms


def move(
    database: Database, key: str, verb: str, *, actor: str, now: datetime
) -> tuple[StoredCampaign, StoredCampaign]:
    """Approve, arm, pause, resume or stop a campaign; return it as it was and as it is.

    What waits of a campaign that is stopped is cancelled with it.

    Raises:
        CampaignStateError: there is no such campaign, it is not in a state for this, or nobody
            is named who approves it.
    """
    with database.writing() as transaction:
        before = find_campaign(transaction, key)
        target = next_state(before.state, verb, key=key, actor=actor)
        change_state(transaction, before, target, actor=actor, now=now)
        if target is State.STOPPED:
            cancel_campaign(transaction, before.campaign_no, now_ms=to_ms(now))
        return before, find_campaign(transaction, key)
