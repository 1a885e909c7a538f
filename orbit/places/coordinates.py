"""Points on Earth written as numbers or as Maidenhead locators."""

import re

from orbit.places.errors import PlaceError

_NUMBER = r"[+-]?\d{1,3}(?:\.\d*)?"
_PAIR = re.compile(rf"({_NUMBER})\s*°?\s*([NS]?)(?:\s*,\s*|\s+)({_NUMBER})\s*°?\s*([EW]?)")
_NUMERIC = re.compile(r"[\d\s.,;:+\-°'\"NSEW]*\d[\d\s.,;:+\-°'\"NSEW]*")
_LOCATOR = re.compile(r"[A-R]{2}\d{2}(?:[A-X]{2}(?:\d{2})?)?")

_MAX_LATITUDE_DEG = 90
_MAX_LONGITUDE_DEG = 180


def parse_coordinates(text: str) -> tuple[float, float] | None:
    """Read latitude and longitude in degrees, north and east positive.

    Understood are ``52.52,13.41``, ``52.52 13.41`` and ``33.87S 151.21E``.

    Returns:
        The pair, or None if the text is not about numbers at all.

    Raises:
        PlaceError: numbers that are no such pair, or that lie off the globe.
    """
    plain = text.strip().upper().replace("\N{MINUS SIGN}", "-")
    if not _NUMERIC.fullmatch(plain):
        return None
    match = _PAIR.fullmatch(plain)
    if not match:
        expected = "latitude and longitude in degrees such as 52.52,13.41 or 33.87S 151.21E"
        raise PlaceError(text, expected=expected, got="numbers in another form")
    north, north_sign, east, east_sign = match.groups()
    latitude_deg = _signed(text, north, north_sign)
    longitude_deg = _signed(text, east, east_sign)
    _require_within(text, "latitude", latitude_deg, _MAX_LATITUDE_DEG, "north")
    _require_within(text, "longitude", longitude_deg, _MAX_LONGITUDE_DEG, "east")
    return latitude_deg, longitude_deg


def parse_locator(text: str) -> tuple[float, float] | None:
    """Return the centre of a Maidenhead square of 4, 6 or 8 characters, or None.

    The result is latitude and longitude in degrees, north and east positive. Source: IARU Region 1
    VHF Managers Handbook, the locator system adopted at Maidenhead in 1980.
    """
    locator = text.strip().upper()
    if not _LOCATOR.fullmatch(locator):
        return None
    longitude_deg, latitude_deg = -180.0, -90.0
    width_deg, height_deg = 20.0, 10.0  # of a field, the first pair of letters
    for index in range(0, len(locator), 2):
        zero = "A" if locator[index].isalpha() else "0"
        if index:
            parts = 24 if zero == "A" else 10
            width_deg, height_deg = width_deg / parts, height_deg / parts
        longitude_deg += (ord(locator[index]) - ord(zero)) * width_deg
        latitude_deg += (ord(locator[index + 1]) - ord(zero)) * height_deg
    return latitude_deg + height_deg / 2, longitude_deg + width_deg / 2


def _signed(text: str, number: str, side: str) -> float:
    if side and number[0] in "+-":
        raise PlaceError(text, expected="a sign or a letter", got=f"both in {number}{side}")
    value_deg = float(number)
    return -value_deg if side in ("S", "W") else value_deg


def _require_within(text: str, name: str, value_deg: float, limit_deg: int, positive: str) -> None:
    if abs(value_deg) > limit_deg:
        expected = f"a {name} from -{limit_deg} to {limit_deg} degrees, {positive} positive"
        raise PlaceError(text, expected=expected, got=f"{value_deg:g}")
