"""Campaign files: the good ones become values, the others are told what is wrong and where."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.campaigns.definition import Moment, PassRule
from messaging.campaigns.example import example_campaign
from messaging.campaigns.reading import parse_campaign
from messaging.errors import CampaignError

MINIMAL = """\
key = "hello"
title = "Hello"
purpose = "service"
channel = "file"
satellites = [25544]
start = 2026-11-11
end = 2026-11-12T02:00:00+02:00
default_language = "en"
texts.en.subject = "Hi"
texts.en.text = "Hi"
"""


def refused(text: str) -> CampaignError:
    """Return the error with which a file is refused."""
    with pytest.raises(CampaignError) as caught:
        parse_campaign(text, source="hello.toml")
    return caught.value


def test_defaults_and_utc() -> None:
    """A minimal file loads with the documented defaults, its times in UTC."""
    campaign = parse_campaign(MINIMAL, source="hello.toml")
    assert campaign.start == datetime(2026, 11, 11, tzinfo=UTC)
    assert campaign.end == datetime(2026, 11, 12, tzinfo=UTC)
    assert campaign.end.tzinfo is UTC
    assert campaign.limit_per_customer == 1
    assert campaign.passes == PassRule(
        min_elevation_deg=10.0, min_culmination_deg=None, visible_only=False, choose="best"
    )
    assert campaign.moment == Moment(at="culmination", minutes_before=None)


def test_the_example_loads() -> None:
    """The file that init writes loads as it is, under the name that was asked for."""
    campaign = parse_campaign(
        example_campaign("my-first", first_day=date(2026, 11, 11)), source="example"
    )
    assert campaign.key == "my-first"
    assert set(campaign.texts) == {"en", "de", "zh", "es", "ar"}


def test_the_example_refuses_a_bad_name() -> None:
    """A name that cannot be a key is refused before a file is written."""
    with pytest.raises(CampaignError, match="small letters"):
        example_campaign('a"\nb', first_day=date(2026, 11, 11))


def test_the_singles_day_campaign_loads() -> None:
    """The story's campaign loads and spans 11 November in all the world's zones."""
    path = Path(__file__).parents[4] / "examples" / "singles-day.toml"
    campaign = parse_campaign(path.read_text(encoding="utf-8"), source=path.name)
    assert campaign.start == datetime(2026, 11, 10, 10, tzinfo=UTC)
    assert campaign.end == datetime(2026, 11, 12, 12, tzinfo=UTC)


def test_hash_knows_content_from_layout() -> None:
    """Comments, order and spelling keep the hash; any change of content moves it."""
    same = "# note\n" + "\n".join(reversed(MINIMAL.splitlines()))
    same = same.replace("start = 2026-11-11", "start = 2026-11-11T00:00:00Z")
    first = parse_campaign(MINIMAL, source="a").definition_hash
    assert parse_campaign(same + "\npasses.min_elevation = 10", source="b").definition_hash == first
    changed = MINIMAL.replace('text = "Hi"', 'text = "Hi!"')
    assert parse_campaign(changed, source="a").definition_hash != first


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('key = "hello"', 'key = "Hello"', "key", "expected 1 to 63 small letters"),
        ('key = "hello"', "", "key", "got nothing"),
        ('key = "hello"', 'key = "hello\\n"', "key", "got 'hello\\n'"),
        ("title", "tilte", "tilte", "did you mean title?"),
        ('"service"', "5", "purpose", "expected a short name in small letters"),
        ("[25544]", "[]", "satellites", "expected catalog numbers"),
        ("[25544]", "[25544, 5, 5]", "satellites", "got 5 2 times"),
        ("[25544]", '["ISS"]', "satellites", "got ['ISS']"),
        ("[25544]", "[0]", "satellites", "got [0]"),
        ("2026-11-11", "2026-11-11T00:00:00", "start", "add Z for UTC: 2026-11-11T00:00:00Z"),
        ("2026-11-11", '"2026-11-11T00:00:00Z"', "start", "no quotes"),
        ("2026-11-11", "07:00:00", "start", "expected a time with its zone"),
        ("2026-11-11", "0001-01-01T00:00:00+05:00", "start", "of this era"),
        ("2026-11-11", "2026-11-12", "end", "expected a time after start"),
        ("2026-11-11", "2026-10-11", "end", "at most 31 days later"),
        ("2026-11-11", "9999-12-31", "end", "expected a time after start"),
        ('"en"', '"de"', "default_language", "expected one of the texts (en), got 'de'"),
        ('"en"', '"en"\nlimit_per_customer = 0', "limit_per_customer", "from 1 to 100, got 0"),
        ('"en"', '"en"\npasses = 5', "passes", "expected a table [passes], got 5"),
        ('"en"', '"en"\nmoment.when = 1', "moment.when", "unknown key; known are at"),
        ('"en"', '"en"\nmoment.at = "los"', "moment.at", "\"before\", got 'los'"),
        ('"en"', '"en"\nmoment.at = "before"', "moment.minutes_before", "got nothing"),
        ('"en"', '"en"\nmoment.minutes_before = 5', "moment.minutes_before", "expected only with"),
        (
            '"en"',
            '"en"\nmoment = {at = "before", minutes_before = 0}',
            "moment.minutes_before",
            "expected minutes before the rise, up to 720, got 0",
        ),
        ('"en"', '"en"\npasses.min_elevation = nan', "passes.min_elevation", "got nan"),
        ('"en"', '"en"\npasses.min_culmination = 0', "passes.min_culmination", "at least"),
        ('"en"', '"en"\npasses.min_culmination = "x"', "passes.min_culmination", "got 'x'"),
        ("texts.en.", "texts.", "texts.subject", "expected a table [texts.subject]"),
        ('texts.en.text = "Hi"', "", "texts.en.text", "at most 20,000 characters, got nothing"),
        ('subject = "Hi"', 'subject = "a\\nb"', "texts.en.subject", "expected one line"),
        ('text = "Hi"', 'text = "\\n{{ foo }}"', "texts.en.text", "line 2: unknown name foo"),
        ('text = "Hi"', 'text = "{{ pass.time"', "texts.en.text", "line 1: "),
    ],
)
def test_refusals_name_key_and_remedy(old: str, new: str, key: str, problem: str) -> None:
    """Each mistake is answered with its key, what was expected and what came."""
    error = refused(MINIMAL.replace(old, new, 1))
    assert error.key == key
    assert problem in error.problem
    assert str(error).startswith(f"hello.toml: {key}: ")


def test_all_mistakes_are_told_at_once() -> None:
    """One refusal names every problem, those of values before those between them."""
    text = MINIMAL.replace("[25544]", "[]").replace("title", "tilte") + "texts.de = 5\n"
    error = refused(text)
    assert [problem.key for problem in error.problems] == [
        "tilte",
        "title",
        "satellites",
        "texts.de",
    ]
    assert str(error).count("\n") == 3
    text = MINIMAL.replace("[25544]", "[5, 5]").replace('"Hi"', '"{{ foo }}"')
    keys = [problem.key for problem in refused(text).problems]
    assert keys == ["satellites", "texts.en.subject", "texts.en.text"]


@pytest.mark.parametrize(
    ("language", "advice"),
    [
        ("klingon", "such as en or pt-BR, got 'klingon'"),
        ("en-us", "write en-US"),
        ("zh_hant_tw", "write zh-Hant-TW"),
        ("x y", "got 'x y'"),
    ],
)
def test_language_tags_are_checked(language: str, advice: str) -> None:
    """A text under a tag that is not written by the book is refused, with the right spelling."""
    text = MINIMAL.replace('"en"', f'"{language}"').replace("texts.en", f'texts."{language}"')
    error = refused(text)
    assert error.key == f"texts.{language}"
    assert error.problem.endswith(advice)


@pytest.mark.parametrize(
    ("text", "line"),
    [("key = 'a'\ntitle =\n", 2), ("a = " + "[" * 5_000, None), ("a = " + "9" * 5_000, None)],
)
def test_syntax_errors_name_the_line(text: str, line: int | None) -> None:
    """What is not TOML is refused, with the line where the parser knows it."""
    assert refused(text).line == line


@given(st.text())
def test_no_file_crashes(text: str) -> None:
    """Whatever a file holds, loading raises nothing but a campaign error."""
    with pytest.raises(CampaignError):
        parse_campaign(text, source="noise")


@given(
    st.sampled_from(MINIMAL.splitlines()),
    st.sampled_from(["5", "''", "[]", "{}", "true", "-1.5", "inf", "[[1]]", "1979-05-27"]),
)
def test_no_value_crashes(line: str, value: str) -> None:
    """Any key may hold any type: the file loads or is refused by key."""
    key = line.partition(" = ")[0]
    refusal = None
    try:
        parse_campaign(MINIMAL.replace(line, f"{key} = {value}"), source="noise")
    except CampaignError as error:
        refusal = error
    assert refusal is None or refusal.key


def test_importing_campaigns_is_light() -> None:
    """Knowing what a campaign is costs neither Jinja nor Babel."""
    code = (
        "import sys, messaging.campaigns.definition; print({'jinja2', 'babel'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
