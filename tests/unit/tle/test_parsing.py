from importlib import resources

import pytest

from tle import NotElements, parse_elements


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode("latin-1"),
        lambda text: "\ufeff" + text,
    ],
    ids=["utf-8", "utf-8 bom", "utf-16 le", "utf-16 be", "le", "be", "latin-1", "text bom"],
)
@pytest.mark.parametrize(
    "file", [f"iss_css.{each}" for each in ("3le", "json", "csv", "xml", "kvn")]
)
def test_encodings(reference, encode, file):
    """Every usual encoding of a file, accents in names included, gives the same sets."""
    text = (reference / file).read_text().replace("ZARYA", "ZARÉA")
    names = [located.element_set.name for located in parse_elements(encode(text)).sets]
    assert names == ["ISS (ZARÉA)", "CSS (TIANHE)"]


_GP_SAME = (
    "GP data has not updated since your last successful download of GROUP=stations at "
    "2026-10-09 08:00:00 UTC.\nData is updated once every 2 hours."
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b" \r\n\n", "the file is empty"),
        ("# only a comment", "the file is empty"),
        (b"No GP data found", "no such satellite"),
        (_GP_SAME, "nothing has changed"),
        ('Invalid query: "CATNR=1&FORMAT=TLF" (FORMAT=TLF)', "did not understand the query"),
        ("403 Forbidden", "refused the download"),
        ("<!DOCTYPE html><html><title>Sign in</title>", "HTML or XML page titled 'Sign in'"),
        ("<html><pre>1 25544U 98067A </pre>", "HTML or XML page"),
        (b"\x1f\x8b\x08\x00\x9c\xff", "compressed data"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "binary data"),
        (b"\xff\xfe\x00", "no element sets in it"),
        ("[]", "an empty list"),
        (" [\n ] ", "an empty list"),
        ("NO RESULTS RETURNED", "no such satellite"),
        ('[{"error":"You\'ve violated your query rate limit."}]', "refuses more queries for now"),
        ('{"Login":"Failed"}', "wants a login"),
        ("429 Too Many Requests", "refuses more queries for now"),
        ("503 Service Unavailable", "not there at the moment"),
        ('{"type": "FeatureCollection"', "JSON without any element set"),
        ("[" * 100_000, "JSON without any element set"),
        ("1" * 30 + ",2,3", "CSV with unknown columns"),
        ("city,population\nUlm,126000", "CSV with unknown columns: 'city,population'"),
        ("OBJECT_NAME,NORAD_CAT_ID,LAUNCH\nISS,25544,1998", "CSV without the columns EPOCH"),
        ("Dear operator,\nhello", "CSV with unknown columns"),
        ("hello", "no element sets in it; it starts with 'hello'"),
    ],
)
def test_what_is_no_element_file_says_what_it_is(data, words):
    """A file of something else is refused whole, with what it is, where from, and what to do."""
    with pytest.raises(NotElements) as caught:
        parse_elements(data, source="stations.txt")
    message = str(caught.value)
    assert words in message
    assert message.startswith("stations.txt: ")
    assert caught.value.advice in message
    assert "\n" not in message


def test_a_cut_in_the_middle_of_a_character(three_le, iss):
    """UTF-16 that ends with half a character gives its whole sets, and a report of the rest."""
    parsed = parse_elements(three_le.encode("utf-16")[:-3])
    assert [s for s, _ in parsed.sets] == [iss]
    assert [refusal.line for refusal in parsed.refusals] == [5]


@pytest.mark.parametrize(
    ("end", "sets"), [("3le", 4), ("csv", 4), ("kvn", 4), ("json", 2), ("xml", 2)]
)
def test_joined_files(reference, end, sets):
    """Of files that were joined, byte order marks and all, whatever is not read is reported."""
    text = (reference / f"iss_css.{end}").read_text()
    parsed = parse_elements(f"\ufeff{text}\ufeff{text}".encode())
    assert len(parsed.sets) == sets
    assert len(parsed.refusals) == (0 if end in {"3le", "kvn"} else 1)


def test_a_page_that_shows_element_sets_is_a_page(three_le):
    """Element lines inside of a page are not taken."""
    with pytest.raises(NotElements, match="HTML or XML page"):
        parse_elements(f"\n<!DOCTYPE html>\n<pre>\n{three_le}</pre>")


def test_words_of_a_provider_beside_elements_do_no_harm(three_le):
    """A satellite may be called what a provider says when it refuses."""
    parsed = parse_elements(three_le.replace("ISS (ZARYA)", "NO GP DATA FOUND"))
    assert len(parsed.sets) == 2


def test_a_header_alone_is_refused(reference):
    """A CSV that was cut after its header holds nothing."""
    header = (reference / "iss_css.csv").read_text().splitlines()[0]
    with pytest.raises(NotElements, match="header without element sets"):
        parse_elements(header)


def test_recorded_answer_of_a_provider():
    """The recorded CelesTrak answer for an unknown satellite is understood."""
    folder = resources.files("gpconf") / "corpus" / "recorded"
    with pytest.raises(NotElements, match="no such satellite"):
        parse_elements((folder / "celestrak-no-gp-data-found.txt").read_bytes())
