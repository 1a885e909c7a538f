"""Rendering: the right words, in the reader's language and clock, or a refusal with a code."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.campaigns.definition import MessageText
from messaging.errors import MessagingError, RenderError
from messaging.texts.facts import CustomerFacts, PassFacts, PlaceFacts
from messaging.texts.languages import choose_language
from messaging.texts.rendering import Rendered, _pass_values, compile_texts, render
from messaging.texts.templates import KNOWN_NAMES

CULMINATION = datetime(2026, 11, 11, 18, 5, 40, tzinfo=UTC)
PASS = PassFacts(
    satellite="ISS",
    norad_id=25544,
    aos=CULMINATION - timedelta(minutes=3),
    culmination=CULMINATION,
    los=CULMINATION + timedelta(minutes=3),
    aos_azimuth_deg=225.0,
    culmination_azimuth_deg=310.0,
    los_azimuth_deg=44.0,
    culmination_elevation_deg=67.4,
    culmination_range_km=1430.2,
    duration_s=371.0,
    visible=True,
)
PLACE = PlaceFacts(city="Phoenix", country="United States", time_zone="America/Phoenix")
CUSTOMER = CustomerFacts(name="Ana", language="en", attributes={"tier": "gold", "pet name": "Rex"})


def words(
    text: str,
    *,
    subject: str = "s",
    pass_facts: PassFacts = PASS,
    place: PlaceFacts = PLACE,
    customer: CustomerFacts = CUSTOMER,
) -> str:
    """Render one text as if the campaign had it in the customer's language."""
    texts = compile_texts(
        {customer.language: MessageText(subject=subject, text=text)},
        default_language=customer.language,
    )
    return render(texts, pass_facts=pass_facts, place=place, customer=customer).text


def told(text: str, *, language: str, time_zone: str, culmination: datetime = CULMINATION) -> str:
    """Render one text in a language and a zone."""
    return words(
        text,
        pass_facts=replace(PASS, culmination=culmination),
        place=replace(PLACE, time_zone=time_zone),
        customer=replace(CUSTOMER, language=language),
    )


def test_the_context_holds_exactly_the_names_that_are_checked() -> None:
    """What a campaign may name at load is what exists while sending."""
    locale = choose_language(("en",), "en", "en")[1]
    assert set(_pass_values(PASS, locale, "UTC")) == set(KNOWN_NAMES["pass"])
    for group, names in KNOWN_NAMES.items():
        for name in names:
            suffix = ".tier" if name == "attributes" else ""
            assert words(f"{{{{ {group}.{name}{suffix} }}}}")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "November 11, 2026|11:05 AM|southwest northwest northeast|67|1,430|6"),
        ("de", "11. November 2026|11:05|Südwesten Nordwesten Nordosten|67|1.430|6"),
        ("zh", "2026年11月11日|11:05|西南 西北 东北|67|1,430|6"),
        ("zh-Hant", "2026年11月11日|上午11:05|西南 西北 東北|67|1,430|6"),
        ("es", "11 de noviembre de 2026|11:05|suroeste noroeste noreste|67|1.430|6"),
        ("ja", "2026年11月11日|11:05|南西 北西 北東|67|1,430|6"),
        ("ar-EG", "١١ نوفمبر ٢٠٢٦|١١:٠٥ ص|الجنوب الغربي الشمال الغربي الشمال الشرقي|٦٧|١٬٤٣٠|٦"),
        ("nl", "11 november 2026|11:05|southwest northwest northeast|67|1.430|6"),
    ],
)
def test_words_are_the_languages_own(language: str, expected: str) -> None:
    """Dates, times, numbers, digits and directions are those of the language."""
    text = (
        "{{ pass.date }}|{{ pass.time }}|"
        "{{ pass.aos_direction }} {{ pass.direction }} {{ pass.los_direction }}|"
        "{{ pass.elevation }}|{{ pass.range_km }}|{{ pass.minutes }}"
    )
    result = told(text, language=language, time_zone="America/Phoenix")
    assert result.replace("\u202f", " ") == expected


@pytest.mark.parametrize(
    ("time_zone", "culmination", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T00:59:59", "29. März 2026, 01:59"),
        ("Europe/Berlin", "2026-03-29T01:00:00", "29. März 2026, 03:00"),
        ("Europe/Berlin", "2026-10-25T00:30:00", "25. Oktober 2026, 02:30"),
        ("Europe/Berlin", "2026-10-25T01:30:00", "25. Oktober 2026, 02:30"),
        ("America/Phoenix", "2026-07-01T12:00:00", "1. Juli 2026, 05:00"),
        ("America/Phoenix", "2026-12-01T12:00:00", "1. Dezember 2026, 05:00"),
        ("Asia/Kolkata", "2026-11-11T18:45:00", "12. November 2026, 00:15"),
        ("America/St_Johns", "2026-11-11T03:00:00", "10. November 2026, 23:30"),
        ("Pacific/Kiritimati", "2026-11-10T10:00:00", "11. November 2026, 00:00"),
    ],
)
def test_times_are_local(time_zone: str, culmination: str, expected: str) -> None:
    """Clock changes, Arizona and half-hour zones give the wall clock of the place and its day."""
    instant = datetime.fromisoformat(culmination).replace(tzinfo=UTC)
    assert expected == told(
        "{{ pass.date }}, {{ pass.time }}",
        language="de",
        time_zone=time_zone,
        culmination=instant,
    )


@pytest.mark.parametrize(
    ("available", "wanted", "expected"),
    [
        (("en", "zh", "zh-Hant", "zh-Hant-TW"), "zh-Hant-TW", ("zh-Hant-TW", "zh_Hant_TW")),
        (("en", "zh", "zh-Hant"), "zh-Hant-TW", ("zh-Hant", "zh_Hant_TW")),
        (("en", "zh", "zh-Hant"), "zh-TW", ("zh-Hant", "zh_Hant_TW")),
        (("en", "zh"), "zh-Hant-TW", ("zh", "zh")),
        (("en", "pt"), "pt-BR", ("pt", "pt_BR")),
        (("en", "pt"), "pt_br", ("pt", "pt_BR")),
        (("en", "pt-PT"), "pt-BR", ("en", "en")),
        (("en-GB", "de"), "en-US", ("en-GB", "en_GB")),
        (("en", "de"), "de-AT-x-vienna", ("de", "de_AT")),
        (("en", "de"), "tlh", ("en", "en")),
        (("en", "de"), "", ("en", "en")),
        (("en", "de"), "not a tag", ("en", "en")),
    ],
)
def test_language_falls_back(
    available: tuple[str, ...], wanted: str, expected: tuple[str, str]
) -> None:
    """The nearest text is chosen, then the default; the region shapes dates where it may."""
    chosen, locale = choose_language(available, available[0], wanted)
    assert (chosen, str(locale)) == expected


@pytest.mark.parametrize("azimuth_deg", [0.0, 22.4, 337.6, 359.9, 360.0])
def test_north_is_around_zero(azimuth_deg: float) -> None:
    """Azimuths on both sides of 0 degrees are north."""
    facts = replace(PASS, culmination_azimuth_deg=azimuth_deg)
    assert words("{{ pass.direction }}", pass_facts=facts) == "north"


def test_braces_in_data_are_data() -> None:
    """A name or attribute that looks like a template is printed as it stands."""
    customer = replace(CUSTOMER, name="{{ place.city }}", attributes={"a": "{% for %}"})
    assert words("{{ customer.name }}{{ customer.attributes.a }}", customer=customer) == (
        "{{ place.city }}{% for %}"
    )


def test_numbers_compare_and_choose() -> None:
    """Conditions work on numbers, on visibility and on lists of constants."""
    text = (
        "{% if pass.elevation >= 60 and pass.visible %}high{% endif %} "
        '{{ "vip" if customer.attributes.tier in ["gold", "silver"] else "all" }} '
        '{{ customer.attributes["pet name"]|upper ~ "!" }}'
    )
    assert words(text) == "high vip REX!"


@pytest.mark.parametrize("name", ["nickname", "items", "__class__", "get"])
def test_missing_attribute_is_named_without_values(name: str) -> None:
    """An attribute that a customer lacks is refused by name, even one that mappings have."""
    with pytest.raises(RenderError, match=name) as caught:
        words(f"{{{{ customer.attributes.{name} }}}}")
    assert caught.value.rule == "missing_value"
    assert "Ana" not in str(caught.value)
    assert "gold" not in str(caught.value)
    assert words(f'{{{{ customer.attributes.{name}|default("friend") }}}}') == "friend"


def test_satellite_that_never_sets_has_no_rise() -> None:
    """Without AOS a text that asks for its time is refused, one that checks first is not."""
    facts = replace(PASS, aos=None, los=None, aos_azimuth_deg=None, los_azimuth_deg=None)
    with pytest.raises(RenderError, match="aos_time"):
        words("{{ pass.aos_time }}", pass_facts=facts)
    text = "{% if pass.los_time is defined %}{{ pass.los_time }}{% else %}always{% endif %}"
    assert words(text, pass_facts=facts) == "always"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a\nBcc: x@example.org", "bad_subject"),
        ("a\rb", "bad_subject"),
        ("a\x00b", "bad_subject"),
        ("a\u2028b", "bad_subject"),
        ("a" * 201, "subject_too_long"),
        ("\ud800", "bad_subject"),
    ],
)
def test_subject_is_one_short_line(name: str, code: str) -> None:
    """Data cannot break a subject's line or length, and the refusal does not repeat it."""
    with pytest.raises(RenderError) as caught:
        words("t", subject="{{ customer.name }}", customer=replace(CUSTOMER, name=name))
    assert caught.value.rule == code
    assert name not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "code"),
    [("a" * 20_001, "text_too_long"), ("a\x1b[31m", "bad_text"), ("\udfff", "bad_text")],
)
def test_text_is_bounded(name: str, code: str) -> None:
    """A text is at most 20,000 characters that every channel can carry."""
    with pytest.raises(RenderError) as caught:
        words("{{ customer.name }}", customer=replace(CUSTOMER, name=name))
    assert caught.value.rule == code


@pytest.mark.parametrize("time_zone", ["", "Mars/Olympus", "/etc/passwd", "America", "../x", "é\0"])
def test_unknown_zone_holds_the_message(time_zone: str) -> None:
    """A zone that does not exist is refused with its code, not guessed."""
    with pytest.raises(RenderError) as caught:
        words("t", place=replace(PLACE, time_zone=time_zone))
    assert caught.value.rule == "unknown_time_zone"


def test_reprs_keep_personal_data() -> None:
    """A repr that ends in a log names neither the customer nor what was written."""
    rendered = Rendered(language="en", subject="Dear Ana", text="Dear Ana")
    assert "Ana" not in repr(CUSTOMER) + repr(rendered)
    assert "gold" not in repr(CUSTOMER)


def test_the_chosen_language_is_reported() -> None:
    """The result says which text was used."""
    texts = compile_texts(
        {
            "en": MessageText(subject="Hello", text="Hello"),
            "pt": MessageText(subject="Olá", text="Olá, {{ pass.date }}"),
        },
        default_language="en",
    )
    customer = replace(CUSTOMER, language="pt-BR")
    assert render(texts, pass_facts=PASS, place=PLACE, customer=customer) == Rendered(
        language="pt", subject="Olá", text="Olá, 11 de novembro de 2026"
    )


@given(
    name=st.text(),
    language=st.text(max_size=12),
    time_zone=st.text(max_size=12),
    attributes=st.dictionaries(st.text(), st.text()),
)
def test_no_customer_breaks_rendering(
    name: str, language: str, time_zone: str, attributes: dict[str, str]
) -> None:
    """Whatever a record holds, rendering gives a message or one of our refusals."""
    texts = compile_texts(
        {"en": MessageText(subject="{{ customer.name }}", text="{{ customer.attributes.a }}")},
        default_language="en",
    )
    customer = CustomerFacts(name=name, language=language, attributes=attributes)
    place = replace(PLACE, time_zone=time_zone)
    try:
        rendered = render(texts, pass_facts=PASS, place=place, customer=customer)
    except MessagingError:
        return
    assert rendered.subject == name
