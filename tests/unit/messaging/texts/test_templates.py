"""The template language: what is not on its lists is refused when the campaign is loaded."""

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messaging.campaigns.definition import MessageText
from messaging.errors import MessagingError, TemplateError
from messaging.texts.facts import CustomerFacts, PlaceFacts
from messaging.texts.rendering import compile_texts, render
from messaging.texts.templates import check_template

from .test_rendering import PASS


def refused(source: str) -> TemplateError:
    """Return the error with which a template is refused."""
    with pytest.raises(TemplateError) as caught:
        check_template(source, language="en", field="text")
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        "",
        "plain",
        "{# a comment #}",
        "{% raw %}{{ not a name }}{% endraw %}",
        "{{ pass.satellite|upper }} {{ pass['time'] }}",
        "{% if pass.visible and not pass.minutes < 3 %}a{% elif pass.norad_id == 5 %}b{% endif %}",
        '{{ customer.attributes.whatever|default("x", true)|trim }}',
    ],
)
def test_plain_texts_pass(source: str) -> None:
    """Values, conditions and listed filters are all a text needs."""
    check_template(source, language="en", field="text")


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("{% for x in customer.attributes %}{% endfor %}", "for"),
        ("{% macro m() %}{% endmacro %}", "macro"),
        ("{% set x = 'a' %}", "set"),
        ("{% set x %}a{% endset %}", "set"),
        ("{% include 'x' %}", "include"),
        ("{% import 'x' as y %}", "import"),
        ("{% extends 'x' %}", "extends"),
        ("{% block b %}{% endblock %}", "block"),
        ("{% call f() %}{% endcall %}", "call"),
        ("{% with a = 1 %}{% endwith %}", "with"),
        ("{% filter upper %}a{% endfilter %}", "filter"),
        ("{{ range(9) }}", "call"),
        ("{{ pass.time.upper() }}", "call"),
        ("{{ 'a' * 1000000000 }}", "operator *"),
        ("{{ 9 ** 9 ** 9 }}", "operator **"),
        ("{{ '%1000000000d' % 1 }}", "operator %"),
        ("{{ pass.elevation + 1 }}", "operator +"),
        ("{{ {'a': 1} }}", "dict"),
        ("{{ pass.time[1:] }}", "plain name"),
        ("{{ pass.time|replace('a', 'aa') }}", "unknown filter replace"),
        ("{{ pass.time|attr('x') }}", "unknown filter attr"),
        ("{{ pass.time|trim(5) }}", "arguments"),
        ("{{ pass.time|default(*[1]) }}", "arguments"),
        ("{{ pass.time is callable }}", "unknown test callable"),
        ("{{ 'a' if pass.visible }}", "else"),
        ("{{ pass.time > 5 }}", "only numbers"),
        ("{{ 1 < pass.elevation < 'a' }}", "only numbers"),
        ("{{ 'a' in pass.norad_id }}", "list"),
        ("{{ pass }}", "unknown name pass"),
        ("{{ self }}", "unknown name self"),
        ("{{ customer.attributes }}", "needs a name"),
        ("{{ customer.attributes[pass.time] }}", "plain name"),
        ("{{ customer.attributes.a.b }}", "unknown name"),
        ("{{ pass.__class__ }}", "unknown name pass.__class__"),
        ("{{ ''.__class__ }}", "plain name"),
        ("{{ pass.time", "end of"),
        ("{% if %}", "Expected an expression"),
        ("{% if pass.visible %}", "end of template"),
        ("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", "nested too deep"),
        ("{% if pass.visible %}" * 150 + "{% endif %}" * 150, "nested too deep"),
        ("{{ " + "9" * 5_000 + " }}", "number too long"),
    ],
)
def test_the_rest_is_refused(source: str, word: str) -> None:
    """Loops, calls, assignments, arithmetic, slices and whatever is unknown do not load."""
    assert word in refused(source).problem


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("pass.elevaton", "did you mean pass.elevation? known are pass.satellite"),
        ("time", "did you mean pass.time? known are pass.…"),
        ("city", "did you mean place.city?"),
        ("foo", "unknown name foo; known are pass.…, place.…, customer.…"),
    ],
)
def test_unknown_names_get_advice(name: str, advice: str) -> None:
    """An unknown name is answered with the nearest known one and the list."""
    assert advice in refused(f"{{{{ {name} }}}}").problem


def test_the_line_is_named() -> None:
    """The error says which line of which field of which language is wrong."""
    error = refused("one\n\n{{ pass.time }}\n{{ nothing }}")
    assert (error.language, error.field, error.line) == ("en", "text", 4)
    assert str(error).startswith("texts.en.text, line 4: ")


_PIECES = st.sampled_from(
    [
        *("{{", "}}", "{%", "%}", "{#", "#}", " ", "\n", "(", ")", "[", "]", "|", ".", ",", "~"),
        *("if ", "else", "endif", "for ", "in ", "is ", "not ", "set ", "raw", "endraw", "-"),
        *("pass", "place", "customer", "attributes", "time", "elevation", "visible", "'a'", "1"),
        *("default", "upper", "trim", "defined", "<", "==", "True", "none", "x", "é", "\\ud800"),
    ]
)


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(),
        st.lists(_PIECES).map("".join),
        st.lists(_PIECES).map(lambda pieces: "{{ " + "".join(pieces) + " }}"),
    )
)
@example('{{ "\\ud800" }}')
@example('{{ "\\N{nothing}" }}')
@example("{{ 1e999 }}")
@example("{{ [pass.time, none] }}")
def test_no_text_crashes(source: str) -> None:
    """Whatever is written as a template, loading and rendering raise only our errors."""
    with suppress(MessagingError):
        texts = compile_texts({"en": MessageText(subject="s", text=source)}, default_language="en")
        rendered = render(
            texts,
            pass_facts=PASS,
            place=PlaceFacts(city="Ulm", country="Germany", time_zone="Europe/Berlin"),
            customer=CustomerFacts(name="Ana", language="en", attributes={}),
        )
        assert rendered.text.encode().decode() == rendered.text
