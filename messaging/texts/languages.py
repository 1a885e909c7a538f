"""Which of a campaign's languages a customer reads, and how dates and numbers look in it."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import parse_locale


def canonical_language(tag: str) -> str | None:
    """Return a tag as BCP 47 writes it (``pt-BR``), or ``None`` if there is no such language."""
    tag = tag.replace("_", "-")
    try:
        Locale.parse(tag, sep="-")
        language, territory, script, variant = parse_locale(tag, sep="-")[:4]
    except (UnknownLocaleError, ValueError):
        return None
    return "-".join(part for part in (language, script, territory, variant) if part)


@lru_cache(maxsize=4_096)
def choose_language(available: tuple[str, ...], default: str, wanted: str) -> tuple[str, Locale]:
    """Return the text to use for a customer's tag, and the locale to format it in.

    Tries the tag as it is, then with its script but without its region, then ever shorter, then
    the default. The locale is that of the text, in the customer's region where both are written
    alike: ``pt`` for a customer in Brazil says dates as ``pt_BR`` does.
    """
    tag = wanted.replace("_", "-")
    while tag and canonical_language(tag) is None:
        tag = tag.rpartition("-")[0]
    if not tag:
        return default, Locale.parse(default, sep="-")
    theirs = Locale.parse(tag, sep="-")
    candidates = (
        canonical_language(tag),
        str(theirs).replace("_", "-"),
        f"{theirs.language}-{theirs.script}",
        f"{theirs.language}-{theirs.territory}",
        theirs.language,
    )
    chosen = next((c for c in candidates if c in available), default)
    ours = Locale.parse(chosen, sep="-")
    alike = ours.territory is None and (ours.language, ours.script) == (
        theirs.language,
        theirs.script,
    )
    return chosen, theirs if alike else ours
