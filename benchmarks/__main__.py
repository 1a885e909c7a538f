"""Run a suite of benchmarks, or some of one: ``python -m benchmarks [--quick] [NAME ...]``."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks import report
from benchmarks.measuring import BenchmarkError, Result

BLAS_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def _events(*, quick: bool) -> Result:
    from benchmarks.events import run
    from benchmarks.inputs import cities
    from benchmarks.race import Case

    case = Case(sites=cities(1_000), installed="default", floor=300, aim=1_000)
    return run([case], rounds=3 if quick else 7)


def _campaign(*, quick: bool) -> Result:
    from benchmarks.campaign import AIM_CUSTOMERS, run

    return run(customers=AIM_CUSTOMERS // 10 if quick else AIM_CUSTOMERS)


def _cold(*, quick: bool) -> Result:
    from benchmarks.cold_start import run

    return run(pairs=3 if quick else 15)


def _catalogue(*, quick: bool) -> Result:
    from benchmarks.catalogue import SETS, run

    return run(SETS // 10 if quick else SETS)


def _scale(*, quick: bool) -> Result:
    from benchmarks.events import run
    from benchmarks.inputs import cities, points
    from benchmarks.race import Case

    few, many, most = cities(1_000), points(100_000), points(1_000_000)
    cases = [
        Case(sites=few, installed="default", floor=300, aim=1_000),
        Case(sites=many, installed="default", floor=1_000, aim=1_700),
        Case(sites=many, installed="fast", floor=4_000, aim=8_000),
        Case(sites=most, installed="default", floor=1_200, aim=1_800),
        Case(sites=most, installed="fast", floor=6_000, aim=10_000),
        Case(sites=most, installed="fast", threads=2, floor=9_000, aim=15_000),
    ]
    return run(cases[:3] if quick else cases, rounds=3 if quick else 5)


def _columns(*, quick: bool) -> Result:
    from benchmarks.events import run_all_columns
    from benchmarks.inputs import cities, points
    from benchmarks.race import Case

    cases = [
        Case(sites=sites, installed=installed)
        for sites in (cities(1_000), points(10_000))
        for installed in ("default", "fast")
    ]
    return run_all_columns(cases[:2] if quick else cases, rounds=3)


def _memory(*, quick: bool) -> Result:
    from benchmarks.memory import AIM_POINTS, run

    return run(AIM_POINTS // 10 if quick else AIM_POINTS)


def _growth(*, quick: bool) -> Result:
    from benchmarks.growth import run

    counts = (1_000, 10_000, 100_000, 1_000_000, 3_000_000)
    return run(counts[:3] if quick else counts, rounds=3)


def _peers(*, quick: bool) -> Result:
    from benchmarks.peers import run

    return run(rounds=1 if quick else 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Benchmarks that are written down together, and the libraries that matter to them."""

    benchmarks: Mapping[str, Callable[..., Result]]
    libraries: Sequence[str]


SUITES = {
    "bench": Suite(
        benchmarks={
            "events": _events,
            "cold": _cold,
            "catalogue": _catalogue,
            "campaign": _campaign,
        },
        libraries=("numpy", "sgp4", "skyfield", "sqlalchemy", "click", "rich"),
    ),
    "orbit": Suite(
        benchmarks={
            "scale": _scale,
            "columns": _columns,
            "memory": _memory,
            "growth": _growth,
            "peers": _peers,
        },
        libraries=("numpy", "numba", "sgp4", "skyfield", "ephem", "orbit-predictor", "pyorbital"),
    ),
}


def _chosen(names: list[str]) -> tuple[str, list[str]]:
    """Return the suite that holds all of the names, and these; its own name stands for all.

    Raises:
        BenchmarkError: there is none.
    """
    for name, suite in SUITES.items():
        if names == [name]:
            return name, list(suite.benchmarks)
        if set(names) <= suite.benchmarks.keys():
            return name, names
    known = (f"{name}, or some of {', '.join(SUITES[name].benchmarks)}" for name in SUITES)
    raise BenchmarkError(f"expected {'; '.join(known)}; got {' '.join(names)}")


def main() -> int:
    """Measure, print, and write down what a full suite found; return 1 if a figure falls short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        default=["bench"],
        help="a suite or some of its benchmarks",
    )
    parser.add_argument("--quick", action="store_true", help="less of it; nothing is written down")
    arguments = parser.parse_args()
    # The libraries read these when they are imported, which each benchmark does on its own.
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    results = []
    try:
        suite_name, names = _chosen(arguments.names)
        suite = SUITES[suite_name]
        for name in names:
            print(f"{name} ...", file=sys.stderr, flush=True)
            results.append(suite.benchmarks[name](quick=arguments.quick))
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    where = report.machine(suite.libraries)
    print(report.to_markdown(where, results), end="")
    if not arguments.quick and len(results) == len(suite.benchmarks):
        report.write(suite_name, where, results)
    return 0 if all(aim.held for result in results for aim in result.aims) else 1


if __name__ == "__main__":
    sys.exit(main())
