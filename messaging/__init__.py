"""Who gets what, when: customers, campaigns, planning, rendering, the queue, delivery.

``__all__`` is what is stable: campaigns as values, and what has become of their messages. Planning
and delivery are run by ``overflight run``. Each name lives in a module and is imported when it is
first used, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING

__all__ = [
    "Campaign",
    "CampaignError",
    "MessageText",
    "MessagingError",
    "Moment",
    "PassRule",
    "Tally",
    "example_campaign",
    "parse_campaign",
    "tally",
]

if TYPE_CHECKING:
    from messaging.campaigns.definition import Campaign, MessageText, Moment, PassRule
    from messaging.campaigns.example import example_campaign
    from messaging.campaigns.reading import parse_campaign
    from messaging.errors import CampaignError, MessagingError
    from messaging.report import Tally, tally
else:
    from tle.doors import open_door

    __getattr__, __dir__ = open_door(
        __name__,
        {
            "campaigns.definition": ["Campaign", "MessageText", "Moment", "PassRule"],
            "campaigns.example": ["example_campaign"],
            "campaigns.reading": ["parse_campaign"],
            "errors": ["CampaignError", "MessagingError"],
            "report": ["Tally", "tally"],
        },
    )
