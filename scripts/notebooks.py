"""Write the notebooks as pages that can be read at once: Markdown, with what each cell shows.

python scripts/notebooks.py                 all of them, in a minute
python scripts/notebooks.py 5-backpropagation   one
python scripts/notebooks.py --text          the words and the code anew, the outputs as they stand

A page is made of the cells of docs/notebooks/NAME.py and, between two marks, of what a cell shows.
The tests compare all but the outputs with the notebook, and the words of the outputs where they run
it.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "notebooks"
BEGIN, END = "<!-- output -->", "<!-- end of output -->"
MOST_LINES = 30  # of a text that is not folded away
DPI = 80
COLOURS = 255  # of a picture: small files, and no eye sees a difference


@dataclass(frozen=True)
class Cell:
    """One cell: text in Markdown, or code."""

    is_code: bool
    source: str


def cells_of(text: str) -> list[Cell]:
    """Return the cells of a notebook in the percent format."""
    parts = re.split(r"^# %%(.*)\n", text, flags=re.MULTILINE)[1:]
    found = []
    for head, body in zip(parts[::2], parts[1::2], strict=True):
        if "[markdown]" in head:
            body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
        found.append(Cell("[markdown]" not in head, body.strip("\n")))
    return found


def page_of(name: str, cells: list[Cell], outputs: list[str]) -> str:
    """Return a page; every cell of code has an output, an empty one if it shows nothing."""
    waiting = iter(outputs)
    parts = [f"<!-- Written by scripts/notebooks.py from {name}.py -->"]
    for cell in cells:
        if not cell.is_code:
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        if output := next(waiting):
            parts.append(f"{BEGIN}\n\n{output}\n\n{END}")
    return "\n\n".join(parts) + "\n"


def outputs_of(page: str) -> list[str]:
    """Return the outputs that stand in a page, in the order of its cells of code."""
    found = []
    for block in re.split(r"^```python\n", page, flags=re.MULTILINE)[1:]:
        match = re.search(f"{re.escape(BEGIN)}\n\n(.*?)\n\n{re.escape(END)}", block, re.DOTALL)
        found.append(match[1] if match else "")
    return found


# What a cell shows --------------------------------------------------------------------------


def run_cell(source: str, names: dict[str, Any]) -> tuple[str, Any]:
    """Run a cell as Jupyter does: return what it prints, and the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        value = None
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # type: ignore[arg-type]
    text = "\n".join(line.rpartition("\r")[2] for line in printed.getvalue().split("\n"))
    return text, value


def shown_as(printed: str, value: Any, picture: str) -> tuple[str, dict[str, bytes]]:
    """Return an output as Markdown, and the picture files it needs.

    Parameters
    ----------
    printed : str
    value : object
        That of the last expression, None if there is none.
    picture : str
        A name for a picture, without its ending.
    """
    parts = [_fenced(printed)] if printed.strip() else []
    files: dict[str, bytes] = {}
    if hasattr(value, "steps") and hasattr(value, "step"):
        files[f"{picture}.svg"] = value.diagram.svg.encode()
        parts += [f"![The network]({picture}.svg)", _account(value)]
    elif hasattr(value, "diagram") and hasattr(value, "fit"):
        files[f"{picture}.svg"] = value.diagram().svg.encode()
        parts.append(f"![The network]({picture}.svg)")
    elif (png := _png(value)) is not None:
        files[f"{picture}.png"] = png
        parts.append(f"![What the cell draws]({picture}.png)")
    elif value is not None:
        parts.append(_fenced(str(value) if hasattr(value, "_repr_html_") else repr(value)))
    return "\n\n".join(parts), files


def _account(account: Any) -> str:
    """Return an account with steps that open and close, as far as Markdown has them."""
    parts = [f"**{account.title}**", *account.answers]
    for step in account.steps:
        first, _, rest = str(account.step(step.name)).partition("\n")
        parts.append(_folded(first, rest))
    return "\n\n".join(parts)


def _folded(summary: str, text: str) -> str:
    safe = summary.replace("&", "&amp;").replace("<", "&lt;")
    return f"<details><summary><code>{safe}</code></summary>\n\n```text\n{text}\n```\n\n</details>"


def _fenced(text: str) -> str:
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    if len(lines) > MOST_LINES:
        return _folded(f"{len(lines)} lines: {lines[0]}", "\n".join(lines))
    return "```text\n" + "\n".join(lines) + "\n```"


def _png(value: Any) -> bytes | None:
    """Return a picture as a small file; None if it is none."""
    from PIL import Image

    figure = getattr(value, "figure", value)
    if isinstance(value, np.ndarray) or not hasattr(figure, "savefig"):
        return None
    large, small = io.BytesIO(), io.BytesIO()
    figure.savefig(large, format="png", dpi=DPI)
    Image.open(large).convert("RGB").quantize(COLOURS).save(small, format="png", optimize=True)
    return small.getvalue()


# Pages --------------------------------------------------------------------------------------


def write(name: str, with_outputs: bool) -> None:
    """Write the page of a notebook and its pictures."""
    cells = cells_of((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    page = FOLDER / f"{name}.md"
    if not with_outputs:
        outputs = outputs_of(page.read_text(encoding="utf-8"))
    else:
        outputs = _run(name, [cell.source for cell in cells if cell.is_code])
    page.write_text(page_of(name, cells, outputs), encoding="utf-8")


def _run(name: str, sources: list[str]) -> list[str]:
    names: dict[str, Any] = {"__name__": "__main__"}
    images = FOLDER / "images"
    images.mkdir(exist_ok=True)
    for old in images.glob(f"{name}-*"):
        old.unlink()
    outputs = []
    for place, source in enumerate(sources, 1):
        text, files = shown_as(*run_cell(source, names), f"images/{name}-{place}")
        for path, content in files.items():
            (FOLDER / path).write_bytes(content)
        outputs.append(text)
    return outputs


def main() -> None:
    """Write the pages that are asked for."""
    known = sorted(path.stem for path in FOLDER.glob("*.py"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", default=known, metavar="NAME", help=", ".join(known))
    parser.add_argument("--text", action="store_true", help="keep the outputs, run nothing")
    arguments = parser.parse_args()
    import matplotlib

    matplotlib.use("agg")
    for name in arguments.names:
        write(name, not arguments.text)
        print(f"{name}.md  {(FOLDER / f'{name}.md').stat().st_size / 1000:.1f} kB", flush=True)


if __name__ == "__main__":
    main()
