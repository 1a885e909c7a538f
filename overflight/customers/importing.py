"""From a file of customers to the database, a batch at a time."""

import codecs
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

from messaging.errors import CustomerFileError, CustomerRowError
from messaging.people.importing.cities import CityFinder
from messaging.people.importing.csv_lines import Header, Line, read_header, read_lines
from messaging.people.importing.rows import CustomerRow, RowParser
from messaging.people.writing import Changes, find_changes, store_changes
from orbit.places import bundled_gazetteer
from overflight.errors import OverflightError
from overflight.files import create_private
from overflight.home import create_home
from tle.storage.port import Database
from tle.times import to_ms

BATCH_LINES = 5_000
KEY_FILE = "id-hash.key"
_KEY_BYTES = 32
_BLOCK_BYTES = 1 << 20
_MAY_BE_MISSING = ("name", "email", "language", "horizon_mask")

Save = Callable[[Sequence[CustomerRow], Collection[str]], Changes]
"""Takes rows, and the fields the file does not tell; returns what they changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """A file that can be imported, whatever its rows are like."""

    path: Path
    encoding: str
    header: Header
    lines: int

    @contextmanager
    def opened(self) -> Iterator[TextIO]:
        """Open it as text, its line ends as they are: a quoted cell may hold some."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            yield file


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What became of some lines of the file."""

    last_line: int
    changes: Changes
    refusals: Sequence[tuple[int, CustomerRowError]]
    """Lines, and why they were refused."""
    unclear: Counter[str]
    """Why something was said of consent and nothing recorded, and in how many rows."""


def check_file(path: Path, *, attributes: Collection[str] = ()) -> CheckedFile:
    """Make sure, before anything is stored, that all of a file is text and its columns are known.

    Args:
        path: the file.
        attributes: columns that are attributes although they look like misspelt known ones.

    Raises:
        OSError: it cannot be read.
        CustomerFileError: it is no file, not UTF-8 (UTF-16 is fine if its first bytes say so), or
            its header cannot be used.
    """
    if path.exists() and not path.is_file():
        raise CustomerFileError("expected a file, got something else", source=str(path))
    with path.open("rb") as file:
        start = file.read(2)
    encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    lines = _count_lines(path, encoding)
    with path.open(encoding=encoding, newline="") as text:
        header = read_header(text.readline(), source=str(path), attributes=attributes)
    return CheckedFile(path=path, encoding=encoding, header=header, lines=lines)


def import_customers(
    checked: CheckedFile,
    *,
    save: Save,
    grid_deg: float,
    now: datetime,
    id_key: bytes | None = None,
) -> Iterator[Batch]:
    """Import a file and tell after each batch what it changed.

    Args:
        checked: the file.
        save: ``save_in(...)`` or ``try_on(...)``.
        grid_deg: grid to which positions are rounded.
        now: the time of the import, aware.
        id_key: key to hash personal ids with; without it they are refused.
    """
    parser = RowParser(
        header=checked.header,
        finder=CityFinder(bundled_gazetteer()),
        grid_deg=grid_deg,
        now_ms=to_ms(now),
        id_key=id_key,
    )
    not_told = [name for name in _MAY_BE_MISSING if name not in checked.header.columns]
    line_of: dict[str, int] = {}
    with checked.opened() as text:
        text.readline()
        lines = read_lines(text, checked.header)
        while batch := list(islice(lines, BATCH_LINES)):
            rows, refusals = _parse(batch, parser, line_of)
            yield Batch(
                last_line=batch[-1].number,
                changes=save(rows, not_told),
                refusals=refusals,
                unclear=Counter(row.consent.unclear for row in rows if row.consent.unclear),
            )


def save_in(database: Database, *, now: datetime) -> Save:
    """Return a way to store each batch in a transaction of its own."""

    def save(rows: Sequence[CustomerRow], not_told: Collection[str]) -> Changes:
        with database.writing() as transaction:
            changes = find_changes(transaction, rows, not_told=not_told)
            store_changes(transaction, changes, now=now)
        return changes

    return save


def try_on(database: Database | None) -> Save:
    """Return a way to compare each batch with what is stored, if anything is, and store nothing."""

    def save(rows: Sequence[CustomerRow], not_told: Collection[str]) -> Changes:
        if database is None:
            return Changes(added=rows, updated=(), unchanged=0, consent=())
        with database.reading() as reader:
            return find_changes(reader, rows, not_told=not_told)

    return save


def load_id_key(home: Path, *, create: bool) -> bytes:
    """Return the key of this home for hashing ids; without ``create``, a new one is not kept.

    Raises:
        OverflightError: the key file is damaged.
    """
    path = home / KEY_FILE
    new = secrets.token_bytes(_KEY_BYTES)
    if create:
        create_home(home)
        with suppress(FileExistsError):
            create_private(path, new)
    key = path.read_bytes() if path.exists() else new
    if len(key) != _KEY_BYTES:
        raise OverflightError(
            f"{path}: expected {_KEY_BYTES} bytes, got {len(key)}; restore it from a copy: with "
            "another key, customers whose ids were hashed would be added again"
        )
    return key


def _count_lines(path: Path, encoding: str) -> int:
    lines = 1
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            try:
                text = decoder.decode(block, final=len(block) < _BLOCK_BYTES)
            except UnicodeDecodeError as error:
                lines += block[: error.start].count(b"\n")
                got = "a byte that is not"
            else:
                got = "a zero byte" if "\0" in text else ""
                lines += text.partition("\0")[0].count("\n")
            if got:
                expected = f"expected text in UTF-8, got {got}; save the file as CSV UTF-8"
                raise CustomerFileError(expected, source=str(path), line=lines)
    return lines


def _parse(
    lines: Sequence[Line], parser: RowParser, line_of: dict[str, int]
) -> tuple[list[CustomerRow], list[tuple[int, CustomerRowError]]]:
    """Return the good rows, and the others' lines and errors; remember the line of each id."""
    rows, refusals = [], []
    for line in lines:
        try:
            rows.append(_parse_line(line, parser, line_of))
        except CustomerRowError as error:
            refusals.append((line.number, error))
    return rows, refusals


def _parse_line(line: Line, parser: RowParser, line_of: dict[str, int]) -> CustomerRow:
    if isinstance(line.cells, CustomerRowError):
        raise line.cells
    row = parser.parse(line.cells)
    first = line_of.setdefault(row.customer.customer_id, line.number)
    if first != line.number:
        problem = f"expected each id once, got that of line {first} again; remove one"
        raise CustomerRowError(problem, column="id")
    return row
