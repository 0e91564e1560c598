"""One row at a time: a network printed as one short function of plain numbers.

A call of a backend costs more than a small network itself. So the network is written out, neuron
by neuron (or, if it is larger, layer by layer), with the scalar expressions of its ops. Where
many rows come, or machine code is asked for, the graph is compiled into a builtin function.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet import backends
from glassnet.errors import DataError, ShapeError
from glassnet.fann.functions import VALUE_NAMES
from glassnet.fann.programs import forward_program
from glassnet.fann.structure import Structure
from glassnet.graph import REGISTRY
from glassnet.graph.expression import FUNCTIONS

if TYPE_CHECKING:
    from glassnet.backends.compiled.run.rowcall import RowCall

__all__ = ["Runner"]

# Up to this many connections a network is written out neuron by neuron.
_SMALL = 200
_SCALARS: dict[str, Any] = {name: meaning for name, (_, meaning) in FUNCTIONS.items()}
_ARRAYS: dict[str, Any] = {name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)} | {
    "np": np
}
# exp of more has no finite value.
_LARGEST = 700.0


# Runs that take half a second, as long as a compile: of neurons, layers, or the graph.
_MANY = {"neurons": 400_000, "layers": 40_000, "graph": 4_000}
_NEVER = 2**63


class Runner:
    """Runs rows through a network.

    Parameters
    ----------
    net : Structure
    backend : str, default "auto"
        ``"compiled"`` is machine code, ``"auto"`` after many calls; else Python's own numbers, or
        NumPy.

    Attributes
    ----------
    builtin : builtin function or None
        The network in machine code, to be called in place of this object where it is there.
    """

    def __init__(self, net: Structure, backend: str = "auto") -> None:
        self.net = net
        self.size = net.layers[0]
        self.backend = backend
        self.version = -1
        self.function: Callable[..., list[float]] | None = None
        self.form = -1
        self.weights: Any = ()
        self.compiled: RowCall | None = None
        self.calls = 0
        self.most_calls = _NEVER
        # Threads may run one network: one at a time takes note of changes.
        self._lock = threading.RLock()

    def __call__(self, row: Sequence[float]) -> list[float]:
        """Return the outputs of one row."""
        if self.version != self.net.version:
            with self._lock:
                self._prepare()
        self.calls += 1
        if self.calls > self.most_calls:
            with self._lock:
                self._compile()
        builtin, function = self.builtin, self.function
        if builtin is not None:
            outputs: list[float] = builtin(row)
            return outputs
        if function is not None:
            try:
                return function(row, self.weights)
            except (ValueError, TypeError, OverflowError):
                pass  # the check below says what is wrong with the row
        return self._by_graph(self._checked(row))

    def _prepare(self) -> None:
        """Take note of changed weights, and write the function anew if the network changed."""
        net, version = self.net, self.net.version
        if self.form != net.form:
            self.compiled = None
            self.function, way = _written(net)
            self.form = net.form
            limits = {"auto": _MANY[way], "compiled": 0}
            self.calls, self.most_calls = 0, limits.get(self.backend, _NEVER)
        if self.compiled is not None:
            self.predictor.set_weights(self._by_name())
            if self.terms != net.terms_cell.item():
                self._bind(self.compiled)
        elif net.connection_count <= _SMALL:
            self.weights = tuple(net.flat(net.weights).tolist())
        else:
            self.weights = net.weights
        self.version = version

    def _by_name(self) -> dict[str, Any]:
        return {f"W{k}": w for k, w in enumerate(self.net.weights, start=1)}

    # Machine code ---------------------------------------------------------------------

    def _compile(self) -> None:
        """Make machine code for the rows to come, if that is possible."""
        if self.most_calls == _NEVER:
            return  # another thread has made it meanwhile
        from glassnet.backends.compiled.run import rowcall
        from glassnet.backends.compiled.run.predictor import Predictor

        program = forward_program(self.net)
        backend = backends.get("compiled")
        assert isinstance(backend, backends.Compiled)
        predictor = backend.predictor(program, self._by_name())
        if rowcall.is_possible() and isinstance(predictor, Predictor):

            def run(input: Sequence[float]) -> list[float]:
                return self._sent_back(input)

            self.predictor = predictor
            call = rowcall.RowCall("run", ["input"], run)
            self._bind(call)
            self.compiled = call
        # Set last: if Ctrl-C ended the compile, the next call compiles again.
        self.most_calls = _NEVER

    def _bind(self, call: RowCall) -> None:
        """Have machine code take the weights from where they lie now, whenever they change."""
        program = self.predictor.memory(self._by_name())  # not that of calls through Python
        self.terms = self.net.terms_cell.item()
        call.bind(
            program,
            self.net.terms_cell,
            result=self.predictor.result_of(program),
            version=self.net.version_cell,
            copies=[(w, program.inputs[name]) for name, w in self._by_name().items()],
        )

    @property
    def builtin(self) -> Any:
        compiled = self.compiled
        return None if compiled is None else compiled.function

    def _sent_back(self, row: Any) -> list[float]:
        """Run what the builtin function does not: weights have changed, or the row is odd."""
        if self.compiled is None or self.version != self.net.version:
            return self(row)
        if type(row) is list:
            outputs: list[float] = self.predictor(self._checked(row)[0]).tolist()
            return outputs
        return self.builtin(self._checked(row)[0].tolist())

    # The graph ------------------------------------------------------------------------

    def _by_graph(self, x: np.ndarray) -> list[float]:
        program = forward_program(self.net)
        result = backends.get("numpy").run(program, {"x": x, **self._by_name()})
        outputs: list[float] = result["y"][0].tolist()
        return outputs

    def _checked(self, row: Sequence[float]) -> np.ndarray:
        try:
            x = np.array(row, dtype=float)
        except (TypeError, ValueError) as error:
            raise DataError(f"run takes one row of {self.size} numbers, got {row!r}") from error
        if x.shape != (self.size,):
            came = f"{x.size} numbers" if x.ndim == 1 else f"an array of shape {x.shape}"
            raise ShapeError(
                f"the network has {self.size} inputs, but {came} came; run takes one row, for "
                f"example net.run({[0.0] * min(self.size, 3)})"
            )
        if not np.isfinite(x).all():
            raise DataError(f"the inputs hold NaN or infinity: {row!r}")
        return x.reshape(1, -1)


def _written(net: Structure) -> tuple[Callable[..., list[float]] | None, str]:
    """Return the network as a function of a row and its weights, and how it is written.

    It is None if there is no short form, so that the graph has to be run.
    """
    if net.connection_count <= _SMALL:
        lines, names, way = _neurons(net), _SCALARS, "neurons"
    elif _is_even(net):
        lines, names, way = _layers(net), _ARRAYS, "layers"
    else:
        return None, "graph"
    scope: dict[str, Any] = dict(names)
    exec("def run(row, w):\n" + "\n".join(f"    {line}" for line in lines), scope)
    return scope["run"], way


def _expression(number: int) -> tuple[str, float]:
    """Return the scalar expression of an activation of ``x``, and what z is multiplied by."""
    if number == 9:
        return "0.0 * x", 1.0
    if number == 19:
        return "where(x > 0, x, 0.01 * x)", 1.0
    name = VALUE_NAMES[number]
    expression = "x" if name is None else REGISTRY[name].expression
    assert expression is not None
    return expression, 2.0 if number == 3 else 1.0


class _Lazy(ast.NodeTransformer):
    """Turn ``where(c, a, b)`` into ``a if c else b``, which computes one of the two."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "where":
            condition, yes, no = node.args
            return ast.IfExp(condition, yes, no)
        return node


def _lazy(expression: str) -> str:
    return ast.unparse(_Lazy().visit(ast.parse(expression, mode="eval")))


def _bounds(number: int, steepness: float) -> float:
    limit = 150.0 / abs(steepness) if steepness else float("inf")
    return min(2.0 * limit, _LARGEST) if number == 3 else limit


def _neurons(net: Structure) -> list[str]:
    inputs = [f"v{k}" for k in range(net.layers[0])]
    lines = [f"{', '.join(inputs)}, = row", f"t = {' + '.join(inputs)}"]
    # NaN and infinity are told of by the check.
    lines += ["if t - t != 0.0: raise ValueError"]
    lines += [f"{', '.join(f'w{k}' for k in range(net.connection_count))}, = w"]
    weight = 0
    for layer in range(1, len(net.sizes)):
        first, bias = net.first_source(layer), net.bias_column(layer)
        for row, columns in enumerate(net.columns(layer)):
            terms = []
            for column in columns.tolist():
                terms.append(f"w{weight}" if column == bias else f"w{weight} * v{first + column}")
                weight += 1
            neuron = net.starts[layer] + row
            number, steep = int(net.activation[neuron]), float(net.steepness[neuron])
            expression, factor = _expression(number)
            bound = _bounds(number, steep)
            lines.append(f"x = {factor * steep!r} * ({' + '.join(terms)})")
            if bound < float("inf"):
                lines.append(
                    f"x = {bound!r} if x > {bound!r} else {-bound!r} if x < {-bound!r} else x"
                )
            lines.append(f"v{neuron} = {_lazy(expression)}")
    last = range(net.starts[-2], net.starts[-2] + net.layers[-1])
    return [*lines, f"return [{', '.join(f'float(v{k})' for k in last)}]"]


def _is_even(net: Structure) -> bool:
    """Return whether the network is layered and full, and every layer has one activation."""
    if net.is_shortcut or net.orders is not None:
        return False
    slices = [net.slice_of(layer) for layer in range(1, len(net.sizes))]
    return all(
        len(np.unique(values[own])) == 1
        for own in slices
        for values in (net.activation, net.steepness)
    )


def _layers(net: Structure) -> list[str]:
    lines = [
        "v = np.array(row, float)",
        f"if v.shape != ({net.layers[0]},): raise ValueError",
        "t = v.sum()",
        "if not -1e300 < t < 1e300: raise ValueError",
    ]
    for layer in range(1, len(net.sizes)):
        neuron = net.starts[layer]
        number, steep = int(net.activation[neuron]), float(net.steepness[neuron])
        expression, factor = _expression(number)
        bound = _bounds(number, steep)
        w = f"w[{layer - 1}]"
        lines.append(f"x = {factor * steep!r} * ({w}[:, :-1] @ v + {w}[:, -1])")
        if bound < float("inf"):
            lines.append(f"x = np.minimum(np.maximum(x, {-bound!r}), {bound!r})")
        lines.append(f"v = {expression}")
    return [*lines, "return v.tolist()"]
