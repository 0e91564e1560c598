"""A program as a list of statements: which values get a line and a name, and in what order.

This is what printing and explaining a network have in common. A value gets a line of its own
where a person would write one: because it is asked for, because it is used more than once, or
because the line it would be written into grows too long. Everything else is written inside the
line that uses it. How a line is written is the business of the reader.

Longer than other files: lines, names and order are decided over the same tables.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from glassnet.graph.differentiate import is_pre_activation
from glassnet.graph.dims import Shape
from glassnet.graph.node import Node
from glassnet.graph.program import Program, topological_order
from glassnet.graph.readable import is_count, readable
from glassnet.quoting import python_name

__all__ = ["STAGES", "Listing", "Statement", "list_statements"]

STAGES = ("forward", "loss", "backward", "update")

# So many operations are written into one line at most.
LONGEST = 11

_ARITHMETIC = frozenset(
    ["add", "subtract", "multiply", "divide", "negative", "square", "power", "cast"]
)
_COMPARISONS = frozenset(["greater", "greater_equal", "less", "less_equal", "equal", "not_equal"])

# What a value is called that nobody named, after the op that makes it.
_PLAIN_NAMES = {
    "add": "together", "subtract": "difference", "multiply": "product", "divide": "quotient",
    "matmul": "product", "negative": "opposite", "square": "squares", "sqrt": "root",
    "sum": "sums", "max": "largest", "where": "chosen", "one_hot": "hot",
    "random_uniform": "draws", "random_bits": "draws",
}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """One line: ``name = expression``.

    Attributes
    ----------
    name : str
        What is assigned to: a valid identifier, like no other but the state's own (below).
    node : Node
        The value. What is written inside the line are its inputs, down to the first that have a
        name themselves (:meth:`Listing.name_of`). A node that has a name already is copied under
        another one: ``slope_W1 = s_W1``.
    stage : {"forward", "loss", "backward", "update"}
    reads : tuple of str
        Names of the values it is computed from, in order of appearance.
    state : str
        Where the statement is the new value of an input: the name of that input in the program
        (``dense_1.kernel``); else empty. Its ``name`` is then that of the input too (``W1``).
    parameter : str
        Where only one parameter's update needs the value: the symbol of that parameter (``W1``).
    """

    name: str
    node: Node
    stage: str
    reads: tuple[str, ...] = ()
    state: str = ""
    parameter: str = ""

    @property
    def shape(self) -> Shape:
        return self.node.shape


@dataclass
class Listing:
    """The statements of a program.

    Attributes
    ----------
    program : Program
        The program, rewritten for readers; the nodes of the statements are its nodes.
    inputs : dict of str to Node
        What is given from outside and used, by the name it has in the statements.
    constants : dict of str to Node
        Arrays that are fixed in the program and have a name, such as the mask of a layer.
    statements : list of Statement
        In order: each reads only inputs and what stands before it. New values of the state stand
        where nobody needs the old one any more.
    """

    program: Program
    inputs: dict[str, Node] = field(default_factory=dict)
    constants: dict[str, Node] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    def name_of(self, node: Node) -> str | None:
        """Return what a value is called, None where it is written inside the line that uses it."""
        return self.names.get(id(node))

    def of_stage(self, stage: str) -> list[Statement]:
        """Return the statements of one stage."""
        return [one for one in self.statements if one.stage == stage]


def list_statements(
    program: Program,
    *,
    keep_named: bool = False,
    has_own_line: Callable[[Node, list[Node]], bool] | None = None,
    reserved: Collection[str] = (),
) -> Listing:
    """Return a program as statements.

    Parameters
    ----------
    program : Program
        Its outputs say what stage a value belongs to: new values of inputs are the update,
        ``d.NAME`` the gradient with respect to the input NAME (backward), ``loss`` and totals the
        loss, everything else the forward pass. Each output gets a line.
    keep_named : bool, default False
        Whether every value with a name (``z1``) gets a line, even if it is used only once.
    has_own_line : callable, optional
        ``has_own_line(node, readers)`` may ask for a line where there would be none.
    reserved : collection of str, optional
        Names not to use, besides Python's own.

    Examples
    --------
    >>> from glassnet import ops
    >>> from glassnet.graph import Program, input_node
    >>> x, w = input_node("x", ("n", 3)), input_node("W1", (3, 2))
    >>> y = ops.sigmoid(ops.matmul(x, w).named("z1")).named("a1")
    >>> for one in list_statements(Program("demo", [x, w], {"y": y})).statements:
    ...     print(one.stage, one.name, one.reads, one.shape)
    forward a1 ('x', 'W1') (n, 2)
    """
    return _Lister(readable(program), keep_named, has_own_line, reserved).listing()


class _Lister:
    def __init__(
        self,
        program: Program,
        keep_named: bool,
        has_own_line: Callable[[Node, list[Node]], bool] | None,
        reserved: Collection[str],
    ) -> None:
        self.program = program
        self.keep_named = keep_named
        self.asks = has_own_line or (lambda node, readers: False)
        self.taken = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *reserved}
        self.order = program.order()
        self.readers: dict[int, list[Node]] = {id(node): [] for node in self.order}
        for node in self.order:
            for child in () if is_count(node) else node.inputs:  # a size is not read, but known
                self.readers[id(child)].append(node)
        self.stages = self._stages()
        self.lines: set[int] = set()
        self.sizes: dict[int, int] = {}
        self.result = Listing(program)
        self.outputs: dict[int, list[str]] = {}
        for name, node in program.outputs.items():
            self.outputs.setdefault(id(node), []).append(name)

    # Stages ---------------------------------------------------------------------------

    def _stages(self) -> dict[int, str]:
        """Return the first stage that needs a value."""
        roots: dict[str, list[Node]] = {stage: [] for stage in STAGES}
        for name, node in self.program.outputs.items():
            roots[self._stage_of_output(name)].append(node)
        stages: dict[int, str] = {}
        for stage in STAGES:
            for node in topological_order(roots[stage]):
                stages.setdefault(id(node), stage)
        return stages

    def _stage_of_output(self, name: str) -> str:
        if name in self.program.inputs:
            return "update"
        if re.fullmatch(r"loss\d*|averaged", name) or name in self.program.totals:
            return "loss"
        return "backward" if name.startswith("d.") else "forward"

    # Which values get a line ----------------------------------------------------------

    def _choose_lines(self) -> None:
        outputs = {id(node) for node in self.program.outputs.values()}
        for node in self.order:
            if node.op.name == "input" or node.is_constant or is_count(node):
                self.sizes[id(node)] = 0
                continue
            self._shorten(node)
            if id(node) in outputs or self._wants_line(node):
                self.lines.add(id(node))

    def _wants_line(self, node: Node) -> bool:
        readers = self.readers[id(node)]
        # What the loss shares with the gradient, a2 - y, is named after the latter only.
        stage = self.stages[id(node)]
        is_kept = self.keep_named and node.name and stage != "loss"
        # The output of each layer has a line; the pre-activation before it need not have one.
        is_output = stage == "forward" and node.name and not is_pre_activation(node.name)
        if is_kept or is_output or self.asks(node, readers):
            return True
        return len(readers) > 1 and not self._is_brief(node)

    def _is_brief(self, node: Node) -> bool:
        """Tell whether a value is written again rather than named: ``a2 - y``, ``1 - beta_1``."""
        is_value = node.name and self.stages[id(node)] == "forward"
        if is_value or node.op.name not in _ARITHMETIC | _COMPARISONS:
            return False
        inside = [child.op.name for child in self._inside(node)]
        if not all(name in _ARITHMETIC | _COMPARISONS for name in inside):
            return False
        return self.sizes[id(node)] <= (3 if node.shape == () else 1)

    def _shorten(self, node: Node) -> None:
        """Give parts of a line that would be too long a line of their own."""
        while True:
            own = 0 if node.op.name == "cast" else 1  # is hardly ever to be seen
            size = own + sum(self._size_inside(child) for child in node.inputs)
            parts = [child for child in self._inside(node) if self.sizes[id(child)] > 1]
            if size <= LONGEST or not parts:
                break
            named = [part for part in parts if part.name]
            longest = max(named or parts, key=lambda part: self.sizes[id(part)])
            self.lines.add(id(longest))
        self.sizes[id(node)] = size

    def _size_inside(self, node: Node) -> int:
        if id(node) in self.lines:
            return 0
        return self.sizes[id(node)]

    def _inside(self, node: Node) -> list[Node]:
        """Return all values written inside the line of a node."""
        found, stack = [], list(node.inputs)
        while stack:
            child = stack.pop()
            if child.inputs and id(child) not in self.lines and not is_count(child):
                found.append(child)
                stack.extend(child.inputs)
        return found

    # Names ----------------------------------------------------------------------------

    def listing(self) -> Listing:
        self._choose_lines()
        self._name_inputs()
        self._name_constants()
        parameters = self._parameters()
        ordered = [node for node in self.order if id(node) in self.lines]
        for stage in STAGES[:-1]:
            for node in ordered:
                if self.stages[id(node)] == stage:
                    self._add(node, stage, self._base(node))
        self._update([n for n in ordered if self.stages[id(n)] == "update"], parameters)
        return self.result

    def _name_inputs(self) -> None:
        # A size is written as n or a number; its input is not read for it.
        used = {
            id(child)
            for node in self.order
            for child in node.inputs
            if child.op.name == "input" and not is_count(node)
        }
        known = {*self.program.state, *self.program.rows}
        inputs = self.program.inputs
        listed = {n: node for n, node in inputs.items() if id(node) in used or n in known}
        # No value is called as an unlisted input is: a program may have it all the same, as seed.
        rest = [node.name or name for name, node in inputs.items() if name not in listed]
        self.taken.update(map(python_name, rest))
        for name, node in listed.items():
            label = self._unique(node.name or name)
            self.result.names[id(node)] = label
            self.result.inputs[label] = node

    def _name_constants(self) -> None:
        for node in self.order:
            if node.is_constant and node.name and node.shape != ():
                label = self._unique(node.name)
                self.result.names[id(node)] = label
                self.result.constants[label] = node

    def _base(self, node: Node) -> str:
        """Return what a person would call a value."""
        outputs = self.outputs.get(id(node), [])
        if "loss" in outputs:
            return "loss"
        if node.name:
            return node.name
        for name in outputs:
            if name not in self.program.inputs:
                return f"d{self.program.inputs[name[2:]].name}" if name[:2] == "d." else name
        return _PLAIN_NAMES.get(node.op.name, node.op.name)

    def _unique(self, base: str) -> str:
        name = python_name(base)
        number = 1
        plain = name
        while name in self.taken:
            number += 1
            name = f"{plain}_{number}"
        self.taken.add(name)
        return name

    def _add(
        self,
        node: Node,
        stage: str,
        base: str,
        state: str = "",
        parameter: str = "",
    ) -> None:
        name = base if state else self._unique(base)
        is_copy = id(node) in self.result.names
        reads = (self.result.names[id(node)],) if is_copy else self._reads(node)
        self.result.statements.append(Statement(name, node, stage, reads, state, parameter))
        self.result.names.setdefault(id(node), name)

    def _reads(self, node: Node) -> tuple[str, ...]:
        found: dict[str, None] = {}
        stack = list(reversed(node.inputs))
        while stack:
            child = stack.pop()
            name = self.result.names.get(id(child))
            if name is not None:
                found[name] = None
            elif not is_count(child):
                stack.extend(reversed(child.inputs))
        return tuple(found)

    # The update -----------------------------------------------------------------------

    def _parameters(self) -> dict[int, str]:
        """Return the parameter whose update alone needs a value, by its symbol."""
        several = ""  # no symbol is empty
        owners: dict[int, str] = {}

        def claim(node: Node, symbol: str) -> None:
            if owners.setdefault(id(node), symbol) != symbol:
                owners[id(node)] = several

        for name in self.program.state:
            claim(self.program.outputs[name], self._symbol(name))
        # One walk from the results back to the inputs: a walk for each would take n² steps.
        for node in reversed(self.order):
            if id(node) in owners:
                for child in node.inputs:
                    claim(child, owners[id(node)])
        return {key: symbol for key, symbol in owners.items() if symbol != several}

    def _symbol(self, state: str) -> str:
        """Return the symbol of the parameter that a state belongs to: itself, or its slot's."""
        owner = state
        while owner not in self.program.inputs or f"d.{owner}" not in self.program.outputs:
            if "." not in owner:
                return self.result.names[id(self.program.inputs[state])]
            owner = owner.rpartition(".")[0]
        return self.result.names[id(self.program.inputs[owner])]

    def _update(self, ordered: list[Node], parameters: dict[int, str]) -> None:
        """List the update so that no old value is replaced before its last reader."""
        last = self._last_readers(ordered)
        copies = self._copies_of_old_values(last)
        replaced, waiting = self._replaced_in_place(ordered, last, set(copies))
        for place in range(-1, len(ordered)):
            if place >= 0:
                node = ordered[place]
                if id(node) in replaced:
                    self._add_state(replaced[id(node)])
                else:
                    owner = parameters.get(id(node), "")
                    self._add(node, "update", self._owned(node, owner), "", owner)
            for name in copies:
                if last.get(id(self.program.inputs[name]), -1) == place:
                    self._add_state(name)
        for name in waiting:
            self._add_state(name)

    def _copies_of_old_values(self, last: dict[int, int]) -> list[str]:
        """Return the states whose new value is another's old one; they count as its readers."""
        inputs, outputs = self.program.inputs, self.program.outputs
        copies = [
            name
            for name in self.program.state
            if outputs[name].op.name == "input" and outputs[name] is not inputs[name]
        ]
        for _ in copies:  # a copy may be of a copy
            for name in copies:
                source, place = id(outputs[name]), last.get(id(inputs[name]), -1)
                last[source] = max(last.get(source, -1), place)
        return copies

    def _replaced_in_place(
        self, ordered: list[Node], last: dict[int, int], copied: set[str]
    ) -> tuple[dict[int, str], list[str]]:
        """Return which nodes are new values that take the old one's name at once, and the rest."""
        places = {id(node): place for place, node in enumerate(ordered)}
        replaced: dict[int, str] = {}
        waiting: list[str] = []
        for name in self.program.state:
            node, old = self.program.outputs[name], self.program.inputs[name]
            if node is old or name in copied:
                continue
            in_time = id(node) in places and last.get(id(old), -1) <= places[id(node)]
            if in_time and id(node) not in replaced:
                replaced[id(node)] = name
            else:
                waiting.append(name)
        return replaced, waiting

    def _owned(self, node: Node, owner: str) -> str:
        """Return a name that says whose update the value belongs to: up_W1, up_2_W1."""
        base, number = self._base_of_update(node), 1
        if not owner:
            return base
        name = f"{base}_{owner}"
        while python_name(name) in self.taken:
            number += 1
            name = f"{base}_{number}_{owner}"
        return name

    def _base_of_update(self, node: Node) -> str:
        if node.name:
            return node.name
        for name in self.outputs.get(id(node), []):
            if name in self.program.inputs:
                return f"new_{name.rpartition('.')[2]}"
        return _PLAIN_NAMES.get(node.op.name, node.op.name)

    def _add_state(self, name: str) -> None:
        label = self.result.names[id(self.program.inputs[name])]
        self._add(self.program.outputs[name], "update", label, name, self._symbol(name))

    def _last_readers(self, ordered: list[Node]) -> dict[int, int]:
        """Return the place of the last line that reads each input."""
        last: dict[int, int] = {}
        for place, node in enumerate(ordered):
            for child in [*self._inside(node), node]:
                for leaf in child.inputs:
                    if leaf.op.name == "input":
                        last[id(leaf)] = place
        return last
