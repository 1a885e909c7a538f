"""What the answers of providers mean, text by text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tle.sources.answers import understand
from tle.sources.asking import Reply, Request, RequestResult

NOT_UPDATED = (
    "GP data has not updated since your last successful\n"
    "download of CATNR=25544 at 2026-10-10 08:00:00 UTC.\nData is updated once every 2 hours.\n"
)


def answer(content, status=200, *, norad_ids=None, redirected_to=""):
    """Return what a reply means."""
    raw = content if isinstance(content, bytes) else content.encode()
    reply = Reply(
        status=status,
        reason="Some Words",
        content=raw,
        received_bytes=len(raw),
        redirected_to=redirected_to,
    )
    request = Request(
        query="q",
        url="https://example.test/",
        max_bytes=10_000,
        norad_ids=None if norad_ids is None else frozenset(norad_ids),
    )
    return understand(reply, request, source="celestrak q")


@pytest.mark.parametrize(
    ("content", "status", "result", "note"),
    [
        (NOT_UPDATED, 200, RequestResult.UNCHANGED, "nothing new"),
        (NOT_UPDATED, 403, RequestResult.UNCHANGED, "nothing new"),
        (NOT_UPDATED, 500, RequestResult.STOPPED, "it answered 500"),
        ("No GP data found", 200, RequestResult.NOTHING, "no such"),
        ("No GP data found", 404, RequestResult.STOPPED, "404 Some Words (No GP data found)"),
        ("[]", 200, RequestResult.NOTHING, "no such"),
        ("NO RESULTS RETURNED", 200, RequestResult.NOTHING, "no such"),
        ("Forbidden", 403, RequestResult.STOPPED, "it answered 403 Some Words (Forbidden)"),
        ("", 204, RequestResult.STOPPED, "it answered 204"),
        (
            '{"error":"You\'ve violated your query rate limit."}',
            200,
            RequestResult.STOPPED,
            "it was asked too often",
        ),
        ("<html><title>Maintenance</title>", 200, RequestResult.REFUSED, "HTML or XML page titled"),
        ('{"error":"oops"}', 200, RequestResult.REFUSED, ""),
        ("", 200, RequestResult.REFUSED, "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 200, RequestResult.REFUSED, "binary data"),
        ("Invalid query: CATNR=x", 200, RequestResult.REFUSED, "did not understand the query"),
    ],
)
def test_what_is_no_data(content, status, result, note):
    """Every kind of answer without element sets has its result, and a note that says why."""
    told = answer(content, status)
    assert told.result == result
    assert note in told.note
    assert told.parsed.sets == []


def test_data_are_data(elements_file):
    """Element sets are taken."""
    told = answer(elements_file.with_suffix(".csv").read_bytes())
    assert (told.result, told.note) == (RequestResult.UPDATED, "")
    assert [each.element_set.norad_id for each in told.parsed.sets] == [25544, 48274]


def test_data_with_a_bad_status_stop_the_source(elements_file):
    """Only status 200 brings data."""
    told = answer(elements_file.read_bytes(), 500)
    assert told.result == RequestResult.STOPPED
    assert told.parsed.sets == []


def test_a_satellite_of_a_strange_name_is_data(elements_file):
    """Words that providers use to refuse may be a name."""
    text = elements_file.read_text().replace("ISS (ZARYA)", "RATE LIMIT NO GP DATA FOUND")
    assert answer(text).result == RequestResult.UPDATED


def test_other_satellites_are_refused(elements_file):
    """Of satellites that were not asked for nothing is taken; what is missing is told."""
    content = elements_file.with_suffix(".csv").read_bytes()
    told = answer(content, norad_ids=[25544, 7])
    assert [each.element_set.norad_id for each in told.parsed.sets] == [25544]
    assert [each.norad_id for each in told.parsed.refusals] == [48274]
    assert (told.result, told.note) == (RequestResult.UPDATED, "nothing of 7")
    none = answer(content, norad_ids=[7])
    assert none.result == RequestResult.REFUSED
    assert "another satellite than was asked for" in none.note


def test_redirects_that_are_not_followed_are_told():
    """The operator sees where a provider has moved to."""
    told = answer("", 301, redirected_to="https://new.test/")
    assert told.result == RequestResult.STOPPED
    assert "a redirect to https://new.test/, which is not followed" in told.note


def test_what_a_provider_says_is_shown_safely():
    """Control characters are left out, and a long text is cut."""
    told = answer("\x1b[31m" + "x" * 5_000, 500)
    assert "\x1b" not in told.note
    assert len(told.note) < 200


WORDS = st.sampled_from(
    [b"No GP data found", b"rate limit", b"[", b"{", b"OBJECT_NAME,", b"1 25544U"]
)


@given(st.integers(100, 599), st.lists(st.binary(max_size=30) | WORDS, max_size=5))
def test_any_bytes_have_a_meaning(status, pieces):
    """Whatever a server sends, it comes to a result, and without data the note says why."""
    told = answer(b"".join(pieces), status)
    assert told.result in set(RequestResult)
    assert told.note
    assert told.note.isprintable()
