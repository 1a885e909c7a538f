import re
from importlib import resources

import pytest

from tle import NotElements, parse_elements

_VARIANT = (
    resources.files("gpconf") / "corpus/derived/kvn-variants/v07-xml-ndm-reserialised.xml"
).read_text()
_BOMB = (
    '<!DOCTYPE ndm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<ndm><omm><EPOCH>&b;</EPOCH></omm></ndm>"
)


@pytest.fixture
def xml(reference):
    """ISS and Tianhe as XML; the messages start on lines 3 and 7."""
    return (reference / "iss_css.xml").read_text()


def _first(text):
    """Return the first message alone, without the declaration and the wrapping."""
    return text[text.index("<omm") : text.index("</omm>") + len("</omm>")]


def test_each_message_is_a_set(xml, iss, css):
    """Every message in an NDM is read, and located by the line it starts on."""
    assert parse_elements(xml).sets == [(iss, 3), (css, 7)]


def test_one_message_is_a_file(xml, iss):
    """A message needs neither an NDM around it nor a declaration before it."""
    assert parse_elements(_first(xml)).sets == [(iss, 1)]


def test_the_published_variant():
    """The corpus's NDM of 1998, laid out as CCSDS does, is read."""
    (located,) = parse_elements(_VARIANT).sets
    assert (located.element_set.norad_id, located.line) == (25544, 3)
    assert located.element_set.mean_motion_ddot_rev_per_day3 == 0.11563e-4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<INCLINATION>", '<INCLINATION units="deg">'),
        ("<ndm ", '<ndm xmlns="urn:ccsds:schema:ndmxml" '),
        ("<EPOCH>", "<EPOCH>\n  "),
        ("<EPOCH>2026-10", "<EPOCH>2026<!-- the year -->-10"),
        ("ISS (ZARYA)", "<![CDATA[ISS (ZARYA)]]>"),
        ("</segment>", '<USER_DEFINED parameter="A">1</USER_DEFINED></segment>'),
        ("<metadata>", "<metadata><COMMENT>a</COMMENT><COMMENT>b</COMMENT>"),
        ("<?xml", "\n \n<?xml"),
        ('encoding="UTF-8"', 'encoding="UTF-16"'),
        ('encoding="UTF-8"', 'encoding="x-unheard-of"'),
        ("<ndm", "<!-- 1 < 2 --><?style none?>\n<ndm"),
    ],
)
def test_what_is_tolerated(xml, iss, css, old, new):
    """Units, namespaces, comments, blanks and wrong declarations leave the sets as they are."""
    assert [s for s, _ in parse_elements(xml.replace(old, new)).sets] == [iss, css]


def test_the_layout_of_the_other_provider(xml, iss):
    """Space-Track's header comments and own parameters, TLE lines among them, change nothing."""
    text = (
        _first(xml)
        .replace("<header>", "<header><COMMENT>GENERATED VIA AN API</COMMENT>")
        .replace("<CREATION_DATE/>", "<CREATION_DATE>2026-10-10T00:00:00</CREATION_DATE>")
        .replace('version="2.0"', 'version="3.0"')
        .replace(
            "</tleParameters>",
            "</tleParameters>\n<userDefinedParameters>\n"
            '<USER_DEFINED parameter="SEMIMAJOR_AXIS">6799.1</USER_DEFINED>\n'
            '<USER_DEFINED parameter="TLE_LINE1">\n1 25544U 98067A</USER_DEFINED>\n'
            "</userDefinedParameters>",
        )
    )
    assert parse_elements(f"<ndm>\n{text}\n</ndm>").sets == [(iss, 2)]


def test_prefixed_names():
    """A prefix of a namespace does not hide a field."""
    parsed = parse_elements(re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1n:", _VARIANT))
    assert [s for s, _ in parsed.sets] == [s for s, _ in parse_elements(_VARIANT).sets]


def test_lines_are_those_of_the_file(xml):
    """Blank lines before the declaration count, as they do in an editor."""
    assert [line for _, line in parse_elements("\n\n" + xml).sets] == [5, 9]


def test_names_are_unescaped(xml):
    """References to characters stand for what they mean."""
    text = xml.replace("ISS (ZARYA)", "A &lt;&amp;&#233;&gt;")
    assert parse_elements(text).sets[0].element_set.name == "A <&é>"


def test_any_cut_is_reported(xml, iss, css):
    """A file cut anywhere after its root gives its whole sets, and a report of the cut."""
    ends = [xml.index("</omm>") + 6, xml.rindex("</omm>") + 6]
    for end in range(xml.index("<header"), xml.rindex("</ndm>") + 5):
        parsed = parse_elements(xml[:end])
        assert [s for s, _ in parsed.sets] == [iss, css][: sum(end >= each for each in ends)]
        (refusal,) = parsed.refusals
        assert "cut or damaged" in refusal.reason


def test_a_cut_set_is_named_as_far_as_it_goes(xml):
    """The report on a cut message says where it starts and whose it is."""
    (refusal,) = parse_elements(xml[: xml.rindex("<ELEMENT_SET_NO>")]).refusals
    assert (refusal.line, refusal.norad_id, refusal.name) == (7, 48274, "CSS (TIANHE)")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<EPOCH>", "<EPOCH>2026-10-09T00:00:00</EPOCH><EPOCH>", "expected one value in a message"),
        ("<BSTAR>", "<BSTAR>1<x/>", "no value for BSTAR"),
        ("<EPOCH>2026-10", "<EPOCH>2026-13", "EPOCH is '2026-13"),
        ("SGP/SGP4", "SGP4-XP", "MEAN_ELEMENT_THEORY is 'SGP4-XP'; expected SGP4"),
        ("<BSTAR>", "<BSTAR>1e", "BSTAR is '1e.12652E-3'"),
    ],
)
def test_a_bad_message_is_refused_alone(xml, css, old, new, words):
    """A message with a wrong, missing or doubled value leaves its neighbours alone."""
    parsed = parse_elements(xml.replace(old, new, 1))
    assert [s for s, _ in parsed.sets] == [css]
    (refusal,) = parsed.refusals
    assert words in refusal.reason
    assert (refusal.line, refusal.norad_id) == (3, 25544)


def test_a_message_within_a_message(xml, iss, css):
    """A message that starts in another one ends it; neither is lost."""
    nested = xml.replace("</omm>", "", 1).replace("</ndm>", "</omm></ndm>")
    assert [s for s, _ in parse_elements(nested).sets] == [iss, css]


def test_undeclared_entities_end_the_file(xml, iss):
    """An entity that nothing declares is damage."""
    parsed = parse_elements(xml.replace("CSS (TIANHE)", "&css;"))
    assert [s for s, _ in parsed.sets] == [iss]
    assert "undefined entity" in parsed.refusals[0].reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_BOMB, "document type"),
        (
            '<?xml version="1.0"?>\n<!DOCTYPE omm SYSTEM "file:///etc/passwd"><omm/>',
            "document type",
        ),
        ("<ndm><oem/></ndm>", "XML without any element set"),
        ("<ndm>", "no element found"),
        ("<!--" * 50_000, "HTML or XML page"),
        ("<title" * 50_000, "HTML or XML page"),
        (
            '<?xml version="1.0"?><!DOCTYPE html><html xmlns="x"><head><title>Sign in</title>',
            "page titled 'Sign in'",
        ),
    ],
)
def test_other_markup_is_refused_whole(text, words):
    """Entities, other messages and pages of the web are told from element sets."""
    with pytest.raises(NotElements, match=words):
        parse_elements(text)
