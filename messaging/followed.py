"""Which satellites element sets are asked for."""

from collections.abc import Iterable
from datetime import datetime

from messaging.campaigns.lifecycle import PLANNED_STATES
from messaging.campaigns.store import campaigns
from tle.storage.port import Reader
from tle.versions.adoption import adopters, current_ids
from tle.versions.in_force import elements_in_force


def followed_satellites(
    reader: Reader, satellites: Iterable[int], *, now: datetime
) -> tuple[int, ...]:
    """Return the numbers to ask for: what is followed anyway, and what campaigns are about.

    Temporary numbers that have been adopted are replaced; those of satellites that do not fly yet,
    whose elements are synthetic, are left out.
    """
    planned = [c.campaign for c in campaigns(reader) if c.state in PLANNED_STATES]
    wanted = {*satellites, *(number for campaign in planned for number in campaign.satellites)}
    in_force = elements_in_force(reader, sorted(wanted), now=now)
    synthetic = {each.norad_id for each in in_force if each.synthetic}
    numbers = set(current_ids(reader, wanted).values())
    return tuple(sorted(numbers - (synthetic - adopters(reader))))
