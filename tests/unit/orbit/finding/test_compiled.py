import ast
import inspect
import platform
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numba
import numpy as np
import pytest

from orbit.ephemeris import propagate
from orbit.finding import compiled, kernel
from orbit.observers import Observers
from orbit.passes import find_passes

START = datetime(2026, 10, 10, tzinfo=UTC)
COMPILED = (*kernel.INLINED, kernel.solve, kernel.sweep)


@pytest.fixture(scope="module")
def ephemeris(iss):
    """A day of the ISS."""
    return propagate(iss, START, START + timedelta(days=1))


def test_one_signature(ephemeris):
    """Whatever is asked, the loop is compiled for one kind of arguments: it takes seconds each."""
    observers = Observers.at([52.5, 52.6, -33.9, 90.0], [13.4, 13.5, 18.4, 0.0])
    for threshold_deg in (10.0, -5.0, [-5.0, 0.0, 10.0, 89.0]):
        find_passes(ephemeris, observers, min_elevation_deg=threshold_deg, engine="numba")
    find_passes(ephemeris, observers.take(np.array([2])), engine="numba", threads=2)
    assert len(compiled.sweep.signatures) == 1


@pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="knows the instructions of x86-64 only"
)
def test_packed_instructions(ephemeris):
    """Every division and root has its form for several candidates at once.

    Each also has its form for one, which takes what is left over at the end of a loop; so a loop
    that the compiler has not laid out for several has more of these. Compiled afresh: what comes
    from the cache cannot be looked at.
    """
    find_passes(ephemeris, Observers.at(52.5, 13.4), engine="numba")
    options = {**compiled.sweep.targetoptions}
    del options["nopython"]  # goes without saying
    fresh = numba.njit(**options)(kernel.sweep)
    signature = compiled.sweep.signatures[0]
    fresh.compile(signature)
    used = Counter(re.findall(r"\bv?(div|sqrt)([ps])d\b", fresh.inspect_asm(signature)))
    for operation in ("div", "sqrt"):
        assert used[operation, "p"] >= used[operation, "s"], used
        assert used[operation, "p"] > 0, used


def test_the_cache_knows_the_file():
    """Numba compiles anew when the loop's file changes; so whatever it compiles is in that file."""
    assert inspect.getsourcefile(compiled.sweep.py_func) == kernel.__file__
    assert compiled.sweep.py_func is kernel.sweep
    for function in COMPILED:
        assert inspect.getsourcefile(function) == kernel.__file__, function.__name__


def test_compiled_code_uses_what_is_in_its_file():
    """Compiled code takes constants and functions from its own file, and numpy, only."""
    tree = ast.parse(Path(kernel.__file__).read_text())
    constants = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    functions = {function.__name__ for function in COMPILED}
    assert {"DEGREE", "LANES"} <= constants
    for function in COMPILED:
        used = set(inspect.getclosurevars(function).globals)
        assert used <= constants | functions | {"np"}, function.__name__


def test_the_loop_is_reached_by_all_that_is_compiled():
    """Nothing is compiled that the loop does not call."""
    called, new = set(), {"sweep"}
    while new:
        called |= new
        reached = {
            name
            for each in new
            for name, value in inspect.getclosurevars(getattr(kernel, each)).globals.items()
            if inspect.isfunction(value)
        }
        new = reached - called
    assert called == {function.__name__ for function in COMPILED}


def test_a_preview_does_not_load_it():
    """One place for a week loads no compiler, though one is installed; asking for it does."""
    code = (
        "import sys\n"
        "from datetime import UTC, datetime, timedelta\n"
        "from pathlib import Path\n"
        "from orbit.ephemeris import propagate\n"
        "from orbit.observers import Observers\n"
        "from orbit.passes import find_passes\n"
        "from tle import parse_elements\n"
        "iss = parse_elements(Path(sys.argv[1]).read_text()).sets[0].element_set\n"
        "start = datetime(2026, 10, 10, tzinfo=UTC)\n"
        "ephemeris = propagate(iss, start, start + timedelta(days=7))\n"
        "for engine in (None, 'numba'):\n"
        "    number = len(find_passes(ephemeris, Observers.at(52.5, 13.4), engine=engine))\n"
        "    print(number, *sorted({'numba', 'llvmlite'} & set(sys.modules)))\n"
    )
    elements = Path(__file__).parents[3] / "reference" / "elements" / "iss_css.3le"
    run = subprocess.run(
        [sys.executable, "-c", code, elements], capture_output=True, text=True, check=True
    )
    number, *loaded = run.stdout.splitlines()[0].split()
    assert int(number) > 10
    assert loaded == []
    assert run.stdout.splitlines()[1] == f"{number} llvmlite numba"


NOWHERE_TO_KEEP = """
import numba
from numba.core import caching

def no_locator(*arguments):
    raise RuntimeError("cannot cache function 'sweep': no locator available for file")

caching.FunctionCache.__init__ = no_locator
from orbit.finding import compiled
print(compiled.sweep.stats.cache_path)
"""


def test_nowhere_to_keep_compiled_code():
    """Where no folder takes the compiled code, as for a daemon without a home, it goes without."""
    done = subprocess.run(
        [sys.executable, "-c", NOWHERE_TO_KEEP],
        capture_output=True,
        check=False,
        encoding="utf-8",
        cwd=Path(kernel.__file__).parents[2],
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "None"
