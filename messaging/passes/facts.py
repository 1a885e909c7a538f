"""What is expected of passes now, as the texts that speak of them need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from messaging.texts.facts import PassFacts
from tle.names import everyday_name
from tle.storage.port import Reader, Row
from tle.storage.statements import rows_among
from tle.times import DAY_MS, from_ms
from tle.versions.in_force import elements_in_force

_IDS = "SELECT pass_no, pass_id FROM satellite_pass WHERE pass_no IN (:values)"
_PASSES = """
SELECT p.pass_no, p.pass_id, p.norad_id, p.culmination_ms, p.culmination_azimuth_deg,
    p.culmination_elevation_deg, p.culmination_range_km, x.aos_ms, x.aos_azimuth_deg, x.los_ms,
    x.los_azimuth_deg, x.visible, x.element_epoch_ms
FROM satellite_pass p
JOIN pass_crossing x ON x.pass_no = p.pass_no AND x.min_elevation_deg = :min_elevation_deg
WHERE p.pass_no IN (:values)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPass:
    """A stored pass: its lasting name, and what is expected of it now."""

    pass_id: str
    element_age_days: float
    """Size of culmination minus epoch."""
    facts: PassFacts


def pass_ids(reader: Reader, pass_nos: Sequence[int]) -> dict[int, str]:
    """Return the lasting names of some passes, by number."""
    return dict(map(tuple, rows_among(reader, _IDS, pass_nos)))


def planned_passes(
    reader: Reader, pass_nos: Sequence[int], *, min_elevation_deg: float, now: datetime
) -> dict[int, PlannedPass]:
    """Return some passes as they are expected now, by number.

    Args:
        reader: the store.
        pass_nos: of which passes.
        min_elevation_deg: the threshold of AOS and LOS.
        now: the satellites are called as in their sets in force then.
    """
    rows = list(rows_among(reader, _PASSES, pass_nos, min_elevation_deg=min_elevation_deg))
    in_force = elements_in_force(reader, sorted({row[2] for row in rows}), now=now)
    names = {each.norad_id: each.name for each in in_force}
    return {row[0]: _planned(row, names.get(row[2], "")) for row in rows}


def _planned(row: Row, name: str) -> PlannedPass:
    _, pass_id, norad_id, culmination_ms, azimuth_deg, elevation_deg, range_km, *ends = row
    aos_ms, aos_azimuth_deg, los_ms, los_azimuth_deg, visible, epoch_ms = ends
    return PlannedPass(
        pass_id=pass_id,
        element_age_days=abs(culmination_ms - epoch_ms) / DAY_MS,
        facts=PassFacts(
            satellite=everyday_name(norad_id, name),
            norad_id=norad_id,
            aos=_time(aos_ms),
            culmination=from_ms(culmination_ms),
            los=_time(los_ms),
            aos_azimuth_deg=aos_azimuth_deg,
            culmination_azimuth_deg=azimuth_deg,
            los_azimuth_deg=los_azimuth_deg,
            culmination_elevation_deg=elevation_deg,
            culmination_range_km=range_km,
            duration_s=(los_ms - aos_ms) / 1000 if aos_ms and los_ms else 0.0,
            visible=bool(visible),
        ),
    )


def _time(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
