"""A network written as one short function of plain numbers.

A call of a backend costs more than a small network itself. So the network is written out, neuron
by neuron (or, if it is larger, layer by layer), with the scalar expressions of its ops.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.fann.functions import VALUE_NAMES
from glassnet.fann.structure import Structure
from glassnet.graph import REGISTRY
from glassnet.graph.expression import FUNCTIONS

__all__ = ["weights_for", "written"]

# Up to this many connections a network is written out neuron by neuron.
_SMALL = 200
_SCALARS: dict[str, Any] = {name: meaning for name, (_, meaning) in FUNCTIONS.items()}
_ARRAYS: dict[str, Any] = {name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)} | {
    "np": np
}
# exp of more has no finite value.
_LARGEST = 700.0


def written(net: Structure) -> tuple[Callable[..., list[float]] | None, str]:
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


def weights_for(net: Structure) -> Any:
    """Return the weights as the function takes them now."""
    if net.connection_count <= _SMALL:
        return tuple(net.flat(net.weights).tolist())
    return net.weights


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
