"""Which keys a misspelt one may have meant."""

import itertools
import re

_PIECES = 3
_LONG_KEY = 7


def allowed_edits(key: str) -> int:
    """Return how many misspellings a key of this length may hold."""
    return 2 if len(key) >= _LONG_KEY else 1


def near_pattern(key: str) -> re.Pattern[bytes]:
    """Return a pattern for a newline and a table's line whose key may be near.

    One of three pieces of the key survives two edits unharmed and moves by two letters at most: a
    coarse sieve, but it runs at the speed of regular expressions. (It loses the rare key where one
    of two edits swaps the letters on both sides of a border.)
    """
    edits = allowed_edits(key)
    borders = [len(key) * piece // _PIECES for piece in range(_PIECES + 1)]
    alternatives = (
        _about(key[:start], edits) + re.escape(key[start:end].encode()) + _about(key[end:], edits)
        for start, end in itertools.pairwise(borders)
    )
    return re.compile(rb"\n((?:" + b"|".join(alternatives) + rb")\t.*)")


def edits_between(key: str, other: str) -> int | None:
    """Return how many misspellings turn one key into another; None for more than are allowed.

    A misspelling is a letter inserted, dropped, replaced or swapped with its neighbour (optimal
    string alignment).
    """
    allowed = allowed_edits(key)
    if len(set(key) - set(other)) > allowed:  # spares most keys the table of distances
        return None
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, letter in enumerate(key):
        row = [i + 1]
        for j, other_letter in enumerate(other):
            edits = min(above[j] + (letter != other_letter), above[j + 1] + 1, row[j] + 1)
            if i and j and letter == other[j - 1] and other_letter == key[i - 1]:
                edits = min(edits, before[j - 1] + 1)
            row.append(edits)
        before, above = above, row
    return above[-1] if above[-1] <= allowed else None


def _about(text: str, edits: int) -> bytes:
    """Match any bytes of the length of a text, give or take some letters of its script."""
    size = len(text.encode())
    slack = edits * max((len(letter.encode()) for letter in text), default=1)
    return rb"[^\t]{%d,%d}" % (max(0, size - slack), size + slack)
