"""Settings: one value from file, environment and ``--set``, and every mistake named."""

import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from overflight.database.opening import open_database
from overflight.errors import DatabaseError, OverflightError, SettingsError
from overflight.home import create_home, find_home
from overflight.settings.reading import load_settings
from overflight.settings.text import describe, example_settings
from overflight.settings.values import FILE_NAME, Settings

NOWHERE = Path("/nowhere")
EVERY_KEY = {setting.key: setting for setting in describe(load_settings(home=NOWHERE, environ={}))}

SECRETS = {"smtp.password", "space_track.identity", "space_track.password"}


def load(
    home: Path,
    text: str = "",
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Settings:
    """Load settings from a file with ``text``."""
    (home / FILE_NAME).write_text(text, encoding="utf-8")
    return load_settings(home=home, environ=environ or {}, overrides=overrides)


def refusal(
    home: Path,
    text: str = "",
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> str:
    """Return what is said of settings that must be refused."""
    with pytest.raises(SettingsError) as caught:
        load(home, text, environ, overrides)
    return str(caught.value)


# --- Sources ------------------------------------------------------------------------------------


def test_defaults_need_no_file() -> None:
    """A home that does not exist gives the defaults, and says so of every key."""
    settings = load_settings(home=NOWHERE, environ={"PATH": "/bin"})
    assert settings.satellites == (25544, 48274)
    assert settings.smtp.security == "starttls"
    assert set(settings.origins.values()) == {"default"}


def test_paths_and_database_start_in_the_home() -> None:
    """Relative paths are below the home; absolute ones and URLs stay as they are."""
    settings = load_settings(home=NOWHERE, environ={"OVERFLIGHT_ELEMENTS_FILES": "a.txt, /b.txt"})
    assert settings.database_url == "sqlite:////nowhere/overflight.sqlite3"
    assert settings.element_files == (NOWHERE / "a.txt", Path("/b.txt"))
    assert settings.file_directory == NOWHERE / "outbox"
    url = "postgresql://db/overflight"
    assert load_settings(home=NOWHERE, environ={"OVERFLIGHT_DATABASE": url}).database_url == url


def test_precedence_and_origins(tmp_path: Path) -> None:
    """--set beats a variable, which beats the file, which beats the default; each is traceable."""
    text = 'default_place = "file"\n[smtp]\nhost = "file"\nusername = "file"\n'
    environ = {"OVERFLIGHT_DEFAULT_PLACE": "variable", "OVERFLIGHT_SMTP_HOST": "variable"}
    settings = load(tmp_path, text, environ, {"smtp.host": "set"})
    assert (settings.smtp.host, settings.default_place) == ("set", "variable")
    assert settings.smtp.username == "file"
    assert settings.origins["smtp.host"] == "--set"
    assert settings.origins["default_place"] == "OVERFLIGHT_DEFAULT_PLACE"
    assert settings.origins["smtp.username"] == "overflight.toml"
    assert settings.origins["smtp.port"] == "default"


def test_empty_variables_count_as_unset(tmp_path: Path) -> None:
    """An empty variable neither sets a key nor is refused as unknown."""
    environ = {"OVERFLIGHT_SATELLITES": "", "OVERFLIGHT_SATELITES": ""}
    assert load(tmp_path, "satellites = [5]", environ).satellites == (5,)


def test_variables_are_parsed_by_type() -> None:
    """Numbers, lists and choices come from text."""
    environ = {
        "OVERFLIGHT_SATELLITES": "25544, 100000001",
        "OVERFLIGHT_DISPATCH_LEASE_S": "1",
        "OVERFLIGHT_SMTP_PORT": "587",
        "OVERFLIGHT_SMTP_SECURITY": "tls",
        "OVERFLIGHT_HOME": "/somewhere",
    }
    settings = load_settings(home=NOWHERE, environ=environ)
    assert settings.satellites == (25544, 100_000_001)
    assert settings.dispatch.lease_s == 1.0
    assert (settings.smtp.port, settings.smtp.security) == (587, "tls")


@pytest.mark.parametrize("text", ["[]", " [] ", ","])
def test_a_variable_can_empty_a_list(tmp_path: Path, text: str) -> None:
    """Where an empty list means something, a variable can say it over what the file says."""
    file = 'elements.sources = ["space-track"]'
    assert load(tmp_path, file).elements.sources == ("space-track",)
    assert load(tmp_path, file, {"OVERFLIGHT_ELEMENTS_SOURCES": text}).elements.sources == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://mirror.test",
        "https://mirror.test:8443/a/b/",
        "http://localhost",
        "http://127.0.0.1:8080",
        "http://[::1]:80/x",
    ],
)
def test_a_provider_may_be_a_mirror(url: str) -> None:
    """Any address with TLS will do, and on this machine one without."""
    environ = {"OVERFLIGHT_CELESTRAK_BASE_URL": url}
    assert load_settings(home=NOWHERE, environ=environ).celestrak.base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://mirror.test",
        "http://localhost.evil.test",
        "http://127.0.0.1.evil.test",
        "http://localhost@evil.test",
        "https://me:hush@mirror.test",
        "ftp://mirror.test",
        "https://",
        "https://mirror.test/?x=",
        "https://mirror.test/#x",
        "https://mirror.test/\nx",
    ],
)
def test_a_provider_is_not_asked_in_the_open(tmp_path: Path, url: str) -> None:
    """Without TLS, or with a login or a query in it, an address is refused."""
    message = refusal(tmp_path, environ={"OVERFLIGHT_SPACE_TRACK_BASE_URL": url})
    assert "base_url: expected https://HOST, or http://localhost:PORT" in message


def test_set_values_are_parsed_by_type(tmp_path: Path) -> None:
    """--set takes what a variable takes, and an empty text clears what the file says."""
    overrides = {"smtp.port": "2525", "satellites": "5, 7", "default_place": ""}
    settings = load(tmp_path, "default_place = 'Oslo'", overrides=overrides)
    assert (settings.smtp.port, settings.satellites, settings.default_place) == (2525, (5, 7), "")


def test_places_come_from_the_file(tmp_path: Path) -> None:
    """A place of one's own keeps its position, and its keys know their origin."""
    text = "[places.hut]\nlatitude = -33.5\nlongitude = 151\ntime_zone = 'Australia/Sydney'\n"
    settings = load(tmp_path, text)
    hut = settings.places["hut"]
    assert (hut.latitude_deg, hut.longitude_deg, hut.height_m) == (-33.5, 151.0, 0.0)
    assert settings.origins["places.hut.latitude"] == "overflight.toml"
    assert settings.origins["places.hut.height"] == "default"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Editors that write a byte order mark are tolerated."""
    assert load(tmp_path, "\ufeffdefault_place = 'x'").default_place == "x"


# --- Mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[plan\n", "bad syntax: .*line 1"),
        ("x = 1", r": x: expected a section or a key, got an unknown one; known: database, "),
        (
            "[smtp]\nhots = 'a'",
            r": smtp.hots: expected a key of \[smtp\].*did you mean smtp.host\?",
        ),
        ("[smpt]\nhost = 'a'", r": smpt: .*did you mean smtp\?"),
        ("hours_ahead = 3", r"did you mean plan.hours_ahead\?"),
        ("[plan]\nhorizon_hours = 3", r"plan.horizon_hours: .*it is called plan.hours_ahead now"),
        (
            "[plan]\nhours_ahead = 337",
            "hours_ahead: expected a whole number from 1 to 336, got 337",
        ),
        ("[plan]\nhours_ahead = '3'", 'hours_ahead: expected a whole number .* got "3"'),
        ("[plan]\nhours_ahead = true", "expected a whole number .* got true"),
        ("[privacy]\ngrid_deg = nan", "grid_deg: expected a number from 0.01 to 1, got nan"),
        ("[dispatch]\nlease_s = inf", "lease_s: expected a number from 0.5 to 3600, got inf"),
        ("satellites = 25544", "expected a list, not empty, each item a whole number"),
        ("satellites = []", "expected a list, not empty"),
        (f"satellites = [{10**30}]", "each item a whole number from 1 to 999999999, got"),
        ("satellites = [1979-01-01]", 'got \\["1979-01-01"\\]'),
        ("[smtp]\nsecurity = 'ssl'", "expected one of none, starttls, tls, got"),
        ('[sender]\nfrom_name = "a\\r\\nBcc: b"', "expected one line of text, got"),
        ("[file]\ndirectory = ''", 'expected one line of text, not empty, got ""'),
        ("elements.sources = ['nasa']", "sources: .*each item one of celestrak, space-track"),
        ("celestrak.groups = ['a&b']", "groups: .* each item the name of a group"),
        ("[space_track]\nidentity = 'me'", "set OVERFLIGHT_SPACE_TRACK_IDENTITY instead"),
        ("smtp = 5", r": smtp: expected a table, written \[smtp\], got 5"),
        ("database = 'x'", "expected sqlite:///FILE .* or postgresql://USER@HOST/NAME, got"),
        ("places = 5", r": places: expected a table"),
        ("[places]\nhut = 5", r": places.hut: expected a table"),
        ("[places.hut]\nlongitude = 1", "places.hut.latitude: expected a number .* got nothing"),
        ("[places.hut]\nlatitude = 95\nlongitude = 1", "from -90 to 90, got 95"),
        ("[places.hut]\nlatitude = 9\nlongitude = 1\ntime_zone='Mars/X'", "time_zone: .*Mars/X"),
        ("[places.hut]\nlatitude = 9\nlongitude = 1\ntime_zone='Europe'", "time_zone: .*Europe"),
        ("[places.hut]\nlatitude = 9\nlongitude = 1\ntime_zone='../x'", "time_zone: .*x"),
        ("[places.hut]\nlatitude = 9\nlongitude = 1\nhorizon_mask='0-9'", "_mask: .*0:10.*0-9"),
        ("[places.hut]\nlatitude = 9\nlongitude = 1\nhorizon_mask='0:90'", "-5 to 89.*0:90"),
        ("[places.hut]\nlatitude = 9\nlongitude = 1\nlat = 2", "places.hut.lat: .*unknown"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    """A mistake in the file names the file, the key, what was expected and what came."""
    message = refusal(tmp_path, text)
    assert re.search(said, message), message
    assert str(tmp_path / FILE_NAME) in message


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OVERFLIGHT_SATELLITES", "a,2", 'satellites: expected a list.* got \\["a", "2"\\]'),
        ("OVERFLIGHT_PLAN_HOURS_AHEAD", "500", 'from 1 to 336, got "500"'),
        ("OVERFLIGHT_DISPATCH_LEASE_S", "nan", "from 0.5 to 3600"),
        ("OVERFLIGHT_SMTP_HOST", "\udcff", "one line of text"),
        ("OVERFLIGHT_SMTP_HSOT", "x", r"did you mean OVERFLIGHT_SMTP_HOST\?"),
        ("OVERFLIGHT_PLACES_HOME_LATITUDE", "1", "an unknown one"),
        ("OVERFLIGHT_PLAN_HORIZON_HOURS", "1", "it is called OVERFLIGHT_PLAN_HOURS_AHEAD now"),
    ],
)
def test_a_mistake_in_a_variable_is_named(tmp_path: Path, name: str, value: str, said: str) -> None:
    """A mistake in the environment names the variable, even where the file is right."""
    message = refusal(tmp_path, "satellites = [5]", {name: value})
    assert message.startswith(f"{name}: ")
    assert re.search(said, message), message


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("smtp.port", "x", 'smtp.port: expected a whole number from 1 to 65535, got "x"'),
        ("smtp.port", "", 'smtp.port: expected a whole number .*, got ""'),
        ("smtp.prot", "1", r"smtp.prot: .*did you mean smtp.port\?"),
        ("hours_ahead", "1", r"did you mean plan.hours_ahead\?"),
        ("plan.horizon_hours", "1", "it is called plan.hours_ahead now"),
        ("qqq", "1", "expected a known key, got an unknown one; overflight config show"),
        ("places.hut.latitude", "1", f"expected places in {FILE_NAME} only"),
    ],
)
def test_a_mistake_in_set_is_named(tmp_path: Path, key: str, value: str, said: str) -> None:
    """A mistake in --set names the flag and the key, or the key that was meant."""
    text = "[places.hut]\nlatitude = 9\nlongitude = 1\n"
    message = refusal(tmp_path, text, overrides={key: value})
    assert message.startswith(f"--set: {key}: ")
    assert re.search(said, message), message


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """One run shows every problem, each with its fields."""
    (tmp_path / FILE_NAME).write_text("a = 1\n[smtp]\nport = 0\n")
    with pytest.raises(OverflightError) as caught:
        load_settings(home=tmp_path, environ={"OVERFLIGHT_X": "1"})
    assert isinstance(caught.value, SettingsError)
    assert [problem.key for problem in caught.value.problems] == ["a", "smtp.port", ""]
    assert caught.value.problems[2].origin == "OVERFLIGHT_X"


@pytest.mark.parametrize("content", [b"\xff", b"a = '\xe4'"])
def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no UTF-8 are a mistake in the file, not a crash."""
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(SettingsError, match="not UTF-8 at offset"):
        load_settings(home=tmp_path, environ={})


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """What cannot be read is named with the reason."""
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(SettingsError, match="Is a directory"):
        load_settings(home=tmp_path, environ={})


# --- Secrets ------------------------------------------------------------------------------------


def test_the_password_is_taken_but_never_shown() -> None:
    """The password reaches only who asks for it by name."""
    settings = load_settings(home=NOWHERE, environ={"OVERFLIGHT_SMTP_PASSWORD": " hush"})
    assert settings.smtp.password.reveal() == " hush"
    shown = f"{settings} {settings!r} {settings.smtp} {settings.smtp.password} {describe(settings)}"
    assert "hush" not in shown
    assert "password=***" in shown


@pytest.mark.parametrize("environ", [{}, {"OVERFLIGHT_SMTP_PASSWORD": "other"}])
def test_a_password_in_the_file_is_refused(tmp_path: Path, environ: dict[str, str]) -> None:
    """A password in the file is refused with the variable to use, and is not repeated."""
    message = refusal(tmp_path, "[smtp]\npassword = 'hush'", environ)
    assert "set OVERFLIGHT_SMTP_PASSWORD instead" in message
    assert "hush" not in message


def test_a_password_on_the_command_line_is_refused(tmp_path: Path) -> None:
    """A password in --set is refused with the variable to use, and is not repeated."""
    message = refusal(tmp_path, overrides={"smtp.password": "hush"})
    assert "set OVERFLIGHT_SMTP_PASSWORD instead" in message
    assert "hush" not in message


@pytest.mark.parametrize(
    "url", ["postgresql://me:hush@db/x", "postgresql://db/x?user=me&password=hush&sslmode=require"]
)
def test_a_password_in_the_database_url_is_hidden(tmp_path: Path, url: str) -> None:
    """A URL works whole and is shown, or refused, without its password."""
    settings = load_settings(home=NOWHERE, environ={"OVERFLIGHT_DATABASE": url})
    assert settings.database_url == url
    assert describe(settings)[0].value == url.replace("hush", "***")
    assert "hush" not in repr(settings)
    assert "hush" not in refusal(tmp_path, environ={"OVERFLIGHT_DATABASE": url + "\n"})


# --- The database -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file::memory:", "sqlite+x:///a"],
)
def test_a_database_that_would_not_last_is_refused(tmp_path: Path, url: str) -> None:
    """A database in memory ends with the command, so the URL of a file or a server is asked for."""
    message = refusal(tmp_path, environ={"OVERFLIGHT_DATABASE": url})
    assert "expected sqlite:///FILE (never in memory) or postgresql://USER@HOST/NAME" in message


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("sqlite:///a/b.db", "sqlite:////nowhere/a/b.db"),
        ("sqlite:////b.db", "sqlite:////b.db"),
        ("sqlite:///~/b.db", f"sqlite:///{Path.home()}/b.db"),
        ("postgresql+psycopg://db/x", "postgresql+psycopg://db/x"),
    ],
)
def test_a_relative_database_file_starts_in_the_home(url: str, used: str) -> None:
    """The same settings mean the same file from whatever folder a command is run."""
    settings = load_settings(home=NOWHERE, environ={"OVERFLIGHT_DATABASE": url})
    assert settings.database_url == used


def test_a_plain_postgresql_url_reaches_for_the_server() -> None:
    """``postgresql://`` uses the driver that is installed: what fails is the server, not it."""
    with pytest.raises(DatabaseError, match="OperationalError"):
        open_database("postgresql://me@127.0.0.1:1/x")


# --- Showing ------------------------------------------------------------------------------------


def test_every_key_has_its_own_variable_and_a_help_text() -> None:
    """No two keys share a variable, and none goes unexplained."""
    variables = [setting.variable for setting in EVERY_KEY.values()]
    assert len(set(variables)) == len(variables)
    assert EVERY_KEY["smtp.host"].variable == "OVERFLIGHT_SMTP_HOST"
    assert all(setting.help.endswith(".") for setting in EVERY_KEY.values())


def test_the_example_changes_nothing(tmp_path: Path) -> None:
    """The example loads as it stands and leaves every default alone."""
    assert set(load(tmp_path, example_settings()).origins.values()) == {"default"}


def test_the_example_shows_every_key_with_its_default(tmp_path: Path) -> None:
    """With every key uncommented the example loads, sets all but secrets, changes nothing."""
    text = re.sub(r"^#(?=\[|\w+ = )", "", example_settings(), flags=re.MULTILINE)
    settings = load(tmp_path, text)
    set_keys = {key for key, origin in settings.origins.items() if origin == FILE_NAME}
    place_keys = {f"places.home.{key}" for key in tomllib.loads(text)["places"]["home"]}
    assert set_keys == EVERY_KEY.keys() - SECRETS | place_keys
    values = {setting.key: setting.value for setting in describe(settings)}
    assert all(values[key] == EVERY_KEY[key].value for key in EVERY_KEY)


# --- The home -----------------------------------------------------------------------------------


def test_the_home_is_flag_then_variable_then_the_users_own() -> None:
    """The flag wins over the variable, an empty one counts as unset; the result is absolute."""
    environ = {"OVERFLIGHT_HOME": "/variable"}
    assert find_home("/flag", environ) == Path("/flag")
    assert find_home(None, environ) == Path("/variable")
    assert find_home("here", {}) == Path.cwd() / "here"
    assert find_home("~/x", {}) == Path.home() / "x"
    assert find_home(None, {"OVERFLIGHT_HOME": ""}).name == "overflight"


def test_the_home_is_created_for_its_owner_only(tmp_path: Path) -> None:
    """A new home is 0700; making it again is no error and changes nothing."""
    home = tmp_path / "deep" / "home"
    create_home(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    create_home(home)
    tmp_path.chmod(0o755)
    create_home(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("place", "got"),
    [("file", "a file"), ("file/below", "Not a directory"), ("/proc/x", "No such")],
)
def test_a_home_that_cannot_be_is_explained(tmp_path: Path, place: str, got: str) -> None:
    """What stands in the way is named, with the way out."""
    (tmp_path / "file").touch()
    with pytest.raises(
        SettingsError, match=f"expected a folder to keep data in, got {got}.*--home"
    ):
        create_home(tmp_path / place)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_without_write_permission_is_explained(tmp_path: Path) -> None:
    """A folder that may not be written to is refused before anything is tried in it."""
    tmp_path.chmod(0o500)
    with pytest.raises(SettingsError, match="may not be written to"):
        create_home(tmp_path)


# --- The command --------------------------------------------------------------------------------


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``overflight config`` as a person would."""
    command = [sys.executable, "-m", "overflight", "--home", str(home), "config", *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]}
    )


def test_config_init_never_overwrites(tmp_path: Path) -> None:
    """The first call writes a private file, the second refuses and leaves it as it is."""
    home = tmp_path / "home"
    path = Path(run(home, "path").stdout.strip())
    assert run(home, "init").returncode == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("default_place = 'Oslo'")
    again = run(home, "init")
    assert again.returncode == 1
    assert "expected no file yet" in again.stderr
    assert "Traceback" not in again.stderr
    assert path.read_text() == "default_place = 'Oslo'"


def test_config_show_tells_where_values_come_from(tmp_path: Path) -> None:
    """Table and JSON give key, value and origin."""
    (tmp_path / FILE_NAME).write_text("default_place = 'Oslo'")
    assert re.search(r"default_place +Oslo +overflight.toml", run(tmp_path, "show").stdout)
    assert '"origin": "overflight.toml"' in run(tmp_path, "show", "--json").stdout
