"""Throw damaged element files at the parser, and see that it answers.

Every input is a good file of some format that was cut, shuffled, repeated or overwritten at random.
The parser must return or raise a ``TleError``, within a second; and what it accepts must come back
the same from an export in one of the formats. Run it by ``make fuzz``; a failure names the seed and
keeps the input.
"""

import argparse
import random
import sys
import time
from collections import Counter
from importlib import resources
from pathlib import Path

from tle import ElementSet, TleError, parse_elements
from tle.exporting import EXPORT_FORMATS, export_elements

_REFERENCE = Path(__file__).parents[1] / "tests" / "reference" / "elements"
_MAX_INPUT_S = 1.0
_MAX_BYTES = 20_000
_LINES_OF_A_FILE = 30
_INPUTS_A_ROUND = 200
_TOKENS = (
    *(bytes((code,)) for code in (0, 9, 10, 13, 27, 32, 34, 35, 44, 45, 60, 61, 91, 123, 133, 255)),
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", "\ud7ff\u2028٣".encode(),
    b"nan", b"inf", b"-0", b"1e999", b"9" * 400, b"9" * 5000, b"null", b"true", b"1_0",
    b"[" * 2000, b'{"a":' * 2000, b'"', b"\\ud800", b"1 25544U", b"2 25544 ", b"0 ",
    b"<omm>", b"</omm>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&amp;", b"&#0;", b"&x;",
    b"<!DOCTYPE ndm>", b"<?xml version='1.0' encoding='utf-16'?>", b"<title" * 500,
    b"CCSDS_OMM_VERS = 2.0\n", b"COMMENT ", b" [deg]", b"EPOCH = ", b"NORAD_CAT_ID,EPOCH",
    b"2026-13-01T00:00:00", b"2026-366T23:59:60.9999999Z", b"0000-01-01T00:00:00",
)  # fmt: skip


def main() -> int:
    """Fuzz until the time or the number of inputs is used up; 1 if anything was found."""
    options = _options()
    corpus = [data for data in _corpus() if data]
    counts: Counter[str] = Counter()
    slowest_s, number, until = 0.0, 0, time.monotonic() + options.seconds
    while time.monotonic() < until and number < options.inputs:
        generator = random.Random(f"{options.seed}:{number}")  # noqa: S311 - no secret
        for _ in range(_INPUTS_A_ROUND):
            data = _damaged(generator, corpus)
            begun = time.perf_counter()
            problem = _try(data, generator.choice(EXPORT_FORMATS), counts)
            slowest_s = max(slowest_s, time.perf_counter() - begun)
            number += 1
            if problem:
                path = Path(f"fuzz-{options.seed}-{number}.bin")
                path.write_bytes(data)
                print(f"input {number} of seed {options.seed}, kept as {path}: {problem[:1000]}")
                return 1
    tried = f"{number:,} inputs tried (seed {options.seed}, {len(corpus)} files)"
    print(f"{tried}: {', '.join(f'{count:,} {what}' for what, count in sorted(counts.items()))}")
    print(f"slowest input, its export included: {slowest_s:.3f} s; nothing found")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--inputs", type=int, default=sys.maxsize)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _corpus() -> list[bytes]:
    """Return good files of every format, in every encoding, none of them large."""
    texts = [path.read_text() for path in sorted(_REFERENCE.glob("iss_css.*"))]
    derived = resources.files("gpconf") / "corpus" / "derived"
    for folder in sorted(derived.iterdir(), key=lambda each: each.name):
        texts += [
            "".join(path.read_text().splitlines(keepends=True)[:_LINES_OF_A_FILE])
            for path in sorted(folder.iterdir(), key=lambda each: each.name)
            if not path.name.endswith(".provenance.json")
        ]
    sets = [located.element_set for located in parse_elements(texts[0]).sets]
    texts += ["".join(export_elements(sets, format_)) for format_ in EXPORT_FORMATS]
    encodings = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1")
    return [text.encode(encoding, "replace") for text in texts for encoding in encodings]


def _damaged(generator: random.Random, corpus: list[bytes]) -> bytes:
    data = bytearray(generator.choice(corpus))
    for _ in range(generator.choice((0, 1, 1, 1, 2, 2, 3, 5, 10))):
        at = generator.randrange(len(data) + 1)
        end = min(len(data), at + generator.choice((0, 1, 1, 2, 8, 70, 500)))
        match generator.randrange(7):
            case 0:
                data[at:end] = generator.choice(_TOKENS)
            case 1:
                data[at:end] = generator.randbytes(generator.choice((1, 1, 2, 20)))
            case 2:
                data[at:end] = b""
            case 3:
                data[at:at] = data[at:end] * generator.choice((1, 2, 100))
            case 4:
                other = generator.choice(corpus)
                start = generator.randrange(len(other) + 1)
                data[at:end] = other[start : start + generator.choice((10, 100, 1000))]
            case 5:
                digits = generator.choices(b"0123456789.-+eE ", k=generator.choice((1, 1, 3)))
                data[at : at + len(digits)] = bytes(digits)
            case _:
                del data[at:]
    return bytes(data[:_MAX_BYTES])


def _try(data: bytes, format_: str, counts: Counter[str]) -> str:
    """Return what is wrong with the answer to one input, or its export; empty if nothing is."""
    begun = time.perf_counter()
    try:
        parsed = parse_elements(data)
    except TleError:
        counts["refused whole"] += 1
        return ""
    except Exception as error:  # noqa: BLE001 - which is what is looked for
        return f"{type(error).__name__}: {error}"
    taken_s = time.perf_counter() - begun
    if taken_s > _MAX_INPUT_S:
        return f"it took {taken_s:.1f} s"
    sets = [located.element_set for located in parsed.sets]
    counts["with sets accepted" if sets else "with every set refused"] += 1
    counts["sets accepted"] += len(sets)
    try:
        return _come_back(sets, format_)
    except Exception as error:  # noqa: BLE001 - what is exported must be readable, too
        return f"{format_}: {type(error).__name__}: {error}"


def _come_back(sets: list[ElementSet], format_: str) -> str:
    exportable = [each for each in sets if format_ != "tle" or _fits_tle(each)]
    if not exportable:
        return ""
    text = "".join(export_elements(exportable, format_))
    parsed = parse_elements(text)
    again = [located.element_set for located in parsed.sets]
    if len(again) != len(exportable):
        return f"{format_} gave back {len(again)} sets for {len(exportable)}"
    if format_ == "tle":  # which rounds: but what came from it once stays as it is
        text_again = "".join(export_elements(again, format_))
        changes = zip(text.split("\n"), text_again.split("\n"), strict=False)
    else:
        changes = zip(exportable, again, strict=True)
    return next((f"{format_}: {a!r} became {b!r}" for a, b in changes if a != b), "")


def _fits_tle(element_set: ElementSet) -> bool:
    try:
        "".join(export_elements([element_set], "tle"))
    except TleError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
