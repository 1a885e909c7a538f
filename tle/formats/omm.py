"""The Orbit Mean-Elements Message: names and values of its fields, whatever carries them.

Source: CCSDS 502.0-B-3, table 4-3 and 7.5; CelesTrak, "A New Way to Obtain GP Data".
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from tle.elements import ElementSet
from tle.errors import ElementError, IncompleteElements
from tle.formats.base import Refusal, clean_name, is_marked, marked_name, shorten

MANDATORY = (
    "NORAD_CAT_ID",
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "BSTAR",
)
"""The fields without which SGP4 has no orbit; the others have a default."""

_ATTRIBUTES = {
    "OBJECT_NAME": "name",
    "OBJECT_ID": "international_designator",
    "EPOCH": "epoch",
    "MEAN_MOTION": "mean_motion_rev_per_day",
    "ECCENTRICITY": "eccentricity",
    "INCLINATION": "inclination_deg",
    "RA_OF_ASC_NODE": "raan_deg",
    "ARG_OF_PERICENTER": "argument_of_perigee_deg",
    "MEAN_ANOMALY": "mean_anomaly_deg",
    "EPHEMERIS_TYPE": "ephemeris_type",
    "CLASSIFICATION_TYPE": "classification",
    "NORAD_CAT_ID": "norad_id",
    "ELEMENT_SET_NO": "element_set_no",
    "REV_AT_EPOCH": "revolution_at_epoch",
    "BSTAR": "bstar_per_earth_radius",
    "MEAN_MOTION_DOT": "mean_motion_dot_rev_per_day2",
    "MEAN_MOTION_DDOT": "mean_motion_ddot_rev_per_day3",
}

CSV_COLUMNS = tuple(_ATTRIBUTES)
"""The fields of one element set, in CelesTrak's order."""

LABELS = ("OBJECT_NAME", "OBJECT_ID", "CLASSIFICATION_TYPE")
"""Those of them that are words."""

FIXED = {
    "CENTER_NAME": "EARTH",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
    "MEAN_ELEMENT_THEORY": "SGP4",
}
"""What SGP4 leaves no choice about, as a whole message says it."""

_ALSO_SGP4 = "SGP/SGP4"  # CelesTrak's word for it in XML and KVN
_values_of = attrgetter(*_ATTRIBUTES.values())
_KNOWN = frozenset((*CSV_COLUMNS, *FIXED))
_TELLING = frozenset(MANDATORY)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_REAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_EPOCH = re.compile(
    r"(\d{4})-(?:(\d\d)-(\d\d)|((?!000)(?:[0-2]\d\d|3[0-5]\d|36[0-6])))"
    r"T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?Z?",
    re.ASCII,
)


def from_fields(fields: Mapping[str, object]) -> ElementSet:
    """Return the element set that OMM fields describe, as numbers or as text.

    Raises:
        IncompleteElements: as ``from_texts``.
        ElementError: as ``from_texts``.
    """
    return from_texts(_texts(fields))


def from_texts(texts: Mapping[str, str]) -> ElementSet:
    """Return the element set that OMM fields describe; unknown fields are ignored.

    The provider may leave out what SGP4 fixes anyway (frame, time system, theory); what it does
    say of them must agree.

    Args:
        texts: values by name, without blanks around them; an empty one is none.

    Raises:
        IncompleteElements: mandatory fields are missing or empty.
        ElementError: a value cannot be read, or no orbit has it.
    """
    if missing := [key for key in MANDATORY if not texts.get(key)]:
        raise IncompleteElements(fields=missing)
    for key, expected in FIXED.items():
        if texts.get(key) and texts[key].upper() not in {expected, _ALSO_SGP4}:
            raise ElementError(field=key, value=shorten(texts[key]), expected=expected)
    name = clean_name(texts.get("OBJECT_NAME", ""))
    return ElementSet(
        norad_id=_integer(texts, "NORAD_CAT_ID"),
        name=name,
        international_designator=texts.get("OBJECT_ID", ""),
        classification=texts.get("CLASSIFICATION_TYPE", "").upper() or "U",
        epoch=_epoch(texts["EPOCH"]),
        mean_motion_rev_per_day=_real(texts, "MEAN_MOTION"),
        eccentricity=_real(texts, "ECCENTRICITY"),
        inclination_deg=_real(texts, "INCLINATION"),
        raan_deg=_real(texts, "RA_OF_ASC_NODE"),
        argument_of_perigee_deg=_real(texts, "ARG_OF_PERICENTER"),
        mean_anomaly_deg=_real(texts, "MEAN_ANOMALY"),
        mean_motion_dot_rev_per_day2=_real(texts, "MEAN_MOTION_DOT"),
        mean_motion_ddot_rev_per_day3=_real(texts, "MEAN_MOTION_DDOT"),
        bstar_per_earth_radius=_real(texts, "BSTAR"),
        element_set_no=_integer(texts, "ELEMENT_SET_NO"),
        revolution_at_epoch=_integer(texts, "REV_AT_EPOCH"),
        ephemeris_type=_integer(texts, "EPHEMERIS_TYPE"),
        synthetic=is_marked(name),
    )


def from_pairs(pairs: Iterable[tuple[str, str]]) -> ElementSet:
    """Return the element set of a message, given as its keys and values in their order.

    Raises:
        IncompleteElements: as ``from_texts``.
        ElementError: as ``from_texts``, or a field is given twice.
    """
    texts: dict[str, str] = {}
    for key, value in pairs:
        if key in texts and key in _KNOWN:
            raise ElementError(
                field=key,
                value=shorten(value),
                expected=f"one value in a message; before it came {shorten(texts[key])!r}",
            )
        texts[key] = value.strip()
    return from_texts(texts)


def to_fields(element_set: ElementSet) -> dict[str, str | int | float]:
    """Return the OMM fields of an element set; ``from_fields`` gives the same set back."""
    fields = dict(zip(_ATTRIBUTES, _values_of(element_set), strict=True))
    epoch = element_set.epoch.replace(tzinfo=None)
    return fields | {
        "EPOCH": epoch.isoformat(timespec="microseconds"),
        "OBJECT_NAME": marked_name(element_set),
    }


def from_own_fields(fields: Mapping[str, Any]) -> ElementSet:
    """Return the element set that ``to_fields`` wrote, faster than ``from_fields`` does.

    What others wrote must not come here: it is not checked for types.
    """
    values = {attribute: fields[key] for key, attribute in _ATTRIBUTES.items()}
    values["epoch"] = datetime.fromisoformat(fields["EPOCH"]).replace(tzinfo=UTC)
    return ElementSet(**values, synthetic=is_marked(values["name"]))


def is_omm(keys: Iterable[str]) -> bool:
    """Tell whether any of the keys is a mandatory field of OMM."""
    return not _TELLING.isdisjoint(keys)


def refusal(line: int, fields: Mapping[str, object], reason: str) -> Refusal:
    """Return the report on fields that make no element set, named as far as they can be read."""
    texts = _texts(fields)
    number = texts.get("NORAD_CAT_ID", "")
    return Refusal(
        line=line,
        norad_id=int(number) if _INTEGER.fullmatch(number) else None,
        name=clean_name(shorten(texts.get("OBJECT_NAME", ""))),
        reason=reason,
    )


def _texts(fields: Mapping[str, object]) -> dict[str, str]:
    return {
        key: str(value).strip()
        for key, value in fields.items()
        if isinstance(value, (str, int, float))
    }


def _integer(texts: Mapping[str, str], key: str) -> int:
    text = texts.get(key) or "0"
    if not _INTEGER.fullmatch(text):
        raise ElementError(field=key, value=shorten(text), expected="an integer")
    return int(text)


def _real(texts: Mapping[str, str], key: str) -> float:
    text = texts.get(key) or "0"
    if not _REAL.fullmatch(text):
        raise ElementError(field=key, value=shorten(text), expected="a decimal number")
    return float(text)


def _epoch(text: str) -> datetime:
    """Read a CCSDS time, by month and day or by day of the year, rounded to the microsecond."""
    parts = _EPOCH.fullmatch(text)
    if parts is None:
        raise _no_epoch(text)
    year, month, day, day_of_year, hour, minute, second, fraction = parts.groups("")
    try:
        # Added up rather than constructed: a leap second (:60) is the next minute.
        return datetime(
            int(year), int(month or 1), int(day or 1), int(hour), int(minute), tzinfo=UTC
        ) + timedelta(
            int(day_of_year or 1) - 1,
            int(second),
            (int(fraction[:7].ljust(7, "0")) + 5) // 10,
        )
    except (ValueError, OverflowError) as error:
        raise _no_epoch(text) from error


def _no_epoch(text: str) -> ElementError:
    return ElementError(
        field="EPOCH",
        value=shorten(text),
        expected="a UTC time such as 2026-10-09T19:42:49.139712",
    )
