"""How near a misspelt key is."""

import pytest

from orbit.places.spelling import edits_between, near_pattern


@pytest.mark.parametrize(
    ("key", "other", "edits"),
    [
        ("berlin", "berlin", 0),
        ("berln", "berlin", 1),
        ("berliin", "berlin", 1),
        ("barlin", "berlin", 1),
        ("belrin", "berlin", 1),
        ("cincinatti", "cincinnati", 2),
        ("amstredm", "amsterdam", 2),
        ("saopaolo", "saopaulo", 1),
    ],
)
def test_misspellings_are_counted(key: str, other: str, edits: int) -> None:
    """A letter dropped, doubled, replaced or swapped is one misspelling."""
    assert edits_between(key, other) == edits


@pytest.mark.parametrize(("key", "other"), [("prias", "paris"), ("amsterdam", "rotterdam")])
def test_distant_keys_are_refused(key: str, other: str) -> None:
    """Short keys bear one misspelling, long keys two."""
    assert edits_between(key, other) is None


@pytest.mark.parametrize("name", ["amsterdam", "мюнхен", "서울특별시", "ban"])
def test_the_sieve_holds_every_single_misspelling(name: str) -> None:
    """Whichever letter is dropped, replaced, doubled or swapped, the sieve lets the name pass."""
    line = f"\n{name}\t1".encode()
    for i, letter in enumerate(name):
        before, after = name[:i], name[i + 1 :]
        wrongs = {before + after, f"{before}x{after}", before + letter + letter + after}
        wrongs.add(before + after[:1] + letter + after[1:])
        for wrong in wrongs:
            match = near_pattern(wrong).match(line)
            assert match, wrong
            assert match[1] == line[1:]


def test_marks_of_patterns_are_letters_here() -> None:
    """A key is matched as it is, whatever it holds."""
    assert near_pattern("...").match(b"\n...\t1")
    assert not near_pattern("...").match(b"\nabc\t1")
