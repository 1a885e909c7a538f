"""What the columns of a TLE hold, both ways: from characters to a value, and back.

Columns: Hoots and Roehrich, Spacetrack Report #3; CelesTrak, "NORAD Two-Line Element Set Format".
Alpha-5 catalog numbers: Space-Track documentation.
"""

import re
from datetime import UTC, datetime, timedelta

from tle.elements import ElementSet
from tle.errors import ElementError

_ALPHA5_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # I and O would be read as 1 and 0
_LAST_ALPHA5_NUMBER = 339_999
_FIRST_SPACE_AGE_YEAR = 57  # two-digit years below it are of this century
_EPOCH_YEARS = range(1957, 2057)
_EPOCH_STEP = timedelta(microseconds=864)  # 1e-8 day, exactly
_WORTH = bytes(
    int(chr(code)) if chr(code) in "0123456789" else chr(code) == "-" for code in range(256)
)
"""What each character adds to a checksum: digits their value, a minus sign 1."""
_DESIGNATOR = re.compile(r"(\d\d)(\d{3}[A-Z]{1,3})", re.ASCII)
_DESIGNATOR_COLUMNS = re.compile(r"[\w ]{,8}", re.ASCII)
_FULL_TURN_DEG = 360.0
_LARGEST_EXPONENT = 9  # one digit and its sign


def checksum(line: str) -> int:
    """Return the last digit that an ASCII line of 69 characters should have."""
    return sum(line[:68].encode("ascii").translate(_WORTH)) % 10


def read_catalog_number(field: str) -> int:
    """Read five digits, padded by blanks, or Alpha-5.

    Raises:
        ElementError: it is neither.
    """
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


def write_catalog_number(norad_id: int) -> str:
    """Write a number in five characters, from 100000 on as Alpha-5.

    Raises:
        ElementError: it is larger than Alpha-5 can say.
    """
    if norad_id > _LAST_ALPHA5_NUMBER:
        raise ElementError(
            field="norad_id", value=norad_id, expected=f"at most {_LAST_ALPHA5_NUMBER}"
        )
    leading, rest = divmod(norad_id, 10_000)
    return f"{leading if leading < 10 else _ALPHA5_LETTERS[leading - 10]}{rest:04}"  # noqa: PLR2004 - the first letter is a 10


def read_epoch(year: str, day: str, day_fraction: str) -> datetime:
    """Read an epoch from its two digits, its day of the year and eight digits of the day.

    Raises:
        ElementError: no year has this day.
    """
    day_of_year = int(day.strip() or 0)
    if not 1 <= day_of_year <= 366:  # noqa: PLR2004 - day 366 of common years is in the wild
        raise ElementError(field="day of the epoch", value=day, expected="1 to 366")
    return datetime(_century(year) + int(year), 1, 1, tzinfo=UTC) + timedelta(
        day_of_year - 1, 0, int(day_fraction) * 864
    )


def write_epoch(epoch: datetime) -> str:
    """Write an epoch, rounded to 1e-8 day, in 14 characters.

    Raises:
        ElementError: it is of a year that two digits do not tell.
    """
    midnight = epoch.replace(hour=0, minute=0, second=0, microsecond=0)
    steps = (epoch - midnight + _EPOCH_STEP / 2) // _EPOCH_STEP
    rounded = midnight + steps * _EPOCH_STEP  # perhaps the next midnight, or the next year
    if rounded.year not in _EPOCH_YEARS:
        raise ElementError(field="epoch", value=f"{epoch:%Y-%m-%d}", expected="1957 to 2056")
    return f"{rounded:%y%j}.{steps % 100_000_000:08}"


def read_designator(field: str) -> str:
    """Read an international designator, and give its year four digits if it has one."""
    parts = _DESIGNATOR.fullmatch(field)
    if parts is None:
        return field
    year, piece = parts.groups()
    return f"{_century(year) + int(year)}-{piece}"


def write_designator(designator: str) -> str:
    """Write an international designator in 8 characters.

    Raises:
        ElementError: reading them would not give it back.
    """
    launched = designator[:2] in {"19", "20"} and designator[4:5] == "-"
    field = designator[2:4] + designator[5:] if launched else designator
    if not _DESIGNATOR_COLUMNS.fullmatch(field) or read_designator(field) != designator:
        raise ElementError(
            field="international_designator", value=designator, expected="such as 1998-067A"
        )
    return f"{field:8}"


def read_implied_point(field: str) -> float:
    """Read a number such as `` 12652-3``: a point before the digits, a power of ten after."""
    return float(f"{field[0]}.{field[1:6]}e{field[6:].replace(' ', '+')}")


def write_implied_point(name: str, value: float) -> str:
    """Write a number in 8 characters, rounded to five digits (fewer below 1e-10).

    Raises:
        ElementError: it is too large.
    """
    digits, _, power = f"{abs(value):.4e}".partition("e")
    mantissa, exponent = digits.replace(".", ""), int(power) + 1
    if exponent > _LARGEST_EXPONENT:
        raise ElementError(field=name, value=value, expected="less than 1e9 in size")
    if exponent < -_LARGEST_EXPONENT:
        mantissa, exponent = f"{abs(value):.14f}"[-5:], -_LARGEST_EXPONENT
    if not int(mantissa):
        return " 00000+0"
    return f"{'-' if value < 0 else ' '}{mantissa}{exponent:+}"


def write_derivative(element_set: ElementSet) -> str:
    """Write the first derivative of mean motion in 10 characters, rounded to 1e-8.

    Raises:
        ElementError: it is 1 or more.
    """
    value = element_set.mean_motion_dot_rev_per_day2
    whole, _, fraction = f"{abs(value):.8f}".partition(".")
    if whole != "0":
        raise ElementError(
            field="mean_motion_dot_rev_per_day2", value=value, expected="less than 1 in size"
        )
    return f"{'-' if value < 0 and fraction.strip('0') else ' '}.{fraction}"


def write_eccentricity(eccentricity: float) -> str:
    """Write an eccentricity in 7 digits, rounded.

    Raises:
        ElementError: they would all be 9 and round up to 1.
    """
    whole, _, fraction = f"{abs(eccentricity):.7f}".partition(".")
    if whole != "0":
        raise ElementError(field="eccentricity", value=eccentricity, expected="at most 0.9999999")
    return fraction


def write_angle(angle_deg: float) -> str:
    """Write an angle in 8 characters, rounded to 1e-4 deg, from 0 to below a full turn."""
    return f"{round(angle_deg % _FULL_TURN_DEG, 4) % _FULL_TURN_DEG:8.4f}"


def write_mean_motion(mean_motion_rev_per_day: float) -> str:
    """Write a mean motion in 11 characters, rounded to 1e-8 revolutions a day.

    Raises:
        ElementError: it would round down to nothing.
    """
    field = f"{mean_motion_rev_per_day:11.8f}"
    if not float(field):
        raise ElementError(
            field="mean_motion_rev_per_day", value=mean_motion_rev_per_day, expected="1e-8 or more"
        )
    return field


def _century(two_digit_year: str) -> int:
    return 2000 if int(two_digit_year) < _FIRST_SPACE_AGE_YEAR else 1900
