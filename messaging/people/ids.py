"""Ids that give a person away, what is stored instead, and how errors quote what was typed."""

import hmac
import re
import unicodedata

_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015\u2212]+")
# UUIDs, hashes and unbroken numbers too long for a telephone (ITU-T E.164: 15 digits).
_OPAQUE = re.compile(
    r"(?<![0-9a-z])([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,})(?![0-9a-z])",
    re.IGNORECASE,
)
_BETWEEN = r"[\W_]{0,3}"  # what people write between two digits of a number
_PHONE = re.compile(
    rf"(?:[+(]|\btel:){_BETWEEN}(?:\d{_BETWEEN}){{7}}|(?:\d{_BETWEEN}){{10}}", re.IGNORECASE
)
_HASH_DIGITS = 32
_QUOTED = 40


def looks_personal(text: str) -> bool:
    """Tell whether a text holds what may be an e-mail address or a phone number.

    That is an ``@``; or at least 7 digits after a plus, an opening parenthesis or ``tel:``; or at
    least 10 digits. Up to three signs that are no letters may stand between two digits. UUIDs, and
    16 or more hexadecimal digits in a row, are neither. So ``c-001``, ``demo-000123`` and
    ``20260101`` are ordinary; ``INV-2026-000123`` is not, for it may as well be a number.
    """
    plain = unicodedata.normalize("NFKC", text)
    return "@" in plain or _PHONE.search(_OPAQUE.sub("x", plain)) is not None


def hashed_id(customer_id: str, key: bytes) -> str:
    """Return what stands for a personal id: the same for each spelling, and not to be undone.

    Without the key, all phone numbers could be tried in minutes.
    """
    folded = unicodedata.normalize("NFKC", customer_id).casefold()
    spelling = folded if "@" in folded else _PUNCTUATION.sub("", folded)
    return hmac.digest(key, spelling.encode(), "sha256").hex()[:_HASH_DIGITS]


def quoted(cell: str, *, length: int = _QUOTED) -> str:
    """Return the start of a cell as an error may repeat it, or words where it looks personal."""
    return "what looks personal" if looks_personal(cell) else repr(cell[:length])
