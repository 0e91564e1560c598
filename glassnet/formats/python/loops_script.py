"""The program in plain Python, with nothing imported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError
from glassnet.formats.python.expressions import Text
from glassnet.formats.python.layout import indented, wrapped
from glassnet.formats.python.library import LOOPS
from glassnet.formats.python.loops_style import LoopsStyle, OwnLines, index_names
from glassnet.formats.python.numpy_script import array_lines
from glassnet.formats.python.numpy_style import nested
from glassnet.formats.python.recipe import Recipe
from glassnet.formats.python.script import Script, groups
from glassnet.graph import Node, Program, Shape, Statement, lowered, shape_text
from glassnet.random import stream_number

__all__ = ["LoopsScript"]

# So many numbers are drawn again rather than written down; more are not written at all.
_DRAWN_FROM, _MOST_NUMBERS = 100, 20_000
_LONG_RULE, _LONG_UPDATE = 2, 6


class _OneNumber(LoopsStyle):
    """Writes an update as a rule for single numbers: names stand without indices."""

    def at(self, node: Node, index: Sequence[str]) -> Text:
        name = self.names(node)
        return self.formula(node, index) if name is None else Text(name)


class LoopsScript(Script):
    """Writes a program in plain Python."""

    def __init__(self, recipe: Recipe) -> None:
        self.own_line = OwnLines()
        super().__init__(recipe, LOOPS)
        self.style = LoopsStyle(self.listing.name_of, self.helpers)

    def sizes_known(self) -> bool:
        return self.style.uses_n

    def minimizer(self, body: list[str]) -> list[str]:
        raise ArgumentError(
            "the steps of L-BFGS are made by SciPy, which plain Python cannot call; use "
            "style='numpy', or compile the network with another optimizer"
        )

    # Statements -----------------------------------------------------------------------

    def prepared(self, program: Program) -> Program:
        return lowered(program, ())  # fused ops are taken apart: softmax, cross-entropy

    def statements(self, statements: list[Statement]) -> list[str]:
        lines: list[str] = []
        together: list[Statement] = []
        for one in [*statements, None]:
            if together and (one is None or not self._may_join(together, one)):
                lines += self._joined(together)
                together = []
            if one is not None and one.state and _is_by_number(one):
                together.append(one)
            elif one is not None:
                lines += self._lines(one)
        return lines

    def _may_join(self, together: list[Statement], one: Statement) -> bool:
        """Tell whether new values can be computed in one loop with those before them."""
        if not one.state or not _is_by_number(one) or one.shape != together[0].shape:
            return False
        index = index_names(one.shape)
        text = self._text(one, index)
        group = [*together, one]
        return not any(_elsewhere(other.name, text.text, index) for other in group)

    def _joined(self, together: list[Statement]) -> list[str]:
        index = index_names(together[0].shape)
        if len(together) == 1:
            return self._lines(together[0])
        body: list[str] = []
        for one in together:
            body += self._assigned(one, self._text(one, index), index)
        return self._nest(body, index, together[0].shape)

    def _is_copy(self, one: Statement) -> bool:
        return self.listing.name_of(one.node) != one.name

    def _text(self, one: Statement, index: list[str]) -> Text:
        self.style.outer = index
        if self._is_copy(one):
            return self.style.at(one.node, index)
        return self.style.formula(one.node, index)

    def _lines(self, one: Statement) -> list[str]:
        node = one.node
        if node.op.name == "random_uniform":
            return [f"{one.name} = {self.style.draws(node)}  # {shape_text(node.shape)}"]
        index = index_names(node.shape)
        text = self._text(one, index)
        if node.shape == ():
            return wrapped(f"{one.name} = {text.text}")
        if one.state and _elsewhere(one.name, text.text, index):
            made = self._filled("new_value", text.text, index, node.shape)
            return [*made, f"{one.name} = new_value"]
        if one.state:
            return self._nest(self._assigned(one, text, index), index, node.shape)
        return self._filled(one.name, text.text, index, node.shape)

    def _filled(self, name: str, text: str, index: list[str], shape: Shape) -> list[str]:
        self.helpers.need("zeros")
        sizes = ", ".join(self.style.size(dim) for dim in shape)
        first = f"{name} = zeros({sizes})"
        place = "".join(f"[{i}]" for i in index)
        return [first, *self._nest(wrapped(f"{name}{place} = {text}"), index, shape)]

    def _assigned(self, one: Statement, text: Text, index: list[str]) -> list[str]:
        target = one.name + "".join(f"[{i}]" for i in index)
        for sign in "-+":
            rest = text.text.removeprefix(f"{target} {sign} ")
            is_product = one.node.op.name in ("add", "subtract") and self._is_old(one, 0)
            if rest != text.text and is_product and not (sign == "-" and _has_sum(rest)):
                return wrapped(f"{target} {sign}= {rest}")
        return wrapped(f"{target} = {text.text}")

    def _is_old(self, one: Statement, place: int) -> bool:
        return one.node.inputs[place] is self.recipe.program.inputs[one.state]

    def _nest(self, body: list[str], index: Sequence[str], shape: Shape) -> list[str]:
        for letter, dim in reversed(list(zip(index, shape, strict=True))):
            if letter != "0":
                body = [f"for {letter} in range({self.style.size(dim)}):", *indented(body)]
        return body

    def update(self, statements: list[Statement]) -> list[str]:
        by_parameter = groups(statements)
        shared = by_parameter.pop("", [])
        own: dict[str, list[Statement]] = {}
        early: list[Statement] = list(shared)
        for owner, parts in by_parameter.items():
            own[owner] = [s for s in parts if _is_by_number(s)]
            early += [s for s in parts if not _is_by_number(s)]
        bodies = {owner: self._rule(owner, parts) for owner, parts in own.items()}
        texts = {body for body, _ in bodies.values()}
        is_long = all(len(parts) >= _LONG_RULE for parts in own.values())
        is_long = is_long and sum(map(len, own.values())) >= _LONG_UPDATE
        if len(own) < 2 or len(texts) != 1 or not is_long:
            return self.statements(statements)
        body, roles = next(iter(bodies.values()))
        found = self.statements(early)
        rule = self.recipe.rule
        made = {roles[s.name] for s in next(iter(own.values())) if s.state}
        results = ", ".join(role for role in roles.values() if role in made)
        head = f"def {rule}({', '.join(roles.values())}):"
        self.helpers.add(rule, [head, *indented(list(body)), f"    return {results}"])
        for owner, parts in own.items():
            found += self._applied(rule, parts, bodies[owner][1])
        return found

    def _applied(self, rule: str, parts: list[Statement], roles: Mapping[str, str]) -> list[str]:
        shape = parts[0].shape
        index = index_names(shape)
        place = "".join(f"[{i}]" for i in index)
        made = {s.name for s in parts if s.state}
        targets = ", ".join(f"{name}{place}" for name in roles if name in made)
        arguments = [name + (place if self._has_axes(name) else "") for name in roles]
        call = f"{targets} = {rule}({', '.join(arguments)})"
        return self._nest(wrapped(call), index, shape)

    def _has_axes(self, name: str) -> bool:
        known = {**{one.name: one.node for one in self.listing.statements}, **self.listing.inputs}
        return bool(known[name].shape)

    def _rule(self, owner: str, parts: list[Statement]) -> tuple[tuple[str, ...], dict[str, str]]:
        made = {s.name: s.name.removesuffix(f"_{owner}") for s in parts if not s.state}
        read = [name for s in parts for name in s.reads if name not in made]
        roles = {owner: "w"}
        for label in dict.fromkeys([*read, *(s.name for s in parts if s.state)]):
            if label == f"d{owner}":
                roles[label] = "dw"
            elif label != owner and label.endswith(f"_{owner}"):
                short = label.removesuffix(f"_{owner}")
                roles[label] = label if short in self.listing.inputs else short
        order = [owner, f"d{owner}", *(n for n in roles if n not in (owner, f"d{owner}"))]
        roles = {name: roles[name] for name in order if name in roles}
        known = {**roles, **made}

        def name(node: Node) -> str | None:
            label = self.listing.name_of(node)
            return None if label is None else known.get(label, label)

        style = _OneNumber(name, self.helpers)
        lines: list[str] = []
        for one in parts:
            index = index_names(one.shape)
            is_copy = self.listing.name_of(one.node) != one.name
            text = style.at(one.node, index) if is_copy else style.formula(one.node, index)
            lines += wrapped(f"{known.get(one.name, one.name)} = {text.text}")
        return tuple(lines), roles

    # The rest of the program --------------------------------------------------------------

    def imports(self) -> list[str]:
        return []

    def value(self, name: str, label: str) -> list[str]:
        array = self.recipe.values[name]
        if np.all(array == array.flat[0]):
            return self._even(label, array)
        draw = self.recipe.draws.get(name)
        if draw is not None and array.size > _DRAWN_FROM:
            self.helpers.need(draw.function)
            a, b = draw.numbers
            sizes = ", ".join(map(str, array.shape))
            stream = stream_number(draw.stream)
            return [f"{label} = {draw.function}({stream}, {a!r}, {b!r}, {sizes})"]
        if array.size > _MOST_NUMBERS:
            raise ArgumentError(
                f"{label} has {array.size:,} numbers, too many to write into a program that reads "
                "no file; use style='numpy'"
            )
        return self._written(label, array)

    def constant(self, label: str, array: np.ndarray) -> list[str]:
        return self._written(label, array)

    def _even(self, label: str, array: np.ndarray) -> list[str]:
        value = float(array.flat[0])
        if array.shape == ():
            return [f"{label} = {value!r}"]
        if value == 0:
            self.helpers.need("zeros")
            return [f"{label} = zeros({', '.join(map(str, array.shape))})"]
        text = repr(value)
        for place, size in enumerate(reversed(array.shape)):
            text = f"[{text}] * {size}" if place == 0 else f"[{text} for _ in range({size})]"
        return [f"{label} = {text}"]

    def _written(self, label: str, array: np.ndarray) -> list[str]:
        line = f"{label} = {nested(array.tolist(), str(array.dtype))}"
        return array_lines(line, f"  # {shape_text(array.shape)}")

    def numbers(self) -> list[str]:
        lines = super().numbers()
        if self.helpers.uses("SHUFFLE"):
            number = stream_number("shuffle")
            lines.insert(0, f"SHUFFLE = {number}  # the stream of random numbers for the order")
        return lines

    def data(self) -> list[str]:
        recipe = self.recipe
        if recipe.data:
            lines: list[str] = []
            for name, array in recipe.data.items():
                if array.size > 10 * _MOST_NUMBERS:
                    raise ArgumentError(
                        f"{name} has {array.size:,} numbers, too many to write into a program that "
                        "reads no file; use style='numpy', or leave the data out"
                    )
                lines += self._written(self.whole(name), array)
            return lines
        return self._read()

    def _read(self) -> list[str]:
        """Write how rows are read from a table of numbers."""
        inputs = [self.recipe.program.inputs[name] for name in self.rows]
        if any(node.ndim > 2 for node in inputs):
            raise ArgumentError(
                "samples with more than one axis cannot be read from a table; give the data: "
                "net.source(x, y, style='loops')"
            )
        lines = [
            'with open("data.csv") as file:',
            '    table = [[float(cell) for cell in row.split(",")] for row in file]',
        ]
        start = 0
        for name, node in zip(self.rows, inputs, strict=True):
            whole = self.whole(name)
            if node.ndim == 1:
                cell = f"row[{start}]"
                cell = f"int({cell})" if node.dtype == "int64" else cell
                lines.append(f"{whole} = [{cell} for row in table]")
                start += 1
            else:
                width: Any = node.shape[1]
                lines.append(f"{whole} = [row[{start}:{start + width}] for row in table]")
                start += width
        return lines

    def batch(self) -> list[str]:
        size = self.recipe.batch_size
        whole = self.whole(self.rows[0])
        rows = f"range(start, min(start + {size}, len({whole})))"
        if self.recipe.shuffle:
            rows = f"order[start : start + {size}]"
        lines = [f"rows = {rows}"]
        for name in self.rows:
            lines.append(f"{self.label(name)} = [{self.whole(name)}[i] for i in rows]")
        return lines


def _is_by_number(one: Statement) -> bool:
    """Tell whether each number of a value is computed from numbers at the same place."""
    return bool(one.shape) and one.node.op.is_elementwise


def _elsewhere(name: str, text: str, index: list[str]) -> bool:
    """Tell whether a text reads a value at other indices than these."""
    place = "".join(f"[{i}]" for i in index)
    return re.search(rf"\b{name}\[", text.replace(f"{name}{place}", "")) is not None


def _has_sum(text: str) -> bool:
    """Tell whether a text has a sum outside all parentheses."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and text.startswith((" + ", " - "), place):
            return True
    return False
