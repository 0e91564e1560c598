"""Every op against PyTorch in double precision: the value, its shape, and the gradients.

The table below is driven by the registry: an op without an entry fails.
"""

import itertools

import numpy as np
import pytest

from glassnet import backends, ops
from glassnet.graph import REGISTRY, Program, apply, constant, gradients, input_node
from glassnet.ops.piecewise import _SIGMOID_POINTS, _TANH_POINTS
from glassnet.random import uniform
from glassnet.testing.ops import build_case

torch = pytest.importorskip("torch")
F = torch.nn.functional

pytestmark = pytest.mark.oracle

TOLERANCE = 1e-9
DTYPES = {"float64": torch.float64, "int64": torch.int64, "uint32": torch.int64}


def matmul(a, b, transpose_a, transpose_b):
    return (a.T if transpose_a else a) @ (b.T if transpose_b else b)


def over(function):
    """A reduction over axes; PyTorch reads an empty tuple as all axes."""
    return lambda x, axes, keepdims: function(x, dim=axes, keepdim=keepdims)


def scatter_add(x, indices, rows):
    out = torch.zeros((rows, *x.shape[indices.ndim :]), dtype=x.dtype)
    return out.index_add(0, indices.reshape(-1), x.reshape(-1, *out.shape[1:]))


def windows(x, size, strides, dilation, before, after, fill):
    """One slice of the padded image for each place of a window."""
    pads = [number for pair in zip(before[::-1], after[::-1], strict=True) for number in pair]
    x = F.pad(x, (0, 0, *pads), value=fill)
    spans = [apart * (window - 1) for window, apart in zip(size, dilation, strict=True)]
    parts = []
    for places in itertools.product(*map(range, size)):
        key = [slice(None)]
        for axis, (k, span, stride) in enumerate(zip(places, spans, strides, strict=True)):
            first = k * dilation[axis]
            key.append(slice(first, x.shape[1 + axis] - span + first, stride))
        parts.append(x[tuple(key)])
    axes = len(size)
    stacked = torch.stack(parts, 1 + axes)
    return stacked.reshape(*stacked.shape[: 1 + axes], *size, x.shape[-1])


def windows_add(g, lengths, **attrs):
    """The transpose of the linear map above."""
    x = torch.zeros((g.shape[0], *lengths, g.shape[-1]), dtype=g.dtype, requires_grad=True)
    (slope,) = torch.autograd.grad(
        windows(x, **attrs, fill=0.0), x, g, create_graph=True, materialize_grads=True
    )
    return slope


def random_bits(seed, step, stream, shape):
    """threefry2x32 on whole numbers, the key made of seed, stream and step."""

    def rotated(x, by):
        return ((x << by) | (x >> (32 - by))) & 0xFFFFFFFF

    def threefry(key, x0, x1):
        keys = [*key, key[0] ^ key[1] ^ 0x1BD11BDA]
        x0, x1 = (x0 + keys[0]) & 0xFFFFFFFF, (x1 + keys[1]) & 0xFFFFFFFF
        for i, by in enumerate((13, 15, 26, 6, 17, 29, 16, 24) * 2 + (13, 15, 26, 6)):
            x0 = (x0 + x1) & 0xFFFFFFFF
            x1 = rotated(x1, by) ^ x0
            if i % 4 == 3:
                block = i // 4 + 1
                x0 = (x0 + keys[block % 3]) & 0xFFFFFFFF
                x1 = (x1 + keys[(block + 1) % 3] + block) & 0xFFFFFFFF
        return x0, x1

    key = threefry((seed & 0xFFFFFFFF, seed >> 32), torch.tensor(stream), step)
    count = int(np.prod(shape, dtype=int))
    counters = torch.arange((count + 1) // 2)
    words = threefry(key, counters, torch.zeros_like(counters))
    return torch.stack(words, dim=1).reshape(-1)[:count].reshape(shape)


def stepwise(points, low, high):
    """Straight lines through the points."""

    def curve(x):
        y = torch.full_like(x, high)
        for (v1, r1), (v2, r2) in reversed(list(itertools.pairwise(points))):
            y = torch.where(x < v2, r1 + (r2 - r1) * (x - v1) / (v2 - v1), y)
        return torch.where(x < points[0][0], low, y)

    return curve


ORACLE = {
    "abs": torch.abs,
    "add": torch.add,
    "argmax": lambda x, axis: torch.argmax(x, dim=axis),
    "broadcast_to": lambda x, shape: torch.broadcast_to(x, shape),
    "cast": lambda x, dtype: x.to(DTYPES[dtype]),
    "cummax": lambda x, axis: torch.cummax(x, axis).values,
    "windows": windows,
    "windows_add": windows_add,
    "concatenate": lambda *xs, axis: torch.cat(xs, dim=axis),
    "cos": torch.cos,
    "divide": torch.divide,
    "elu": lambda x, alpha: F.elu(x, alpha),
    "elliot": lambda x: F.softsign(x) / 2 + 0.5,
    "equal": torch.eq,
    "erf": torch.erf,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "floor": torch.floor,
    "gather": lambda x, indices: x[indices],
    "gaussian": lambda x: torch.exp(-(x**2)),
    "gaussian_symmetric": lambda x: 2 * torch.exp(-(x**2)) - 1,
    "gelu": F.gelu,
    "half_cos": lambda x: torch.cos(x) / 2 + 0.5,
    "half_sin": lambda x: torch.sin(x) / 2 + 0.5,
    "greater": torch.gt,
    "greater_equal": torch.ge,
    # F.hardsigmoid multiplies the gradient by 1/6 in single precision.
    "hard_sigmoid": lambda x: torch.clamp(x / 6 + 0.5, 0, 1),
    "leaky_relu": lambda x, negative_slope: F.leaky_relu(x, negative_slope),
    "less": torch.lt,
    "less_equal": torch.le,
    "linear_piece": lambda x: torch.clamp(x, 0, 1),
    "linear_piece_symmetric": F.hardtanh,
    "log": torch.log,
    "log1p": torch.log1p,
    "log_softmax": lambda z: F.log_softmax(z, dim=-1),
    "matmul": matmul,
    "max": over(torch.amax),
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "multiply": torch.multiply,
    "negative": torch.negative,
    "not_equal": torch.ne,
    "one_hot": lambda labels, classes, dtype: F.one_hot(labels, classes).to(DTYPES[dtype]),
    "pad": lambda x, axis, before, after: F.pad(x.transpose(axis, -1), (before, after)).transpose(
        axis, -1
    ),
    "power": torch.pow,
    "random_bits": random_bits,
    "random_uniform": lambda seed, step, stream, shape, dtype: (
        (random_bits(seed, step, stream, shape) >> 8).to(DTYPES[dtype]) / 2**24
    ),
    "relu": F.relu,
    "reshape": lambda x, shape: torch.reshape(x, shape),
    "scatter_add": scatter_add,
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "sigmoid_cross_entropy": lambda z, t: F.binary_cross_entropy_with_logits(
        *torch.broadcast_tensors(z, t), reduction="none"
    ),
    "sigmoid_stepwise": stepwise(_SIGMOID_POINTS, 0.0, 1.0),
    "sign": torch.sign,
    "silu": F.silu,
    "sin": torch.sin,
    "size": lambda x, axis: torch.tensor(float(x.shape[axis]), dtype=torch.float64),
    "slice": lambda x, axis, start, stop: x.narrow(axis, start, stop - start),
    "softmax": lambda z: F.softmax(z, dim=-1),
    "softmax_cross_entropy": lambda z, t: F.cross_entropy(
        z.movedim(-1, 1), t.movedim(-1, 1), reduction="none"
    ),
    "softplus": lambda x: F.softplus(x, threshold=1e9),
    "softsign": F.softsign,
    "sparse_softmax_cross_entropy": lambda z, labels: F.cross_entropy(
        z.movedim(-1, 1), labels, reduction="none"
    ),
    "sqrt": torch.sqrt,
    "square": torch.square,
    "step": lambda x: torch.heaviside(x.detach(), torch.ones((), dtype=x.dtype)),
    "step_symmetric": lambda x: torch.where(x.detach() >= 0, 1.0, -1.0).to(x.dtype),
    "subtract": torch.subtract,
    "sum": over(torch.sum),
    "tanh": torch.tanh,
    "tanh_error": lambda x: torch.xlogy(1 + x, 1 + x) + torch.xlogy(1 - x, 1 - x),
    "tanh_error_slope": lambda x: 2 * torch.atanh(x),
    "tanh_stepwise": stepwise(_TANH_POINTS, -1.0, 1.0),
    "transpose": lambda x, axes: x.permute(axes),
    "where": torch.where,
}

CASES = [(name, number) for name in REGISTRY for number in range(len(REGISTRY[name].samples))]


def close(found, expected):
    assert found.shape == expected.shape
    size = max(1e-3, float(np.max(np.abs(expected.astype(float)), initial=0)))
    apart = np.abs(found.astype(float) - expected.astype(float))
    assert float(np.max(apart, initial=0)) <= TOLERANCE * size


def test_every_op_has_an_oracle():
    assert set(ORACLE) == set(REGISTRY)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_value_and_gradients(name, number):
    op = REGISTRY[name]
    case = build_case(op, op.samples[number])
    floats = [node for node in case.inputs if node.dtype == "float64"]
    tensors = {key: torch.tensor(array) for key, array in case.values.items()}
    for node in floats:
        tensors[node.name].requires_grad_()
    expected = ORACLE[name](*(tensors[node.name] for node in case.inputs), **case.sample.attrs)
    outputs = {"y": case.output}
    if op.derivative is not None and case.output.dtype == "float64" and floats:
        weights = uniform(0, name, case.output.shape, -1.0, 1.0)
        total = ops.sum(case.output * constant(weights))
        outputs |= {f"d{node.name}": d for node, d in
                    zip(floats, gradients(total, floats), strict=True)}  # fmt: skip
        if expected.requires_grad:
            (expected * torch.tensor(weights)).sum().backward()
    found = backends.get("numpy").run(Program(name, case.inputs, outputs), case.values)
    close(found["y"], expected.detach().numpy())
    for node in floats:
        if f"d{node.name}" in outputs:
            slope = tensors[node.name].grad
            if slope is None:  # PyTorch says so where nothing depends on the input
                slope = torch.zeros(node.shape, dtype=torch.float64)
            close(found[f"d{node.name}"], slope.numpy())


# Points where a convention has to be chosen: they are PyTorch's as well.
CONVENTIONS = {
    "relu": [0.0],
    "abs": [0.0],
    "sign": [0.0],
    "leaky_relu": [0.0],
    "hard_sigmoid": [-3.0, 3.0],
    "softsign": [0.0],
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_at_the_kinks(name):
    points = np.array(CONVENTIONS[name])
    op = REGISTRY[name]
    attrs = dict(op.samples[0].attrs)
    x = input_node("x", points.shape, "float64")
    y = apply(name, x, **attrs)
    (dx,) = gradients(ops.sum(y), [x])
    found = backends.get("numpy").run(Program(name, [x], {"y": y, "dx": dx}), {"x": points})
    tensor = torch.tensor(points, requires_grad=True)
    oracle = F.hardsigmoid if name == "hard_sigmoid" else ORACLE[name]  # clamp has another one
    expected = oracle(tensor, **attrs)
    expected.sum().backward()
    close(found["y"], expected.detach().numpy())
    close(found["dx"], tensor.grad.numpy())
