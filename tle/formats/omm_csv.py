"""OMM as CSV: a header of OMM field names, then one element set a line (CelesTrak's default)."""

import csv
from collections.abc import Iterable, Iterator

from tle.elements import ElementSet
from tle.errors import NotElements, TleError
from tle.formats import omm
from tle.formats.base import Located, Refusal, numbered_lines


def recognises(text: str) -> bool:
    """Tell whether the first line is a list of columns with an OMM field among them."""
    header = next(numbered_lines(text), None)
    if header is None or header[1].startswith("0 "):  # the name line of a TLE
        return False
    return omm.is_omm(header[1].replace('"', "").replace(" ", "").split(","))


def read(text: str, *, source: str) -> Iterator[Located | Refusal]:
    """Yield every set of the text; see ``base.Format``."""
    lines = numbered_lines(text)
    _, header = next(lines)
    columns = _cells(header)
    missing = [key for key in omm.MANDATORY if key not in columns]
    twice = [key for key in omm.CSV_COLUMNS if columns.count(key) > 1]
    if missing or twice:
        raise NotElements(
            source=source,
            reason=f"CSV {'without' if missing else 'with two of'} the columns "
            f"{', '.join(missing or twice)}",
            advice="expected the CSV form of OMM, as CelesTrak gives with FORMAT=CSV",
        )
    for number, line in lines:
        yield _entry(number, line, columns)


def write(element_sets: Iterable[ElementSet]) -> Iterator[str]:
    """Yield the header and a line for each set; every value is exact. See ``base.Format``."""
    yield ",".join(omm.CSV_COLUMNS) + "\n"
    for element_set in element_sets:
        fields = omm.to_fields(element_set)
        yield ",".join(_quoted(str(fields[key])) for key in omm.CSV_COLUMNS) + "\n"


def _quoted(value: str) -> str:
    if '"' in value or "," in value or value.startswith("#"):  # a line starting with # is a comment
        return '"' + value.replace('"', '""') + '"'
    return value


def _entry(number: int, line: str, columns: list[str]) -> Located | Refusal:
    cells = _cells(line)
    fields = dict(zip(columns, cells, strict=False))  # as far as a cut line goes
    if len(cells) != len(columns):
        reason = f"{len(cells)} values for {len(columns)} columns: the line is cut or damaged"
        return omm.refusal(number, fields, reason)
    try:
        return Located(omm.from_texts(fields), number)
    except TleError as error:
        return omm.refusal(number, fields, str(error))


def _cells(line: str) -> list[str]:
    """Split one line; no OMM value spans lines, so a stray quote spoils only its own."""
    if '"' not in line:
        return list(map(str.strip, line.split(",")))
    try:
        return list(map(str.strip, next(csv.reader([line]))))
    except csv.Error:  # a value longer than any field is
        return []
