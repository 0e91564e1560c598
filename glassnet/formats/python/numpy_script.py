"""The program in NumPy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from glassnet.formats.python.layout import WIDTH, Line, aligned, indented, wrapped
from glassnet.formats.python.library import NUMPY
from glassnet.formats.python.numpy_style import NumpyStyle, array_text
from glassnet.formats.python.recipe import Draw, Recipe
from glassnet.formats.python.script import Script, groups
from glassnet.graph import Node, Statement, shape_text
from glassnet.quoting import python_text

__all__ = ["NumpyScript"]

# More weights or data than this are not written into the program.
MOST_NUMBERS = 100
# A row of four numbers with all their digits fits.
_ROW_WIDTH = 104
# A rule of so many lines becomes a function.
_LONG_RULE, _LONG_UPDATE = 2, 6


def _draws_for_sums(node: Node, readers: list[Node]) -> bool:
    """Draws that are computed with stand by themselves; a dropout mask only compares them."""
    is_draw = node.op.name == "random_uniform"
    return is_draw and any(one.op.name != "greater_equal" for one in readers)


class NumpyScript(Script):
    """Writes a program in NumPy."""

    own_line = staticmethod(_draws_for_sums)

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe, _typed_library(recipe.dtype))
        self.style = self._style({})
        numbers = [a.size for name, a in recipe.values.items() if not _is_even(a)]
        # Drawn again only where writing the numbers down would be too long.
        self.is_small = sum(numbers) <= MOST_NUMBERS

    def _style(self, roles: Mapping[str, str]) -> NumpyStyle:
        def name(node: Node) -> str | None:
            label = self.listing.name_of(node)
            return None if label is None else roles.get(label, label)

        return NumpyStyle(name, self.helpers, dict(self.recipe.streams))

    def sizes_known(self) -> bool:
        return self.style.uses_n

    # Statements -----------------------------------------------------------------------

    def statements(self, statements: list[Statement]) -> list[str]:
        lines: list[Line] = []
        for one in statements:
            note = self.shape(one.shape) if not one.state else ""
            lines.append((self._line(one, self.style, {}), note))
        return aligned(lines)

    def _line(self, one: Statement, style: NumpyStyle, roles: Mapping[str, str]) -> str:
        target = roles.get(one.name, one.name)
        if self.listing.name_of(one.node) != one.name:
            return f"{target} = {style.text(one.node).text}"
        if one.state and not roles:
            short = self._in_place(one, style)
            if short:
                return short
        return f"{target} = {style.formula(one.node).text}"

    @cached_property
    def _places(self) -> Counter[int]:
        """How many statements hold each value."""
        return Counter(id(one.node) for one in self.listing.statements)

    def _in_place(self, one: Statement, style: NumpyStyle) -> str:
        """Return ``W1 -= step`` where the new value is the old one and a step."""
        old, node = self.recipe.program.inputs[one.state], one.node
        is_shared = self._places[id(old)] > 0 or self._places[id(node)] > 1
        if node.op.name not in ("add", "subtract") or is_shared or node.shape == ():
            return ""
        first, second = node.inputs
        if first is not old and node.op.name == "add":
            first, second = second, first
        if first is not old or second is old:
            return ""
        sign = "-" if node.op.name == "subtract" else "+"
        return f"{one.name} {sign}= {style.text(second).text}"

    def update(self, statements: list[Statement]) -> list[str]:
        by_parameter = groups(statements)
        shared = by_parameter.pop("", [])
        draws = [s for s in statements if s.parameter and s.node.op.name == "random_uniform"]
        rules = {
            owner: [s for s in parts if s not in draws] for owner, parts in by_parameter.items()
        }
        bodies = {owner: self._rule(owner, parts) for owner, parts in rules.items()}
        texts = {tuple(lines) for lines, _ in bodies.values()}
        is_long = all(len(parts) >= _LONG_RULE for parts in rules.values())
        is_long = is_long and sum(map(len, rules.values())) >= _LONG_UPDATE
        if len(rules) < 2 or len(texts) != 1 or not is_long:
            return self.statements(statements)
        lines, roles = next(iter(bodies.values()))
        found = self.statements([*shared, *draws])
        order = {name: place for place, name in enumerate(roles.values())}
        results = sorted(self._results(next(iter(rules.values())), roles), key=order.__getitem__)
        arguments = ", ".join(roles.values())
        body = [f"def {self.recipe.rule}({arguments}):", *indented(list(lines))]
        self.helpers.add(self.recipe.rule, [*body, f"    return {', '.join(results)}"])
        for owner, parts in rules.items():
            _, mine = bodies[owner]
            targets = [name for name in mine if any(s.state and s.name == name for s in parts)]
            found.append(f"{', '.join(targets)} = {self.recipe.rule}({', '.join(mine)})")
        return found

    def _results(self, parts: list[Statement], roles: Mapping[str, str]) -> list[str]:
        return [roles[one.name] for one in parts if one.state]

    def _rule(self, owner: str, parts: list[Statement]) -> tuple[tuple[str, ...], dict[str, str]]:
        """Return the update of one parameter in names of roles, and which name plays which."""
        roles = self._roles(owner, parts)
        inner = {one.name: _without(one.name, owner) for one in parts if not one.state}
        style = self._style({**roles, **inner})
        lines: list[str] = []
        for one in parts:
            lines += wrapped(self._line(one, style, {**roles, **inner}))
        return tuple(lines), roles

    def _roles(self, owner: str, parts: list[Statement]) -> dict[str, str]:
        made = {one.name for one in parts if not one.state}
        read = [name for one in parts for name in one.reads if name not in made]
        states = [one.name for one in parts if one.state]
        gradient = f"d{owner}"
        roles = {owner: "w"}
        for name in dict.fromkeys([*read, *states]):
            if name == gradient:
                roles[name] = "dw"
            elif name != owner and name.endswith(f"_{owner}"):
                short = _without(name, owner)
                roles[name] = name if short in self.listing.inputs else short
        order = [owner, gradient, *(n for n in roles if n not in (owner, gradient))]
        return {name: roles[name] for name in order if name in roles}

    # The rest of the program --------------------------------------------------------------

    def imports(self) -> list[str]:
        found = [name for name in ("math", "zlib") if self.helpers.uses(f"{name}.")]
        scipy = ["from scipy.optimize import minimize"] if self.recipe.options is not None else []
        path = ["from pathlib import Path"] if self.arrays else []
        standard = [*(f"import {name}" for name in found), *path]
        return [*standard, *([""] if standard else []), "import numpy as np", *scipy]

    @property
    def kind(self) -> str:
        return _kind_of(self.recipe.dtype)

    def value(self, name: str, label: str) -> list[str]:
        array = self.recipe.values[name]
        shape, kind = shape_text(array.shape), _kind_of(str(array.dtype))
        owner = self.owner(name)
        if owner and not array.any():
            return [f"{label} = np.zeros_like({owner})"]
        if _is_even(array):
            first = array.reshape(-1)[0]
            known = {0.0: "zeros", 1.0: "ones"}.get(float(first))
            size = str(array.shape[0]) if array.ndim == 1 else shape
            if known:
                return [f"{label} = np.{known}({size}{kind})"]
            return [f"{label} = np.full({size}, {first}{kind})"]
        draw = self.recipe.draws.get(name)
        if draw is not None and not self.is_small:
            return [f"{label} = {self._drawn(draw, shape)}"]
        if not self.is_small:
            self.arrays[label] = np.array(array)  # a copy: the network trains on
            return [f"{label} = saved[{python_text(label)}]  # {shape}"]
        text = array_text(array, str(array.dtype))
        if np.all(array == np.floor(array)) and not kind:
            text = f"{text[:-1]}, float)"
        return array_lines(f"{label} = {text}", f"  # {shape}")

    def constant(self, label: str, array: np.ndarray) -> list[str]:
        if array.size > 10 * MOST_NUMBERS:
            self.arrays[label] = np.array(array)  # a copy: the network trains on
            return [f"{label} = saved[{python_text(label)}]  # {shape_text(array.shape)}"]
        text = array_text(array, str(array.dtype))
        return array_lines(f"{label} = {text}", f"  # {shape_text(array.shape)}")

    def _drawn(self, draw: Draw, shape: str) -> str:
        self.helpers.need(draw.function)
        a, b = (repr(number) for number in draw.numbers)
        text = f"{draw.function}({python_text(draw.stream)}, {shape}, {a}, {b})"
        return f"{text}.astype(np.float32)" if self.kind else text

    def values(self) -> list[str]:
        lines = super().values()
        loads = any("saved[" in line for line in lines)
        if loads and not self.arrays.keys() & self.recipe.data.keys():
            lines = [*self._loaded(), *lines]
        return lines

    def _loaded(self) -> list[str]:
        file = python_text(self.recipe.file)
        return [f"with np.load(Path(__file__).parent / {file}) as file:", "    saved = dict(file)"]

    def data(self) -> list[str]:
        recipe = self.recipe
        if not recipe.data:
            names = ", ".join(f"{name}={name}" for name in self.rows)
            note = f'made by np.savez("data.npz", {names})'
            lines = [f'with np.load("data.npz") as file:  # {note}', "    data = dict(file)"]
            for name in self.rows:
                node = recipe.program.inputs[name]
                tail = ".astype(np.float32)" if node.dtype == "float32" else ""
                read = f"data[{python_text(name)}]{tail}"
                lines.append(f"{self.whole(name)} = {read}  # {self.shape(node.shape)}")
            return lines
        if sum(array.size for array in recipe.data.values()) <= MOST_NUMBERS:
            lines = []
            for name, array in recipe.data.items():
                text = array_text(array, "float32" if array.dtype == np.float32 else "")
                note = f"  # {shape_text(array.shape)}"
                lines += array_lines(f"{self.whole(name)} = {text}", note)
            return lines
        lines = self._loaded()
        for name, array in recipe.data.items():
            self.arrays[name] = np.array(array)
            read = f"saved[{python_text(name)}]"
            lines.append(f"{self.whole(name)} = {read}  # {shape_text(array.shape)}")
        return lines

    def batch(self) -> list[str]:
        size = self.recipe.batch_size
        rows = f"slice(start, start + {size})"
        if self.recipe.shuffle:
            rows = f"order[start : start + {size}]"
        targets = ", ".join(self.label(name) for name in self.rows)
        taken = ", ".join(f"{self.whole(name)}[rows]" for name in self.rows)
        return [f"rows = {rows}", f"{targets} = {taken}"]

    def taken(self) -> list[str]:
        inputs = self.recipe.program.inputs
        kinds = {name: _kind_of(inputs[name].dtype) or ", float" for name in self.rows}
        labels = {name: self.label(name) for name in self.rows}
        return [f"{x} = np.asarray({x}{kinds[name]})" for name, x in labels.items()]

    # Steps made by SciPy ------------------------------------------------------------------

    def minimizer(self, body: list[str]) -> list[str]:
        options = self.recipe.options
        assert options is not None
        gradients = {
            name[2:]: self.listing.name_of(node)
            for name, node in self.listing.program.outputs.items()
            if name.startswith("d.")
        }
        # In the order of the weights, not from the last layer backwards.
        ordered = [name for name in self.recipe.program.inputs if name in gradients]
        labels = ", ".join(self.label(name) for name in ordered)
        comma = "," if len(ordered) == 1 else ""
        flat = ", ".join(f"{gradients[name]}.ravel()" for name in ordered)
        tail = f".astype({self.kind[2:]})" if self.kind else ""
        settings = ", ".join(f"{python_text(k)}: {value!r}" for k, value in options.items())
        head = [f"n = len({self.label(self.rows[0])})"] if self.sizes_known() else []
        step = self.label("step") if self.is_used("step") else ""
        kept = [self.label(name) for name in self.listing.program.state]
        after = _after_iteration(step, bool(kept))
        callback = ", callback=next_step" if after else ""
        before = [f"buffers = [{', '.join(kept)}]", "latest = list(buffers)"] if kept else []
        names = f"{', '.join(kept)}{',' if len(kept) == 1 else ''}"
        if kept:  # the copies may be changed in place
            body = [
                f"{names} = (buffer.copy() for buffer in buffers)",
                *body,
                f"latest[:] = [{', '.join(kept)}]",
            ]
        return [
            *head,
            *([f"{step} += 1"] if step else []),
            f"weights = [{labels}]",
            *before,
            "places = np.cumsum([w.size for w in weights])[:-1]",
            "",
            "",
            "def unpack(flat):",
            f"    parts = np.split(flat{tail}, places)",
            "    return [part.reshape(w.shape) for part, w in zip(parts, weights)]",
            "",
            "",
            "def loss_and_gradient(flat):",
            f"    {labels}{comma} = unpack(flat)",
            *indented(body),
            *indented(wrapped(f"gradient = np.concatenate([{flat}])")),
            f"    return {self._last_loss()}, gradient",
            *after,
            "",
            "",
            "first = np.concatenate([w.ravel() for w in weights])",
            f"options = {{{settings}}}",
            *wrapped(
                'result = minimize(loss_and_gradient, first, jac=True, method="L-BFGS-B", '
                f"options=options{callback})"
            ),
            f"{labels}{comma} = unpack(result.x)",
            *([f"{names} = buffers"] if kept else []),
            'print(f"loss {result.fun:.6g}")',
        ]


def _after_iteration(step: str, has_buffers: bool) -> list[str]:
    """Return the function that SciPy calls after an iteration, where there is need of one."""
    if not step and not has_buffers:
        return []
    lines = ["", "", "def next_step(flat):"]
    lines += [f"    global {step}"] if step else []
    if has_buffers:
        lines += [
            "    loss_and_gradient(flat)  # at the point that SciPy accepted",
            "    buffers[:] = latest",
        ]
    return [*lines, *([f"    {step} += 1"] if step else [])]


def _kind_of(dtype: str) -> str:
    """Return the dtype argument of a call that makes an array; empty for NumPy's default."""
    return ", np.float32" if dtype == "float32" else ""


def _without(name: str, owner: str) -> str:
    return name.removesuffix(f"_{owner}")


def _is_even(array: np.ndarray) -> bool:
    """Tell whether all numbers of an array are the same."""
    flat = array.reshape(-1)
    return flat.size > 0 and bool(np.all(flat == flat[0])) and bool(np.isfinite(flat[0]))


def array_lines(line: str, note: str) -> list[str]:
    """Return a line with an array, in as many lines as it needs."""
    if len(line) > WIDTH:
        return wrapped_array(line)
    return [line + note if len(line + note) <= WIDTH else line]


def wrapped_array(line: str) -> list[str]:
    """Break a list within lists between its rows, a long row between its numbers.

    >>> for one in wrapped_array("W = np.array([[" + "0.123456789, " * 8 + "1], [2, 3]])"):
    ...     print(one)
    W = np.array([[0.123456789, 0.123456789, 0.123456789, 0.123456789, 0.123456789, 0.123456789,
                   0.123456789, 0.123456789, 1],
                  [2, 3]])
    """
    depth = line.index("[")
    lines = [""]
    is_matrix = re.search(r"\[[^\[\],]+,", line) is not None
    for piece in re.split(r"(?<=,) ", line):
        is_new_row = is_matrix and piece.startswith("[")
        if lines[-1] and (len(lines[-1]) + len(piece) >= _ROW_WIDTH or is_new_row):
            opened = "".join(lines).count("[") - "".join(lines).count("]")
            lines.append(" " * (depth + opened) + piece)
        else:
            lines[-1] += f" {piece}" if lines[-1] else piece
    return lines


def _typed_library(dtype: str) -> dict[str, tuple[tuple[str, ...], str]]:
    kind = "np.float32" if dtype == "float32" else "np.float64"
    found = {}
    for name, (needs, text) in NUMPY.items():
        if dtype == "float64":
            text = text.replace(" / FLOAT(2**24)", " / 2**24")
        found[name] = (needs, text.replace("FLOAT", kind))
    return found
