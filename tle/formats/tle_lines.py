"""Two-line element sets, with or without a name line before each (TLE, 3LE).

Columns: Hoots and Roehrich, Spacetrack Report #3; CelesTrak, "NORAD Two-Line Element Set Format".
Alpha-5 catalog numbers: Space-Track documentation.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from tle.elements import ElementSet
from tle.errors import ElementError, LineError, TleError
from tle.formats.base import Located, Refusal, clean_name, numbered_lines

_LENGTH = 69
_FIRST_SPACE_AGE_YEAR = 57  # two-digit years below it are of this century
_ALPHA5_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # I and O would be read as 1 and 0

_TEMPLATES = {
    "1": "1 NNNNNC NNNNNAAA NNNNN.NNNNNNNN +.NNNNNNNN +NNNNN-N +NNNNN-N N NNNNN",
    "2": "2 NNNNN NNN.NNNN NNN.NNNN NNNNNNN NNN.NNNN NNN.NNNN NN.NNNNNNNNNNNNNN",
}
_COLUMNS = {
    "1": re.compile(
        r"1 (?P<number>[ A-Z\d][ \d]{3}\d)(?P<classification>[A-Za-z ])"
        r" (?P<designator>[\w ]{8}) (?P<year>\d\d)(?P<day>[ \d]{3})\.(?P<day_fraction>\d{8})"
        r" (?P<dot>[ +-]\.\d{8}) (?P<ddot>[ +-]\d{5}[ +-]\d) (?P<bstar>[ +-]\d{5}[ +-]\d)"
        r" (?P<ephemeris_type>[ \d]) (?P<set_no>[ \d]{4})\d",
        re.ASCII,
    ),
    "2": re.compile(
        r"2 (?P<number>[ A-Z\d][ \d]{3}\d) (?P<inclination>[ \d]{3}\.\d{4})"
        r" (?P<raan>[ \d]{3}\.\d{4}) (?P<eccentricity>[ \d]{7}) (?P<perigee>[ \d]{3}\.\d{4})"
        r" (?P<anomaly>[ \d]{3}\.\d{4}) (?P<motion>[ \d]{2}\.\d{8})(?P<revolution>[ \d]{5})\d",
        re.ASCII,
    ),
}
_MAY_HOLD_BLANKS = frozenset({"designator", "ddot", "bstar"})
"""In every other column a blank after a digit means that characters of the line have moved."""
_ELEMENT_LINE = re.compile(r"^[ \t]*[12] +[A-Z]?\d+", re.MULTILINE | re.ASCII)
_WORTH = bytes(
    int(chr(code)) if chr(code) in "0123456789" else chr(code) == "-" for code in range(256)
)
"""What each character adds to a checksum: digits their value, a minus sign 1."""
_DESIGNATOR = re.compile(r"(\d\d)(\d{3}[A-Z]{1,3})", re.ASCII)


class _Line(NamedTuple):
    number: int
    text: str


def recognises(text: str) -> bool:
    """Tell whether any line starts as an element line does: 1 or 2, then a catalog number."""
    return _ELEMENT_LINE.search(text) is not None


def read(text: str, *, source: str) -> Iterator[Located | Refusal]:  # noqa: ARG001 - see Format
    """Yield every set of the text; see ``base.Format``.

    Each set is checked for length, columns, both checksums, one catalog number, and ranges.
    """
    name: _Line | None = None
    first: _Line | None = None
    for line in (*map(_Line._make, numbered_lines(text)), None):
        if line and line.text.startswith("2 "):
            yield _pair(name, first, line)
            name = first = None
            continue
        starts_set = line is not None and line.text.startswith("1 ")
        if first:
            yield _refuse(name, first, "a line 1 without a line 2: the file is cut or damaged")
            name = first = None
        elif name and not starts_set:
            yield _refuse(name, name, "a name without element lines after it")
            name = None
        if starts_set:
            first = line
        else:
            name = line


def _pair(name: _Line | None, first: _Line | None, second: _Line) -> Located | Refusal:
    if first is None:
        return _refuse(name, second, "a line 2 without a line 1: the file is cut or damaged")
    try:
        return Located(_element_set(_name(name), first.text, second.text), first.number)
    except TleError as error:
        return _refuse(name, first, str(error))


def _refuse(name: _Line | None, line: _Line, reason: str) -> Refusal:
    try:
        norad_id = _catalog_number(line.text[2:7])
    except TleError:
        norad_id = None
    return Refusal(line=line.number, norad_id=norad_id, name=_name(name), reason=reason)


def _name(line: _Line | None) -> str:
    return clean_name(line.text.removeprefix("0 ")) if line else ""


def _element_set(name: str, first: str, second: str) -> ElementSet:
    one, two = _fields(first), _fields(second)
    if one["number"] != two["number"]:
        raise ElementError(
            field="catalog number of line 2",
            value=two["number"],
            expected=f"{one['number']!r} as in line 1",
        )
    return ElementSet(
        norad_id=_catalog_number(one["number"]),
        name=name,
        international_designator=_designator(one["designator"].strip()),
        classification=one["classification"].strip().upper() or "U",
        epoch=_epoch(one["year"], one["day"], one["day_fraction"]),
        mean_motion_rev_per_day=float(two["motion"]),
        eccentricity=float("0." + two["eccentricity"].replace(" ", "0")),
        inclination_deg=float(two["inclination"]),
        raan_deg=float(two["raan"]),
        argument_of_perigee_deg=float(two["perigee"]),
        mean_anomaly_deg=float(two["anomaly"]),
        mean_motion_dot_rev_per_day2=float(one["dot"]),
        mean_motion_ddot_rev_per_day3=_implied_point(one["ddot"]),
        bstar_per_earth_radius=_implied_point(one["bstar"]),
        element_set_no=int(one["set_no"].strip() or 0),
        revolution_at_epoch=int(two["revolution"].strip() or 0),
        ephemeris_type=int(one["ephemeris_type"].strip() or 0),
    )


def _fields(line: str) -> dict[str, str]:
    """Return the columns of one line, once its length, columns and checksum are right."""
    kind = line[0]
    wrong = partial(LineError, template=_TEMPLATES[kind], text=line)
    if len(line) != _LENGTH:
        raise wrong(problem=f"line {kind} has {len(line)} characters; expected {_LENGTH}:")
    columns = _COLUMNS[kind].fullmatch(line)
    if columns is None:
        raise wrong(problem=f"line {kind} does not fit the columns of the format:")
    for name, field in columns.groupdict().items():
        if name not in _MAY_HOLD_BLANKS and " " in field.lstrip():
            span = f"columns {columns.start(name) + 1} to {columns.end(name)}"
            raise wrong(problem=f"line {kind} has a blank after a digit in {span}:")
    found, expected = int(line[-1]), _checksum(line)
    if found != expected:
        raise wrong(
            problem=f"line {kind} ends with checksum {found}; expected {expected}, "
            "so a character has changed:",
        )
    return columns.groupdict()


def _checksum(line: str) -> int:
    return sum(line[:-1].encode("ascii").translate(_WORTH)) % 10


def _catalog_number(field: str) -> int:
    letter, rest = field[:1], field[1:]
    if letter in _ALPHA5_LETTERS and letter:
        letter = str(_ALPHA5_LETTERS.index(letter) + 10)
    digits = (letter + rest).strip()
    if not (digits.isascii() and digits.isdigit()):
        raise ElementError(
            field="catalog number",
            value=field,
            expected="five digits, or a letter (not I or O) and four digits",
        )
    return int(digits)


def _epoch(year: str, day: str, day_fraction: str) -> datetime:
    day_of_year = int(day.strip() or 0)
    if not 1 <= day_of_year <= 366:  # noqa: PLR2004 - day 366 of common years is in the wild
        raise ElementError(field="day of the epoch", value=day, expected="1 to 366")
    return datetime(_century(year) + int(year), 1, 1, tzinfo=UTC) + timedelta(
        days=day_of_year - 1,
        microseconds=int(day_fraction) * 864,  # 1e-8 day, exactly
    )


def _designator(field: str) -> str:
    parts = _DESIGNATOR.fullmatch(field)
    if parts is None:
        return field
    year, piece = parts.groups()
    return f"{_century(year) + int(year)}-{piece}"


def _century(two_digit_year: str) -> int:
    return 2000 if int(two_digit_year) < _FIRST_SPACE_AGE_YEAR else 1900


def _implied_point(field: str) -> float:
    """Read a number such as `` 12652-3``: a point before the digits, a power of ten after."""
    sign, digits, exponent = field[0], field[1:6], field[6:]
    return float(f"{sign}.{digits}e{exponent.replace(' ', '+')}")
