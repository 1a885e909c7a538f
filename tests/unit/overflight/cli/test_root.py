"""The root command: its options, and one look for every error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(home: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run ``overflight`` as a person would."""
    base = {"PATH": os.environ["PATH"], "OVERFLIGHT_HOME": str(home), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "overflight", *words],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=base | environ,
    )


def test_set_overrides_settings(tmp_path: Path) -> None:
    """--set may be repeated, beats the environment, and shows up as the origin."""
    words = ("--set", "smtp.port=2525", "--set", "smtp.username=a=b", "config", "show")
    shown = run(tmp_path, *words, OVERFLIGHT_SMTP_PORT="26").stdout.splitlines()
    assert ["smtp.port", "2525", "--set"] in [line.split() for line in shown]
    assert ["smtp.username", "a=b", "--set"] in [line.split() for line in shown]


def test_set_without_a_value_is_a_usage_error(tmp_path: Path) -> None:
    """--set wants KEY=VALUE, and says so with an example."""
    done = run(tmp_path, "--set", "smtp.port", "config", "show")
    assert done.returncode == 2
    assert "expected KEY=VALUE, such as smtp.port=2525, got 'smtp.port'" in done.stderr


@pytest.mark.parametrize(("options", "first"), [([], "error: "), (["-v"], "Traceback ")])
def test_verbose_shows_where(tmp_path: Path, options: list[str], first: str) -> None:
    """Only -v before the command shows a traceback, and the error itself comes last."""
    done = run(tmp_path, *options, "--set", "smtp.port=x", "config", "show")
    assert done.returncode == 1
    assert done.stderr.startswith(first)
    assert done.stderr.splitlines()[-1].startswith("error: --set: smtp.port: expected")


def test_a_value_that_looks_like_verbose_is_a_value(tmp_path: Path) -> None:
    """A -v that belongs to another option asks for no traceback."""
    done = run(tmp_path, "campaign", "approve", "nosuch", "--by", "-v")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "last"),
    [
        (("tle", "load"), 2, "error: Missing argument 'FILE...|-'."),
        (("tle", "list", "--format", "x"), 2, "error: Invalid value for '--format': "),
        (("tel",), 2, "error: no command 'tel'; did you mean 'overflight tle'?"),
        (("--set", "a=1", "config", "show"), 1, "error: --set: a: expected a known key"),
    ],
)
def test_all_errors_look_alike(tmp_path: Path, words: list[str], code: int, last: str) -> None:
    """Errors start with "error: "; those of the command line show the usage first and exit by 2."""
    done = run(tmp_path, *words)
    assert done.returncode == code
    assert done.stderr.splitlines()[-1].startswith(last)
    assert done.stderr.startswith("Usage: overflight") is (code == 2)


def test_a_bare_command_shows_its_help(tmp_path: Path) -> None:
    """Without a command there is help, not an error."""
    done = run(tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: overflight")
    assert "error:" not in done.stderr


def test_a_poor_terminal_still_gets_the_whole_table(tmp_path: Path) -> None:
    """What the encoding cannot print becomes a question mark, and nothing else is lost."""
    words = ("--set", "default_place=Zürich", "config", "show")
    shown = run(tmp_path, *words, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C.UTF-8")
    assert shown.returncode == 0
    assert "Z?rich" in shown.stdout
    assert shown.stdout.splitlines()[-1].startswith("sender.unsubscribe")
