"""From a recipe to the text of a program: what both styles share."""

from __future__ import annotations

import abc
from collections.abc import Callable

import numpy as np

from glassnet.formats.python.helpers import Helpers
from glassnet.formats.python.layout import WIDTH, indented
from glassnet.formats.python.recipe import RESERVED, Recipe, Source
from glassnet.graph import Listing, Node, Program, Shape, Statement, list_statements, shape_text
from glassnet.quoting import python_docstring

__all__ = ["Script"]


class Script(abc.ABC):
    """Writes one program.

    Parameters
    ----------
    recipe : Recipe
    """

    own_line: Callable[[Node, list[Node]], bool] | None = None

    def __init__(self, recipe: Recipe, library: dict[str, tuple[tuple[str, ...], str]]) -> None:
        self.recipe = recipe
        self.helpers = Helpers(library)
        self.arrays: dict[str, np.ndarray] = {}
        self.listing: Listing = list_statements(
            self.prepared(recipe.program),
            has_own_line=self.own_line,
            reserved={*RESERVED, recipe.rule, *map(_whole, self.rows)},
        )
        made = {one.name for one in self.listing.statements}  # a copy has its name there only
        self.helpers.taken = {*self.listing.names.values(), *made}

    def prepared(self, program: Program) -> Program:
        """Return the program in ops that the style can write."""
        return program

    # What a style says -----------------------------------------------------------------

    @abc.abstractmethod
    def statements(self, statements: list[Statement]) -> list[str]:
        """Write statements as lines."""

    @abc.abstractmethod
    def update(self, statements: list[Statement]) -> list[str]:
        """Write the update as lines; a rule used for many parameters becomes a function."""

    @abc.abstractmethod
    def imports(self) -> list[str]: ...

    @abc.abstractmethod
    def value(self, name: str, label: str) -> list[str]:
        """Write the first value of a weight or slot."""

    @abc.abstractmethod
    def constant(self, label: str, array: np.ndarray) -> list[str]:
        """Write an array that is fixed in the program."""

    @abc.abstractmethod
    def data(self) -> list[str]:
        """Write where samples and targets come from."""

    @abc.abstractmethod
    def batch(self) -> list[str]:
        """Write how a batch is taken from all samples."""

    @abc.abstractmethod
    def sizes_known(self) -> bool:
        """Tell whether a statement written so far needs the number of rows, n."""

    @abc.abstractmethod
    def minimizer(self, body: list[str]) -> list[str]:
        """Write a training whose steps SciPy makes."""

    # The parts of a program -------------------------------------------------------------

    def label(self, name: str) -> str:
        """Return what an input of the program is called."""
        return self.listing.names[id(self.recipe.program.inputs[name])]

    def owner(self, name: str) -> str:
        """Return what the weight is called that a slot belongs to; nothing for a weight."""
        weight = name.rpartition(".")[0]
        # A layer may be called as an input is: x.bias is a weight, not a slot of x.
        has_slots = weight in self.recipe.values and self.is_used(weight)
        return self.label(weight) if has_slots else ""

    def is_used(self, name: str) -> bool:
        node = self.recipe.program.inputs.get(name)
        return node is not None and id(node) in self.listing.names

    @property
    def rows(self) -> list[str]:
        """Names of the inputs that hold one row a sample."""
        return list(self.recipe.program.rows)

    @property
    def has_batches(self) -> bool:
        return self.recipe.batch_size is not None

    def shape(self, shape: Shape) -> str:
        return shape_text(shape) if shape else ""

    def whole(self, name: str) -> str:
        """Return what all samples are called: x, or x_train where x is a batch."""
        return _whole(self.label(name)) if self.has_batches else self.label(name)

    def training(self) -> Source:
        """Return the program that trains."""
        # Written first, for they say which functions and numbers the rest has to give.
        parts = [s for s in self.listing.statements if s.stage != "update"]
        body = self.statements(parts)
        update = self.update(self.listing.of_stage("update"))
        loop = self.loop([*body, *update])
        data = self.data()
        values, numbers = self.values(), self.numbers()
        head = [*self.title(), *self.imports(), *self.helpers.lines()]
        lines = [*head, *data, *self.seed(), *values, *numbers, "", *loop]
        return Source("\n".join(lines) + "\n", self.arrays)

    def title(self) -> list[str]:
        title = python_docstring(self.recipe.title)
        first, _, rest = title.partition("; ")
        if len(title) <= WIDTH - 6 or not rest:
            return [f'"""{title}"""']
        return [f'"""{first}.', "", f"Trained by {rest}", '"""']

    def values(self) -> list[str]:
        lines = []
        for label, node in self.listing.constants.items():
            lines += self.constant(label, node.attrs["value"])
        for name in self.recipe.values:
            if self.is_used(name):
                lines += self.value(name, self.label(name))
        return lines

    def seed(self) -> list[str]:
        return [f"seed = {self.recipe.seed}"] if self.helpers.uses("seed") else []

    def numbers(self) -> list[str]:
        """Write hyperparameters and the number of steps made, those that are used."""
        recipe, lines = self.recipe, []
        for name, value in recipe.scalars.items():
            if self.is_used(name):
                text = repr(float(value)) if value < 2 else f"{value:.17g}"
                lines.append(f"{self.label(name)} = {text}")
        if self.is_used("step"):
            lines.append(f"{self.label('step')} = {recipe.step}")
        return lines

    def loop(self, body: list[str]) -> list[str]:
        """Write the loop over epochs, and over batches in each."""
        recipe = self.recipe
        if recipe.options is not None:
            return self.minimizer(body)
        if self.is_used("step"):
            body = [f"{self.label('step')} += 1", *body]
        if not self.has_batches:
            head = [f"n = len({self.label(self.rows[0])})"] if self.sizes_known() else []
            loss = self._last_loss()
            return [*head, self._epochs(), *indented(body), f'print(f"loss {{{loss}:.6g}}")']
        size = recipe.batch_size
        whole = self.whole(self.rows[0])
        lines = [self._epochs()]
        inner = []
        if recipe.shuffle:
            self.helpers.need("shuffled")
            inner.append(f"order = shuffled(len({whole}), epoch)")
        inner.append("total = 0.0")
        inner.append(f"for start in range(0, len({whole}), {size}):")
        loss = self._last_loss()
        averaged = self.listing.program.outputs.get("averaged")
        added = f"total += {loss}" if recipe.is_sum else f"total += n * {loss}"
        if averaged is not None:  # once in an epoch, not once a batch
            name = self.listing.name_of(averaged)
            added += f" - {name} + {name} * n / len({whole})"
        first = self.batch()
        if self.sizes_known() or not recipe.is_sum or averaged is not None:
            first.append(f"n = len({self.label(self.rows[0])})")
        inner += indented([*first, *body, added])
        shown = "total" if recipe.is_sum else f"total / len({whole})"
        inner.append(f'print(f"epoch {{epoch + 1}}: loss {{{shown}:.6g}}")')
        return [*lines, *indented(inner)]

    def _last_loss(self) -> str:
        node = self.listing.program.outputs["loss"]
        name = self.listing.name_of(node)
        assert name is not None
        return name

    def _epochs(self) -> str:
        first, last = self.recipe.epoch, self.recipe.epoch + self.recipe.epochs
        uses_number = self.has_batches
        if first and uses_number:
            return f"for epoch in range({first}, {last}):"
        return f"for epoch in range({self.recipe.epochs}):"

    def prediction(self) -> Source:
        """Return the module with one function, predict."""
        statements = self.listing.statements
        body = self.statements(statements)
        results = [self.listing.name_of(n) for n in self.listing.program.outputs.values()]
        values = self.values()
        inputs = [self.label(name) for name in self.rows]
        if self.sizes_known():
            body = [f"n = len({inputs[0]})", *body]
        nodes = [self.recipe.program.inputs[name] for name in self.rows]
        came = ", ".join(
            f"{name} {shape_text(node.shape)}" for name, node in zip(inputs, nodes, strict=True)
        )
        went = " and ".join(shape_text(n.shape) for n in self.listing.program.outputs.values())
        function = [
            f"def predict({', '.join(inputs)}):",
            *indented([f'"""Return the outputs {went} for samples {came}."""']),
            *indented(self.taken()),
            *indented([*body, f"return {', '.join(str(r) for r in results)}"]),
        ]
        head = [*self.title(), *self.imports()]
        lines = [*head, *self.helpers.lines(), *values, "", "", *function]
        return Source("\n".join(lines) + "\n", self.arrays)

    def taken(self) -> list[str]:
        """Write what is done to the arguments of predict first."""
        return []


def _whole(label: str) -> str:
    return f"{label}_train"


def groups(statements: list[Statement]) -> dict[str, list[Statement]]:
    """Return the statements of an update by parameter; those of none or several under ""."""
    found: dict[str, list[Statement]] = {}
    for one in statements:
        found.setdefault(one.parameter, []).append(one)
    return found
