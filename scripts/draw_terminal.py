"""Draw docs/img: what the commands print, as the pictures in the README.

Run `python scripts/draw_terminal.py`. The commands are the real ones; the time and the element sets
are fixed, so the same code gives the same bytes every time.
"""

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from unittest import mock

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from overflight.cli.context import Context
from overflight.cli.root import cli

IMAGES = Path(__file__).parents[1] / "docs" / "img"
NOW = datetime(2026, 10, 10, tzinfo=UTC)
COLUMNS = 110
PICTURES = {
    "passes": ("tle load demo.3le", "passes Hangzhou --days 1.25"),
    "demo": ("demo --output greetings",),
}
STYLES = {
    r"^\$ .*": "bold bright_white",
    r"^─+$": "bright_black",
    r"^date  .*": "bold",
    r"\byes$": "green",
    r"^warning:": "yellow",
    r"#.*": "bright_black",
}

# A picture in a README may fetch nothing, so the text is set in a font that the reader has.
OFFLINE_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def main() -> None:
    """Run the commands of each picture in a folder of their own, and draw what they print."""
    for name, commands in PICTURES.items():
        with fresh_folder():
            transcript = "\n".join(f"$ overflight {each}\n{said(each)}" for each in commands)
        path = IMAGES / f"{name}.svg"
        path.write_text(drawn(transcript, title=f"overflight {name}"), encoding="utf-8")
        print(path)


@contextlib.contextmanager
def fresh_folder() -> Iterator[None]:
    """Work in an empty home, at the time of the bundled element sets."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stack.callback(os.umask, os.umask(0o077))  # commands change it
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(mock.patch.dict(os.environ, {"OVERFLIGHT_HOME": f"{folder}/home"}))
        stack.enter_context(mock.patch.object(Context, "now", staticmethod(lambda: NOW)))
        Path("demo.3le").write_bytes((files("overflight") / "data" / "demo.3le").read_bytes())
        yield


def said(command: str) -> str:
    """Return what a command writes, on either stream."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        cli.main(shlex.split(command), standalone_mode=False, prog_name="overflight")
    return output.getvalue()


def drawn(transcript: str, *, title: str) -> str:
    """Return a transcript as SVG."""
    lines = [line.rstrip() for line in transcript.splitlines()]
    text = Text("\n".join(lines))
    for pattern, style in STYLES.items():
        text.highlight_regex(re.compile(pattern, re.MULTILINE), style)
    columns = min(max(map(len, lines)), COLUMNS)
    screen = Console(record=True, file=io.StringIO(), width=columns, highlight=False)
    screen.print(text)
    return screen.export_svg(title=title, code_format=OFFLINE_FORMAT, unique_id="terminal")


if __name__ == "__main__":
    main()
