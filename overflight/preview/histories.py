"""What the earlier element sets of satellites say about how far off predictions may be."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tle import ElementSet, recent_history
from tle.motion.uncertainty import HISTORY_DAYS, Uncertainty, estimate_uncertainty

if TYPE_CHECKING:
    from overflight.element_files import ElementFile
    from tle.storage.port import Database

Uncertainties = Mapping[int, Uncertainty]
"""By catalog number."""


def learn_uncertainties(
    chosen: Sequence[ElementSet],
    *,
    file: "ElementFile | None",
    database: "Database | None",
    now: datetime,
) -> Uncertainties:
    """Learn from the history of each satellite, if it has one, how uncertain its passes are.

    Args:
        chosen: what passes are predicted from.
        file: where these come from, with their history; without it, the database.
        database: what has been stored, if anything has.
        now: what the database holds back until later is no history.
    """
    histories = (
        _of_file(chosen, file) if file is not None else _of_stored(chosen, database, now=now)
    )
    return {each.norad_id: estimate_uncertainty(each, histories[each.norad_id]) for each in chosen}


def _of_file(chosen: Sequence[ElementSet], file: "ElementFile") -> dict[int, list[ElementSet]]:
    histories: dict[int, list[ElementSet]] = {each.norad_id: [] for each in chosen}
    for element_set, _ in file.parsed.sets:
        if element_set.norad_id in histories:
            histories[element_set.norad_id].append(element_set)
    return histories


def _of_stored(
    chosen: Sequence[ElementSet], database: "Database | None", *, now: datetime
) -> dict[int, list[ElementSet]]:
    if database is None:
        return defaultdict(list)
    with database.reading() as reader:
        return {
            each.norad_id: recent_history(reader, each.norad_id, now=now, days=HISTORY_DAYS)
            for each in chosen
        }
