"""The installed command, run the way a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("overflight")


@pytest.fixture
def home(tmp_path):
    """Where the command keeps its state; it does not exist yet."""
    return tmp_path / "home"


@pytest.fixture
def environment(home, tmp_path):
    """A clean environment: nothing of the caller's settings, and a home of its own."""
    return {
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "OVERFLIGHT_HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "TZ": "Asia/Kathmandu",  # whatever the machine's zone is, nothing may depend on it
    }


@pytest.fixture
def overflight(environment, tmp_path):
    """Run ``overflight`` with arguments; return its returncode, stdout and stderr.

    Whatever happens, nobody is shown a traceback, and a failure says something.
    """

    def run(*arguments, stdin=""):
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            check=False,
            cwd=tmp_path,
            encoding="utf-8",
            env=environment,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        assert "unexpected" not in done.stderr
        assert done.returncode == 0 or done.stderr.strip()
        return done

    return run
