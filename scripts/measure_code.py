"""Measure the shape of the code: ``python scripts/measure_code.py [TREE]``.

It prints, for the package in a tree (this one by default): the files that name each structured op,
files that import each other, long files and functions, and statements by room.
"""

from __future__ import annotations

import ast
import collections
import pathlib
import sys
from collections.abc import Iterator

# Ops that are neither one scalar expression nor made of others.
STRUCTURED = [
    *("argmax", "broadcast_to", "concatenate", "cummax", "gather", "matmul", "max", "one_hot"),
    *("pad", "random_bits", "random_uniform", "reshape", "scatter_add", "size", "slice", "sum"),
    *("transpose", "windows", "windows_add"),
]
# Words that are also names of other things: a metric's mode, an argument, an attribute.
WORDS = {"max", "size", "slice", "sum", "pad", "one_hot"}
LONG_FILE, LONG_FUNCTION = 400, 40


def trees(package: pathlib.Path) -> dict[pathlib.Path, ast.Module]:
    """Return the parsed files of a package by their path within it."""
    return {
        path.relative_to(package): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(package.rglob("*.py"))
    }


def naming(files: dict[pathlib.Path, ast.Module], op: str) -> list[str]:
    """Return the files outside the op's room that hold its name as a text, or in a rule's name."""
    found = []
    for path, tree in files.items():
        texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        if path.parts[0] != "ops" and (op in texts or f"_op_{op}" in functions):
            found.append(str(path))
    return found


def imports(path: pathlib.Path, tree: ast.Module, modules: dict[str, pathlib.Path]) -> set[str]:
    """Return the modules that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in modules else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name in modules} - {name_of(path)}


def name_of(path: pathlib.Path) -> str:
    parts = ("glassnet", *path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def circles(files: dict[pathlib.Path, ast.Module]) -> list[list[str]]:
    """Return the groups of files that reach each other by imports (Tarjan, 1972)."""
    modules = {name_of(path): path for path in files}
    edges = {name_of(path): imports(path, tree, modules) for path, tree in files.items()}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(edges[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            place = stack.index(name)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.append(sorted(group))

    sys.setrecursionlimit(10_000)
    for name in sorted(edges):
        if name not in index:
            visit(name)
    return found


def functions(files: dict[pathlib.Path, ast.Module]) -> Iterator[tuple[int, str]]:
    """Return the length of every function, without its docstring, and its name."""
    for path, tree in files.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                text = ast.get_docstring(node, clean=False)
                told = (first.end_lineno or 0) - first.lineno + 1 if text is not None else 0
                yield (node.end_lineno or 0) - node.lineno + 1 - told, f"{path}::{node.name}"


def statements(tree: ast.Module) -> int:
    """Count statements; a docstring is none."""
    found = 0
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        found += isinstance(node, ast.stmt) and not is_text
    return found


def main() -> None:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    package = root / "glassnet"
    files = trees(package)
    print("files outside ops/ that name a structured op:")
    for op in STRUCTURED:
        found = naming(files, op)
        note = "  (the word means other things too)" if op in WORDS else ""
        print(f"  {op:15} {len(found):3}{note}")
    groups = circles(files)
    print(f"import circles: {len(groups)}, of {sum(map(len, groups))} files")
    for group in groups:
        print(f"  {', '.join(group)}")
    lengths = {path: len((package / path).read_text("utf-8").splitlines()) for path in files}
    long_files = [f"{path} ({n})" for path, n in lengths.items() if n > LONG_FILE]
    print(f"files over {LONG_FILE} lines: {len(long_files)}: {', '.join(long_files)}")
    sizes = sorted(functions(files))
    print(f"functions over {LONG_FUNCTION} lines: {sum(n > LONG_FUNCTION for n, _ in sizes)}")
    print(f"length of functions: median {sizes[len(sizes) // 2][0]}, "
          f"90th percentile {sizes[len(sizes) * 9 // 10][0]} lines")  # fmt: skip
    rooms: collections.Counter[str] = collections.Counter()
    for path, tree in files.items():
        rooms[path.parts[0].removesuffix(".py")] += statements(tree)
    print(f"statements: {sum(rooms.values())}, lines: {sum(lengths.values())}")
    for room, count in sorted(rooms.items()):
        print(f"  {room:15} {count:6}")


if __name__ == "__main__":
    main()
