"""One spelling for the many ways of writing a place name."""

import re
import unicodedata

# Letters that Unicode does not take apart, and Arabic letters that keyboards use interchangeably.
_LETTERS = str.maketrans(
    {
        "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h",
        "ı": "i", "ŋ": "n", "ŧ": "t", "ə": "e", "ی": "ي", "ى": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه",
    }
)  # fmt: skip

_SEPARATORS = re.compile(
    r"[\s!-/:-@\[-`{-~\u00a1-\u00bf\u02b0-\u02ff\u05f3\u05f4\u2000-\u206f\u3000-\u303f\u30fb\ud800-\udfff]+"
)

_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "sankt": "saint"}


def normalise(name: str) -> str:
    """Return the key under which a name is stored and looked up.

    Case, accents, apostrophes, dots, hyphens and spaces do not count, and "St." is "Saint"; letters
    of every script are kept. So "São Paulo" becomes ``saopaulo`` and "St. John's" ``saintjohns``.
    The key is empty for a text without letters or digits.
    """
    letters = name.casefold() if name.isascii() else _plain_letters(name)
    words = _SEPARATORS.sub(" ", letters).split()
    return "".join(_ABBREVIATIONS.get(word, word) for word in words)


def _plain_letters(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare.translate(_LETTERS))
