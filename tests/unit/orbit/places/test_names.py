"""How names become keys."""

import pytest

from orbit.places import normalise


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("São Paulo", "saopaulo"),
        ("SAO  PAULO", "saopaulo"),
        ("Xi'an", "xian"),
        ("Xi’an", "xian"),
        ("İstanbul", "istanbul"),
        ("Diyarbakır", "diyarbakir"),
        ("Straße", "strasse"),
        ("Tromsø", "tromso"),
        ("Ærø", "aero"),
        ("Łódź", "lodz"),
        ("Đà Nẵng", "danang"),
        ("Saint-Étienne", "saintetienne"),
        ("Donostia / San Sebastián", "donostiasansebastian"),
        ("Ｔｏｋｙｏ", "tokyo"),
    ],
)
def test_spelling_does_not_count(name: str, key: str) -> None:
    """Case, accents, apostrophes, hyphens, widths and spaces leave no trace in a key."""
    assert normalise(name) == key


@pytest.mark.parametrize("name", ["St. John's", "St Johns", "Saint John's", "SAINT-JOHN’S"])
def test_saint_is_one_word(name: str) -> None:
    """However Saint is abbreviated, the key is the same."""
    assert normalise(name) == "saintjohns"


def test_st_within_a_word_stays() -> None:
    """Only a whole word abbreviates Saint."""
    assert normalise("Stade") == "stade"


@pytest.mark.parametrize("name", ["北京", "서울", "москва", "القاهرة", "दिल्ली", "กรุงเทพ"])
def test_every_script_keeps_its_letters(name: str) -> None:
    """A key has a letter wherever the name has one, in any script."""
    assert [char for char in name if char.isalpha()] == [
        char for char in normalise(name) if char.isalpha()
    ]


@pytest.mark.parametrize("name", ["São Paulo", "St. John's", "İstanbul", "दिल्ली", "서울", "ガーナ"])
def test_a_key_is_its_own_key(name: str) -> None:
    """Normalising twice changes nothing."""
    assert normalise(normalise(name)) == normalise(name)


@pytest.mark.parametrize("text", ["", "  ", "!?", "—", "\udcff"])
def test_text_without_letters_has_no_key(text: str) -> None:
    """Nothing to look up gives an empty key."""
    assert normalise(text) == ""
