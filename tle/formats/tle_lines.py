"""Two-line element sets, with or without a name line before each (TLE, 3LE).

What stands in which columns is said here, what it means in ``tle_columns``.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tle.elements import ElementSet
from tle.errors import ElementError, LineError, TleError
from tle.formats import tle_columns as columns
from tle.formats.base import (
    Located,
    Refusal,
    clean_name,
    is_marked,
    marked_name,
    numbered_lines,
    shorten,
)

_LENGTH = 69

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
_BLANKS_ONLY_BEFORE = {
    "1": ("number", "day", "set_no"),
    "2": (
        "number",
        "inclination",
        "raan",
        "eccentricity",
        "perigee",
        "anomaly",
        "motion",
        "revolution",
    ),
}
"""The columns in which a blank after a digit means that characters of the line have moved."""
_GAP = re.compile(r"\d ", re.ASCII)
_NO_LINES = "a name without element lines after it"
_NO_LINE_2 = "a line 1 without a line 2: the file is cut or damaged"
_ELEMENT_LINE = re.compile(r"^[ \t]*[12] +[A-Z]?\d+", re.MULTILINE | re.ASCII)


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
    for line in map(_Line._make, numbered_lines(text)):
        kind = line.text[:2]
        if kind == "2 ":
            yield _pair(name, first, line)
            name = first = None
            continue
        if first:
            yield _refuse(name, first, _NO_LINE_2)
            name = first = None
        if kind == "1 ":
            first = line
            continue
        if name:
            yield _refuse(name, name, _NO_LINES)
        name = line
    if first:
        yield _refuse(name, first, _NO_LINE_2)
    elif name:
        yield _refuse(name, name, _NO_LINES)


def write(element_sets: Iterable[ElementSet]) -> Iterator[str]:
    """Yield two lines for each set, and its name before them if it has one; see ``base.Format``.

    Values are rounded to the columns: the epoch to 1e-8 day, angles to 1e-4 deg (and taken into 0
    to 360), eccentricity to 1e-7, mean motion and its first derivative to 1e-8, its second
    derivative and BSTAR to five digits. The number of the set is written modulo 10,000, the
    revolution modulo 100,000. Whatever came from a TLE comes out unchanged.
    """
    for element_set in element_sets:
        try:
            lines = _line_1(element_set), _line_2(element_set)
        except ElementError as error:
            raise ElementError(
                field=f"{error.field} of satellite {element_set.norad_id}",
                value=error.value,
                expected=f"{error.expected} in a TLE; use an OMM format such as omm-csv instead",
            ) from None
        name = marked_name(element_set)
        yield (f"0 {name}\n" if name else "") + "".join(
            f"{line}{columns.checksum(line)}\n" for line in lines
        )


def _line_1(element_set: ElementSet) -> str:
    if not (len(element_set.classification) == 1 and element_set.classification.isupper()):
        raise ElementError(
            field="classification", value=element_set.classification, expected="one letter"
        )
    ddot = element_set.mean_motion_ddot_rev_per_day3
    return (
        f"1 {columns.write_catalog_number(element_set.norad_id)}{element_set.classification}"
        f" {columns.write_designator(element_set.international_designator)}"
        f" {columns.write_epoch(element_set.epoch)} {columns.write_derivative(element_set)}"
        f" {columns.write_implied_point('mean_motion_ddot_rev_per_day3', ddot)}"
        f" {columns.write_implied_point('bstar', element_set.bstar_per_earth_radius)}"
        f" {element_set.ephemeris_type} {element_set.element_set_no % 10_000:4}"
    )


def _line_2(element_set: ElementSet) -> str:
    return (
        f"2 {columns.write_catalog_number(element_set.norad_id)}"
        f" {columns.write_angle(element_set.inclination_deg)}"
        f" {columns.write_angle(element_set.raan_deg)}"
        f" {columns.write_eccentricity(element_set.eccentricity)}"
        f" {columns.write_angle(element_set.argument_of_perigee_deg)}"
        f" {columns.write_angle(element_set.mean_anomaly_deg)}"
        f" {columns.write_mean_motion(element_set.mean_motion_rev_per_day)}"
        f"{element_set.revolution_at_epoch % 100_000:5}"
    )


def _pair(name: _Line | None, first: _Line | None, second: _Line) -> Located | Refusal:
    if first is None:
        return _refuse(name, second, "a line 2 without a line 1: the file is cut or damaged")
    try:
        return Located(_element_set(_name(name), first.text, second.text), first.number)
    except TleError as error:
        return _refuse(name, first, str(error))


def _refuse(name: _Line | None, line: _Line, reason: str) -> Refusal:
    try:
        norad_id = columns.read_catalog_number(line.text[2:7])
    except TleError:
        norad_id = None
    return Refusal(line=line.number, norad_id=norad_id, name=_name(name), reason=reason)


def _name(line: _Line | None) -> str:
    return clean_name(line.text.removeprefix("0 ")) if line else ""


def _element_set(name: str, first: str, second: str) -> ElementSet:
    number, classification, designator, year, day, fraction, dot, ddot, bstar, type_, set_no = (
        _fields(first, "1")
    )
    number_2, inclination, raan, eccentricity, perigee, anomaly, motion, revolution = _fields(
        second, "2"
    )
    if number != number_2:
        raise ElementError(
            field="catalog number of line 2",
            value=number_2,
            expected=f"{number!r} as in line 1",
        )
    return ElementSet(
        norad_id=columns.read_catalog_number(number),
        name=name,
        international_designator=columns.read_designator(designator.strip()),
        classification=classification.strip().upper() or "U",
        epoch=columns.read_epoch(year, day, fraction),
        mean_motion_rev_per_day=float(motion),
        eccentricity=float("0." + eccentricity.replace(" ", "0")),
        inclination_deg=float(inclination),
        raan_deg=float(raan),
        argument_of_perigee_deg=float(perigee),
        mean_anomaly_deg=float(anomaly),
        mean_motion_dot_rev_per_day2=float(dot),
        mean_motion_ddot_rev_per_day3=columns.read_implied_point(ddot),
        bstar_per_earth_radius=columns.read_implied_point(bstar),
        element_set_no=int(set_no.strip() or 0),
        revolution_at_epoch=int(revolution.strip() or 0),
        ephemeris_type=int(type_.strip() or 0),
        synthetic=is_marked(name),
    )


def _fields(line: str, kind: str) -> tuple[str, ...]:
    """Return the columns of one line, once its length, columns and checksum are right."""
    match = _COLUMNS[kind].fullmatch(line)
    if match is None:
        if len(line) != _LENGTH:
            raise _wrong(line, kind, f"has {len(line)} characters; expected {_LENGTH}:")
        raise _wrong(line, kind, "does not fit the columns of the format:")
    names = _BLANKS_ONLY_BEFORE[kind]
    fields = match.group(*names)
    if _GAP.search("|".join(fields)):
        name = next(name for name, field in zip(names, fields, strict=True) if _GAP.search(field))
        span = f"columns {match.start(name) + 1} to {match.end(name)}"
        raise _wrong(line, kind, f"has a blank after a digit in {span}:")
    found, expected = line[-1], columns.checksum(line)
    if found != str(expected):
        raise _wrong(
            line,
            kind,
            f"ends with checksum {found}; expected {expected}, so a character has changed:",
        )
    return match.groups()


def _wrong(line: str, kind: str, problem: str) -> LineError:
    shown = "".join(each if each.isprintable() else "?" for each in shorten(line))
    return LineError(problem=f"line {kind} {problem}", template=_TEMPLATES[kind], text=shown)
