"""What the documents show of Python works as written."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", ["README.md", "docs/python.md"])
def test_python_in_documents(document, monkeypatch):
    """Every block runs, after those above it; where it shows an answer, that is what comes."""
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    monkeypatch.chdir(ROOT)
    text = (ROOT / document).read_text()
    names: dict[str, object] = {}
    blocks = list(BLOCK.finditer(text))
    assert blocks
    for block in blocks:
        line = text.count("\n", 0, block.start()) + 1
        if ">>>" not in block[1]:
            exec(compile("\n" * line + block[1], document, "exec"), names)
            continue
        parsed = doctest.DocTestParser().get_doctest(block[1], names, document, document, line)
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
        said: list[str] = []
        failed, _ = runner.run(parsed, out=said.append, clear_globs=False)
        assert not failed, "".join(said)
        names |= parsed.globs  # a test has a copy of the names
