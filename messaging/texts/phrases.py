"""Words and digits that Babel does not know: compass directions and native numerals."""

from babel import Locale

_SECTOR_DEG = 45.0

# Eight points clockwise from north, in the form that follows "towards" in each language.
_COMPASS = {
    "en": "north northeast east southeast south southwest west northwest",
    "ar": "الشمال|الشمال الشرقي|الشرق|الجنوب الشرقي|الجنوب|الجنوب الغربي|الغرب|الشمال الغربي",
    "de": "Norden Nordosten Osten Südosten Süden Südwesten Westen Nordwesten",
    "es": "norte noreste este sureste sur suroeste oeste noroeste",
    "fr": "nord nord-est est sud-est sud sud-ouest ouest nord-ouest",
    "hi": "उत्तर उत्तर-पूर्व पूर्व दक्षिण-पूर्व दक्षिण दक्षिण-पश्चिम पश्चिम उत्तर-पश्चिम",
    "ja": "北 北東 東 南東 南 南西 西 北西",
    "pt": "norte nordeste leste sudeste sul sudoeste oeste noroeste",
    "ru": "север северо-восток восток юго-восток юг юго-запад запад северо-запад",
    "zh": "北 东北 东 东南 南 西南 西 西北",
    "zh_Hant": "北 東北 東 東南 南 西南 西 西北",
}
_POINTS = {
    name: tuple(words.split("|" if "|" in words else None)) for name, words in _COMPASS.items()
}

# The digit zero of each decimal numbering system that is some locale's default (CLDR).
_ZEROS = {
    "adlm": "\U0001e950",
    "arab": "\u0660",
    "arabext": "\u06f0",
    "beng": "\u09e6",
    "cakm": "\U00011136",
    "deva": "\u0966",
    "hmnp": "\U0001e140",
    "mtei": "\uabf0",
    "mymr": "\u1040",
    "nkoo": "\u07c0",
    "olck": "\u1c50",
    "tibt": "\u0f20",
}
_DIGITS = {
    system: str.maketrans({str(digit): chr(ord(zero) + digit) for digit in range(10)})
    for system, zero in _ZEROS.items()
}


def compass_word(azimuth_deg: float, locale: Locale) -> str:
    """Return the nearest of eight compass points, in English if the language is not known."""
    points = (
        _POINTS.get(f"{locale.language}_{locale.script}")
        or _POINTS.get(locale.language)
        or _POINTS["en"]
    )
    return points[round(azimuth_deg / _SECTOR_DEG) % len(points)]


def native_digits(text: str, locale: Locale) -> str:
    """Write Western digits in the numerals that the locale uses by default."""
    return text.translate(_DIGITS.get(locale.default_numbering_system, {}))
