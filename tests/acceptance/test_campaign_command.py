"""``overflight campaign`` as people type it."""

import getpass
import json

import pytest

from tests.making import campaign_text

DEFINITION = campaign_text(
    purpose="marketing", subject="Hi {{ customer.name }}", text="Look {{ pass.direction }}"
)


@pytest.fixture
def write(tmp_path):
    """Write a campaign file, with one piece replaced."""

    def to(old="", new="", name="hello.toml"):
        assert old in DEFINITION
        path = tmp_path / name
        path.write_text(DEFINITION.replace(old, new) if old else DEFINITION)
        return path

    return to


@pytest.fixture
def listed(overflight):
    """Return what ``campaign list --json`` lists."""

    def run():
        done = overflight("campaign", "list", "--json")
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return run


def said(done):
    """What a command that went well wrote to stdout."""
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_init_load_and_list(overflight, listed, tmp_path):
    """A new file loads as it is, as a draft, and every step says the next one."""
    assert listed() == []
    done = overflight("campaign", "init", "singles-day")
    assert (
        done.stderr
        == "wrote singles-day.toml; edit it, then: overflight campaign load singles-day.toml\n"
    )
    done = overflight("campaign", "load", "singles-day.toml")
    assert said(done) == "singles-day: added, version 1, draft"
    assert done.stderr == "next: overflight campaign approve singles-day --by YOUR-NAME\n"
    (campaign,) = listed()
    assert (campaign["key"], campaign["state"], campaign["version"]) == ("singles-day", "draft", 1)
    table = said(overflight("campaign", "list"))
    assert "singles-day" in table
    assert "draft" in table


def test_init_overwrites_only_when_told(overflight, tmp_path):
    """An existing file stays, unless --force is given."""
    path = tmp_path / "hello.toml"
    path.write_text("mine")
    done = overflight("campaign", "init", "hello")
    assert (done.returncode, path.read_text()) == (1, "mine")
    assert "--force" in done.stderr
    said(overflight("campaign", "init", "hello", "--force"))
    assert "key = " in path.read_text()


@pytest.mark.parametrize("name", ["../hello", ""])
def test_init_refuses_a_bad_name(overflight, tmp_path, name):
    """A name that cannot be a key writes no file."""
    done = overflight("campaign", "init", name)
    assert done.returncode == 1
    assert "small letters" in done.stderr
    assert list(tmp_path.rglob("*.toml")) == []


def test_load_again_and_edited(overflight, write):
    """The same file changes nothing; an edited one is a new version and a draft again."""
    said(overflight("campaign", "load", write()))
    said(overflight("campaign", "approve", "hello", "--by", "Mei"))
    assert said(overflight("campaign", "load", write())) == "hello: unchanged, version 1, approved"
    edited = write("Look", "Gaze")
    assert said(overflight("campaign", "load", edited)) == "hello: edited, version 2, draft"


def test_the_life_of_a_campaign(overflight, write, listed):
    """Every state leads to the next, and says what it means."""
    said(overflight("campaign", "load", write()))
    steps = [
        (("approve", "hello", "--by", "Mei Lin"), "hello: draft -> approved"),
        (("arm", "hello"), "hello: approved -> armed"),
        (("pause", "hello"), "hello: armed -> paused"),
        (("resume", "hello"), "hello: paused -> armed"),
        (("stop", "hello"), "hello: armed -> stopped"),
    ]
    for arguments, expected in steps:
        done = overflight("campaign", *arguments)
        assert said(done) == expected
        assert done.stderr.count("\n") == 1
    assert (listed()[0]["state"], listed()[0]["approved_by"]) == ("stopped", "Mei Lin")
    done = overflight("campaign", "load", write("Look", "Gaze"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "another key" in done.stderr


def test_what_is_not_allowed_is_refused(overflight, write, listed):
    """Arming a draft, or approving as nobody, changes nothing and says what to do."""
    said(overflight("campaign", "load", write()))
    before = listed()
    done = overflight("campaign", "arm", "hello")
    assert done.returncode == 1
    assert "overflight campaign approve hello --by NAME" in done.stderr
    done = overflight("campaign", "approve", "hello", "--by", " ")
    assert done.returncode == 1
    assert "somebody has to be named" in done.stderr
    assert listed() == before
    done = overflight("campaign", "approve", "hallo", "--by", "Mei")
    assert done.stderr == "error: no campaign 'hallo'; there are: hello\n"
    assert said(overflight("campaign", "approve", "hello")) == "hello: draft -> approved"
    (approved,) = listed()
    assert approved["approved_by"] == getpass.getuser()


def test_marketing_by_mail_needs_a_sender(overflight, write, home):
    """A marketing campaign on smtp is not armed before the sender is known; the keys are named."""
    said(overflight("campaign", "load", write('"file"', '"smtp"')))
    said(overflight("campaign", "approve", "hello", "--by", "Mei"))
    done = overflight("campaign", "arm", "hello")
    assert done.returncode == 1
    for key in ("from_address", "postal_address", "privacy_url", "unsubscribe"):
        assert f"sender.{key}" in done.stderr
    (home / "overflight.toml").write_text('[sender]\nfrom_address = "sky@overflight.test"\n')
    done = overflight("campaign", "arm", "hello")
    assert done.returncode == 1
    assert "sender.from_address" not in done.stderr
    (home / "overflight.toml").write_text(
        '[sender]\nfrom_address = "sky@overflight.test"\npostal_address = "1 Hill, Xanadu"\n'
        'privacy_url = "https://overflight.test/privacy"\n'
        'unsubscribe = "mailto:stop@overflight.test"\n'
    )
    assert said(overflight("campaign", "arm", "hello")) == "hello: approved -> armed"


def test_an_unknown_channel_is_not_armed(overflight, write):
    """A channel that is not there is named, with those that are."""
    said(overflight("campaign", "load", write('"file"', '"pigeon"')))
    said(overflight("campaign", "approve", "hello", "--by", "Mei"))
    done = overflight("campaign", "arm", "hello")
    assert done.returncode == 1
    assert "'pigeon'; there are: file, smtp" in done.stderr


BAD = {
    "titel: unknown key; did you mean title?": ("title =", "titel ="),
    "line 3: expected TOML": ('"Hello"', '"Hello'),
    "texts.en.subject: line 1: ": ("{{ customer.name }}", "{{ customer.name|shout }}"),
    "pass.height": ("pass.direction", "pass.height"),
    "secret": ("pass.direction", "secret"),
    "satellites: expected catalog numbers": ("[25544]", '["ISS"]'),
    "end: expected a time after start": ("2026-11-12", "2026-11-10"),
    "default_language: expected one of the texts (en)": ('"en"', '"de"'),
    "key: expected": (DEFINITION, ""),
}


def test_a_bad_file_is_refused(overflight, write, listed):
    """One message names the file, the key and what was expected; nothing is stored."""
    said(overflight("campaign", "load", write()))
    before = listed()
    for expected, (old, new) in BAD.items():
        done = overflight("campaign", "load", write(old, new, name="bad.toml"))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: ")
        assert "bad.toml" in done.stderr
        assert expected in done.stderr
    assert listed() == before


@pytest.mark.parametrize("kind", ["missing", "folder", "binary", "nul"])
def test_what_is_no_file_is_refused(overflight, tmp_path, home, kind):
    """A path that holds no text is named in one line."""
    path = tmp_path / "bad.toml"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"\xff\xfe\x00" if kind == "binary" else b"key = \x00")
    done = overflight("campaign", "load", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "bad.toml" in done.stderr
    assert done.stderr.count("\n") == 1


def test_show(overflight, write):
    """Show prints the campaign whole, for people and as JSON."""
    said(overflight("campaign", "load", write()))
    done = overflight("campaign", "show", "hello", "--json")
    facts = json.loads(said(done))
    assert done.stderr == ""
    assert (facts["key"], facts["satellites"]) == ("hello", [25544])
    assert facts["messages"]["planned"] == 0
    assert facts["texts"]["en"]["text"] == "Look {{ pass.direction }}"
    shown = said(overflight("campaign", "show", "hello"))
    assert "Look {{ pass.direction }}" in shown
    assert "(25544" not in shown
