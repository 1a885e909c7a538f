"""Builders that tests share: a campaign file, and a pass as the book stores it."""

import json
from datetime import UTC, date, datetime, timedelta

from tle.storage.port import Transaction
from tle.times import iso_z, to_ms

_HEAD = {
    "key": "hello",
    "title": "Hello",
    "purpose": "service",
    "channel": "file",
    "satellites": [25544],
    "start": date(2026, 11, 11),
    "end": date(2026, 11, 12),
    "default_language": "en",
}
_INSERT_PASS = """
INSERT INTO satellite_pass (pass_no, pass_id, norad_id, latitude_deg, longitude_deg,
    culmination_ms, culmination_azimuth_deg, culmination_elevation_deg, culmination_range_km,
    element_epoch_ms)
VALUES (1, '25544-1', 25544, 52.5, 13.4, :now_ms, 180.0, 60.0, 480.0, :now_ms)
"""
_INSERT_CROSSING = """
INSERT INTO pass_crossing (pass_no, min_elevation_deg, aos_ms, aos_azimuth_deg, los_ms,
    los_azimuth_deg, visible, element_epoch_ms)
VALUES (1, 10.0, :now_ms, 270.0, :los_ms, 90.0, 1, :now_ms)
"""


def campaign_text(*, sections: str = "", subject: str = "Hi", text: str = "Hi", **head) -> str:
    """A campaign file with one text, in English.

    Args:
        sections: TOML between the head and the text, such as ``[passes]``.
        subject: of the text.
        text: of the text.
        head: keys of the head that are other than usual.
    """
    lines = [f"{key} = {_toml(value)}" for key, value in (_HEAD | head).items()]
    texts = ["[texts.en]", f"subject = {_toml(subject)}", f"text = {_toml(text)}"]
    return "\n".join(["# A campaign of the tests.", *lines, sections, *texts, ""])


def _toml(value: object) -> str:
    if isinstance(value, datetime):
        return iso_z(value.astimezone(UTC))
    return str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def store_pass(transaction: Transaction, *, rise: datetime, lasts_s: int) -> None:
    """Store pass 1, of the ISS over Berlin: it culminates as it rises, above 10 degrees."""
    now_ms, los_ms = to_ms(rise), to_ms(rise + timedelta(seconds=lasts_s))
    transaction.execute(_INSERT_PASS, now_ms=now_ms)
    transaction.execute(_INSERT_CROSSING, now_ms=now_ms, los_ms=los_ms)
