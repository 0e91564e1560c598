"""Damaged files of every kind that is read: each gives a result or an error of glassnet's.

``python -m tests.hostile.mutated --count 60000`` tries as many, in processes that may take 1 GB
more than they begin with; ``--kind`` names some of the kinds, ``--only NUMBER`` repeats one and
keeps its file. What ended otherwise, took longer than 10 seconds or ended its process is listed.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

from glassnet.errors import GlassnetError
from tests.hostile.kinds import KINDS
from tests.hostile.memory import allow_only

MOST_SECONDS, MOST_BYTES = 10, 10**9
# Of every hundred files: models and checkpoints have most that can be wrong.
SHARES = {
    "model": 28, "checkpoint": 12, "run": 8, "net": 10, "data": 5, "table": 9, "npz": 10, "idx": 4,
    "labels": 3, "idx.gz": 4, "program": 5, "cache": 2,
}  # fmt: skip
_ORDER = [name for name, share in SHARES.items() for _ in range(share)]
_AT_ONCE = 400  # files that one process reads


class TooSlow(BaseException):
    """The time is over."""


def _stop(*_: Any) -> None:
    raise TooSlow


def damaged(number: int, seed: int, examples: dict[str, list[bytes]]) -> tuple[str, bytes]:
    """Return kind and content of the file of a number."""
    rng = random.Random(f"{seed} {number}")
    names = [name for name in _ORDER if name in examples]
    name = names[rng.randrange(len(names))]
    content, other = rng.choice(examples[name]), rng.choice(examples[name])
    return name, KINDS[name].damage(content, other, rng)


def verdict(path: Path, name: str, folder: Path) -> str:
    """Read a file; return "" or what went wrong."""
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    signal.alarm(6 * MOST_SECONDS)  # machine code that never comes back ends the process
    try:
        KINDS[name].read(path, folder)
    except GlassnetError:
        pass
    except TooSlow:
        return f"{name}: took more than {MOST_SECONDS} s: {_where()}"
    except BaseException as error:
        return f"{name}: {type(error).__name__}: {str(error)[:150]} | {_where()}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.alarm(0)
    return ""


def _where() -> str:
    steps = traceback.extract_tb(sys.exc_info()[2])
    ours = [step for step in steps if "/glassnet/" in step.filename]
    return " < ".join(
        f"{Path(step.filename).name}:{step.lineno} {step.name}"
        for step in (ours or steps)[-3:][::-1]
    )


def _work(numbers: list[int], seed: int, examples: Any, folder: Path, report: int) -> None:
    """Read files one after the other, telling which one is begun and how it ended."""
    signal.signal(signal.SIGVTALRM, _stop)
    warnings.simplefilter("ignore")
    for name, contents in examples.items():  # imports and caches of a first read do not count
        for content in contents:
            path = folder / f"intact{KINDS[name].ending}"
            path.write_bytes(content)
            bad = verdict(path, name, folder)
            if bad:
                os.write(report, (json.dumps(["intact", bad]) + "\n").encode())
    allow_only(MOST_BYTES)
    for number in numbers:
        name, content = damaged(number, seed, examples)
        path = folder / f"damaged{KINDS[name].ending}"
        path.write_bytes(content)
        os.write(report, (json.dumps(["begin", number, name]) + "\n").encode())
        bad = verdict(path, name, folder)
        os.write(report, (json.dumps(["end", number, bad]) + "\n").encode())


def intact(kinds: list[str], folder: Path) -> dict[str, list[bytes]]:
    """Return the examples of kinds, made in a process of its own: threads do not survive a fork."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                for name in kinds:
                    for number, content in enumerate(KINDS[name].examples(folder)):
                        (folder / f"example {name} {number:03d}").write_bytes(content)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the examples could not be made")
    return {
        name: [path.read_bytes() for path in sorted(folder.glob(f"example {name} *"))]
        for name in kinds
    }


def tried(numbers: list[int], seed: int, kinds: list[str]) -> dict[int | str, str]:
    """Read files in processes of their own; return what went wrong, by number."""
    wrong: dict[int | str, str] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        examples = intact(kinds, folder)
        left = list(numbers)
        while left:
            now = left[:_AT_ONCE]
            path = folder / "report"
            report = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            child = os.fork()
            if child == 0:
                try:
                    _work(now, seed, examples, folder, report)
                    os._exit(0)
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(1)
            _, status = os.waitpid(child, 0)
            os.close(report)
            done = 0
            begun: Any = None
            for line in path.read_text().splitlines():
                kind, *rest = json.loads(line)
                if kind == "intact":
                    wrong["intact"] = rest[0]
                elif kind == "begin":
                    begun = rest
                else:
                    done, begun = done + 1, None
                    if rest[1]:
                        wrong[rest[0]] = rest[1]
            if status and begun is None:
                raise RuntimeError(f"a process ended with {status} between two files")
            if begun is not None:
                wrong[begun[0]] = f"{begun[1]}: the process ended with {status}"
                done += 1
            left = left[done:]
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", action="append", choices=list(KINDS))
    parser.add_argument("--only", type=int)
    given = parser.parse_args()
    numbers = list(range(given.first, given.first + given.count))
    kinds = given.kind or list(KINDS)
    if given.only is not None:
        numbers = [given.only]
        with tempfile.TemporaryDirectory() as place:
            examples = intact(kinds, Path(place))
        name, content = damaged(given.only, given.seed, examples)
        kept = Path(f"damaged{KINDS[name].ending}")
        kept.write_bytes(content)
        print(f"{name}: {len(content)} bytes, kept as {kept}")
    start = time.monotonic()
    wrong = tried(numbers, given.seed, kinds)
    groups = collections.defaultdict(list)
    for number, text in wrong.items():
        groups[text].append(number)
    for text, which in sorted(groups.items(), key=lambda one: -len(one[1])):
        print(f"{len(which):5d}  {text}  e.g. {which[:3]}")
    took = time.monotonic() - start
    print(f"{len(numbers)} files, {len(wrong)} ended otherwise, {took:.0f} s")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
