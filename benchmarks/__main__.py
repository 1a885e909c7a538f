"""Run the benchmarks: ``python -m benchmarks [--quick] [events] [campaign] [cold]``."""

import argparse
import os
import sys
from collections.abc import Callable

from benchmarks import report
from benchmarks.measuring import BenchmarkError, Result

BLAS_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def _events(*, quick: bool) -> Result:
    from benchmarks.events import run

    return run(rounds=3 if quick else 7)


def _campaign(*, quick: bool) -> Result:
    from benchmarks.campaign import AIM_CUSTOMERS, run

    return run(customers=AIM_CUSTOMERS // 10 if quick else AIM_CUSTOMERS)


def _cold(*, quick: bool) -> Result:
    from benchmarks.cold_start import run

    return run(pairs=3 if quick else 15)


BENCHMARKS: dict[str, Callable[..., Result]] = {
    "events": _events,
    "cold": _cold,
    "campaign": _campaign,
}


def main() -> int:
    """Measure, print, and write down what a full run found; return 1 if an aim was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="less of it; nothing is written down")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(
            f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}"
        )
    # The libraries read these when they are imported, which each benchmark does on its own.
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    results = []
    for name in arguments.names or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            results.append(BENCHMARKS[name](quick=arguments.quick))
        except BenchmarkError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
    where = report.machine()
    print(report.to_markdown(where, results), end="")
    if not arguments.quick and len(results) == len(BENCHMARKS):
        report.write(where, results)
    return 0 if all(aim.met for result in results for aim in result.aims) else 1


if __name__ == "__main__":
    sys.exit(main())
