"""Ids that give a person away, and what is stored instead."""

import hmac
import re

__all__ = ["hashed_id", "looks_personal"]

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_PUNCTUATION = re.compile(r"[\s().\-/]+")
_PHONE = re.compile(r"\+\d{7,15}|\d{10,15}")
_HASH_DIGITS = 32


def looks_personal(customer_id: str) -> bool:
    """Tell whether an id looks like an e-mail address or a phone number.

    A phone number is a plus and 7 to 15 digits, or 10 to 15 digits, however punctuated.
    """
    bare = _PUNCTUATION.sub("", customer_id)
    return bool(_ADDRESS.fullmatch(customer_id) or _PHONE.fullmatch(bare))


def hashed_id(customer_id: str, key: bytes) -> str:
    """Return what stands for a personal id: the same for each spelling, and not to be undone.

    Without the key, all phone numbers could be tried in minutes.
    """
    is_address = "@" in customer_id
    spelling = customer_id.casefold() if is_address else _PUNCTUATION.sub("", customer_id)
    return hmac.digest(key, spelling.encode(), "sha256").hex()[:_HASH_DIGITS]
