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
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from unittest import mock

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from overflight.cli.root import Context, cli

IMAGES = Path(__file__).parents[1] / "docs" / "img"
NOW = datetime(2026, 10, 10, tzinfo=UTC)
PICTURES = {
    "passes": ("tle load demo.3le", "passes Hangzhou --days 1.25"),
    "demo": ("demo --output greetings",),
}
STYLES = {
    r"^\$ .*": "bold bright_white",
    r"^ ─+$": "bright_black",
    r"^ (date|simulated)  .*": "bold",
    r"\byes$": "green",
    r"^warning:": "yellow",
    r"#.*": "bright_black",
}

# A picture in a README may fetch nothing, so the text is set in a font that the reader has.
OFFLINE_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def main() -> None:
    """Run the commands of each picture in an empty folder, and draw what they print."""
    for name, commands in PICTURES.items():
        transcript = "\n".join(f"$ overflight {command}\n{said(command)}" for command in commands)
        path = IMAGES / f"{name}.svg"
        path.write_text(drawn(transcript, title=f"overflight {name}"), encoding="utf-8")
        print(path)


def said(command: str) -> str:
    """Return what a command writes, on either stream, with the bundled sets loaded."""
    output = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(mock.patch.dict(os.environ, {"OVERFLIGHT_HOME": f"{folder}/home"}))
        stack.enter_context(mock.patch.object(Context, "now", staticmethod(lambda: NOW)))
        stack.callback(os.umask, os.umask(0o077))
        Path("demo.3le").write_bytes((files("overflight") / "data" / "demo.3le").read_bytes())
        for arguments in ("tle load demo.3le", command):
            output = io.StringIO()
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                cli.main(shlex.split(arguments), standalone_mode=False, prog_name="overflight")
    return output.getvalue()


def drawn(transcript: str, *, title: str) -> str:
    """Return a transcript as SVG."""
    lines = [line.rstrip() for line in transcript.splitlines()]
    text = Text("\n".join(lines))
    for pattern, style in STYLES.items():
        text.highlight_regex(re.compile(pattern, re.MULTILINE), style)
    screen = Console(record=True, file=io.StringIO(), width=max(map(len, lines)), highlight=False)
    screen.print(text, soft_wrap=True)
    return screen.export_svg(title=title, code_format=OFFLINE_FORMAT, unique_id="terminal")


if __name__ == "__main__":
    main()
