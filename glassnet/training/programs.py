"""The programs of a network: one training step, its loss and gradient, evaluation, prediction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from glassnet import ops
from glassnet.graph import Node, Program, gradients, input_node, simplify
from glassnet.layers.base import Context, Weight
from glassnet.layers.topology import Topology, own_input_names
from glassnet.losses import Loss
from glassnet.metrics import HostMetric, Kind, Metric
from glassnet.optimizers import Optimizer, Schedule
from glassnet.training.evaluation import PENALTY

__all__ = [
    "evaluation_program",
    "gradient_program",
    "input_names",
    "inspection_program",
    "prediction_program",
    "slot_names",
    "step_program",
    "target_kind",
    "traced_program",
]


def input_names(topology: Topology) -> list[str]:
    """Return the names of the inputs in the graph: x, or x1, x2 ... if there are several."""
    return own_input_names(len(topology.input_shapes))


def target_kind(loss: Loss) -> str:
    """Return what the targets of a loss are, for the metrics."""
    return "labels" if loss.takes_labels else loss.target_kind


class _Builder:
    """Builds the nodes that all programs share."""

    def __init__(self, topology: Topology, dtype: str, is_training: bool) -> None:
        self.topology = topology
        self.dtype = dtype
        entering = zip(
            input_names(topology), topology.input_shapes, topology.input_dtypes(dtype), strict=True
        )
        self.x = [input_node(name, ("n", *shape), kind) for name, shape, kind in entering]
        self.weights: dict[str, Node] = {}
        for weight in topology.weights():
            node = input_node(weight.name, weight.shape, weight.dtype or dtype)
            self.weights[weight.name] = node.named(weight.symbol)
        self.seed = input_node("seed", (), "int64")
        self.step = input_node("step", (), "int64")
        self.context = Context(self.weights, dtype, is_training, self.seed, self.step)

    def predictions(self) -> Node:
        return self.topology.build(self.context, self.x)[0]

    def targets(self, loss: Loss, predictions: Node) -> Node:
        if loss.takes_labels:
            return input_node("y", predictions.shape[:-1], "int64")
        return input_node("y", predictions.shape, self.dtype)

    def rows(self) -> Node:
        """Return the number of samples in the batch, a scalar."""
        return ops.size(self.x[0], axis=0)

    def penalty(self) -> Node | None:
        """Return the sum of all penalties on weights, or None."""
        total: Node | None = None
        for weight in self.topology.weights():
            if weight.regularizer is not None:
                one = weight.regularizer(self.weights[weight.name])
                total = one if total is None else total + one
        return total


def _sample_losses(loss: Loss, predictions: Node, y: Node, sample_weight: Node | None) -> Node:
    each = loss.per_sample(y, predictions)
    if each.ndim > 1:
        axes = tuple(range(1, each.ndim))
        each = ops.mean(each, axis=axes) if loss.reduction == "mean" else ops.sum(each, axis=axes)
    if not each.name:
        each.named("losses")
    return each if sample_weight is None else each * sample_weight


def _loss_nodes(
    b: _Builder, loss: Loss, predictions: Node, y: Node, sample_weight: Node | None
) -> tuple[Node, dict[str, Node]]:
    """Return the loss of the batch, and what it adds to the totals of an epoch.

    The penalty counts once in an epoch, not once a batch. A loss that sums therefore has it as a
    total of its own, weighted by the rows; a loss that is a mean is weighted by them as a whole.
    """
    total = ops.sum(_sample_losses(loss, predictions, y, sample_weight))
    penalty = b.penalty()
    if loss.reduction == "sum":
        if penalty is None:
            return total.named("loss"), {"loss": total}
        value = (total + penalty).named("loss")
        return value, {"loss": total, PENALTY: penalty * b.rows()}
    value = total * (1.0 / b.rows())
    if penalty is None:
        return value.named("loss"), {"loss": total}
    value = (value + penalty).named("loss")
    return value, {"loss": value * b.rows()}


def _metric_nodes(
    metrics: Sequence[Metric], loss: Loss, y: Node, predictions: Node, kind: Kind | None
) -> dict[str, Node]:
    kind = kind or _usual_kind(loss, predictions)
    outputs = _probabilities(loss, predictions)
    return {
        metric.name: ops.sum(metric.per_sample(y, outputs, kind))
        for metric in metrics
        if not isinstance(metric, HostMetric)
    }


def _usual_kind(loss: Loss, predictions: Node) -> Kind:
    """Return what targets are taken for where no data are known: to print a program, say."""
    name = target_kind(loss)
    if name == "values":
        name = "binary" if predictions.shape[-1:] == (1,) else "one_hot"
    return Kind(name)


def _probabilities(loss: Loss, predictions: Node) -> Node:
    """Return what metrics look at: probabilities, also where the network gives pre-activations."""
    if getattr(loss, "from_logits", False):
        is_binary = target_kind(loss) == "binary"
        return ops.sigmoid(predictions) if is_binary else ops.softmax(predictions)
    return predictions


def slot_names(
    optimizer: Optimizer, weights: Iterable[Weight]
) -> dict[str, tuple[tuple[int, ...], float]]:
    """Return the arrays an optimizer keeps for weights: name to shape and first value."""
    return {
        f"{weight.name}.{slot}": (weight.shape, first)
        for weight in weights
        for slot, first in optimizer.slots.items()
    }


def step_program(
    topology: Topology,
    loss: Loss,
    optimizer: Optimizer,
    metrics: Sequence[Metric],
    dtype: str,
    weighted: bool = False,
    kind: Kind | None = None,
) -> Program:
    """Return the whole training step as one program.

    Inputs: weights, slots, x, y (and sample_weight), hyperparameters, seed, step.
    Outputs: new weights and slots, and the totals "loss" and one per metric.
    """
    b = _Builder(topology, dtype, is_training=True)
    predictions = b.predictions()
    y = b.targets(loss, predictions)
    sample_weight = input_node("sample_weight", ("n",), dtype) if weighted else None
    value, totals = _loss_nodes(b, loss, predictions, y, sample_weight)
    totals |= _metric_nodes(metrics, loss, y, predictions, kind)
    update = _Update(b, optimizer, value, dtype)
    rows = [*b.x, y, *([sample_weight] if sample_weight is not None else [])]
    inputs = [*rows, *b.weights.values(), *update.slots.values(), *update.scalars.values()]
    outputs = {f"total_{name}": node for name, node in totals.items()}
    outputs |= update.outputs | b.context.updates
    program = Program(
        "step",
        [*inputs, b.seed, b.step],
        outputs,
        totals=[f"total_{name}" for name in totals],
        rows=[node.attrs["name"] for node in rows],
    )
    return simplify(program)


def _setting(name: str) -> str:
    """Return what a person calls a hyperparameter of a step."""
    return "initial_rate" if name == "schedule.initial" else name.removeprefix("schedule.")


def traced_program(
    topology: Topology, loss: Loss, optimizer: Optimizer, dtype: str, weighted: bool = False
) -> Program:
    """Return the training step with all that a reader wants to see of it.

    Outputs: "prediction", "loss" (of the batch), "penalty" (where the loss sums and there is one),
    the gradients ("d." and the name of the parameter; from the last layer backwards, kernel before
    bias), new weights and slots. An optimizer that makes its steps on the host has none of these.
    """
    b = _Builder(topology, dtype, is_training=True)
    predictions = b.predictions()
    y = b.targets(loss, predictions)
    sample_weight = input_node("sample_weight", ("n",), dtype) if weighted else None
    value, _ = _loss_nodes(b, loss, predictions, y, sample_weight)
    rows = [*b.x, y, *([sample_weight] if sample_weight is not None else [])]
    inputs = [*rows, *b.weights.values()]
    outputs = {"prediction": predictions, "loss": value}
    penalty = b.penalty()
    if penalty is not None and loss.reduction == "sum":  # an epoch has it once, each batch too
        outputs["penalty"] = penalty.named("penalty")
    if optimizer.is_host_side:
        parameters = topology.parameters()
        grads = gradients(value, [b.weights[weight.name] for weight in parameters])
        outputs |= _backwards(topology, _named_gradients(parameters, grads)) | b.context.updates
    else:
        update = _Update(b, optimizer, value, dtype)
        inputs += [*update.slots.values(), *update.scalars.values()]
        outputs |= _backwards(topology, update.gradients) | update.outputs | b.context.updates
    names = [node.attrs["name"] for node in rows]
    return simplify(Program("step", [*inputs, b.seed, b.step], outputs, rows=names))


def _named_gradients(parameters: Sequence[Weight], grads: Sequence[Node]) -> dict[str, Node]:
    """Return the gradients by the name of their parameter, each called dW1 or the like."""
    named = zip(parameters, grads, strict=True)
    return {weight.name: g.named(f"d{weight.symbol}") for weight, g in named}


def _backwards(topology: Topology, grads: dict[str, Node]) -> dict[str, Node]:
    """Return the gradients as outputs, the last layer's first."""
    names = [w.name for layer in reversed(topology.layers) for w in layer.weights.values()]
    return {f"d.{name}": grads[name] for name in names if name in grads}


class _Update:
    """Builds the optimizer's part of a step."""

    def __init__(self, b: _Builder, optimizer: Optimizer, value: Node, dtype: str) -> None:
        self.scalars = {
            name: input_node(name, (), dtype).named(_setting(name)) for name in optimizer.scalars()
        }
        self.slots = {
            name: input_node(name, shape, dtype)
            for name, (shape, _) in slot_names(optimizer, b.topology.parameters()).items()
        }
        self.outputs: dict[str, Node] = {}
        self.gradients: dict[str, Node] = {}
        parameters = b.topology.parameters()
        if not parameters:
            return
        grads = gradients(value, [b.weights[weight.name] for weight in parameters])
        self.gradients = _named_gradients(parameters, grads)
        if optimizer.clip is not None:
            grads = optimizer.clip(grads)
        rate = self._rate(optimizer, b, dtype)
        step = ops.cast(b.step, dtype)
        for weight, g in zip(parameters, grads, strict=True):
            own = {slot: self.slots[f"{weight.name}.{slot}"] for slot in optimizer.slots}
            for slot, node in own.items():
                node.named(f"{slot}_{weight.symbol}")
            hyper = dict(self.scalars)
            if optimizer.uses_loss:
                stream = f"{weight.name}/optimizer"
                draws = ops.random_uniform(b.seed, b.step, weight.shape, stream, dtype)
                hyper |= {"loss": value, "draws": draws}
            new, new_slots = optimizer.update(b.weights[weight.name], g, rate, own, hyper, step)
            self.outputs[weight.name] = new
            self.outputs |= {f"{weight.name}.{slot}": node for slot, node in new_slots.items()}

    def _rate(self, optimizer: Optimizer, b: _Builder, dtype: str) -> Node:
        schedule = optimizer.learning_rate
        if isinstance(schedule, Schedule):
            rate = schedule.build(ops.cast(b.step, dtype) - 1.0, self.scalars)
            return rate if rate.name else rate.named("learning_rate")
        return self.scalars["learning_rate"]


def gradient_program(
    topology: Topology,
    loss: Loss,
    metrics: Sequence[Metric],
    dtype: str,
    weighted: bool = False,
    kind: Kind | None = None,
) -> Program:
    """Return a program for the loss of all samples, its gradient, and new values of buffers.

    Outputs: "value", the totals, the gradients (``d.`` and the name of the parameter), and the
    buffers under their own names.
    """
    b = _Builder(topology, dtype, is_training=True)
    predictions = b.predictions()
    y = b.targets(loss, predictions)
    sample_weight = input_node("sample_weight", ("n",), dtype) if weighted else None
    value, totals = _loss_nodes(b, loss, predictions, y, sample_weight)
    totals |= _metric_nodes(metrics, loss, y, predictions, kind)
    parameters = topology.parameters()
    grads = gradients(value, [b.weights[weight.name] for weight in parameters])
    outputs: dict[str, Node] = {"value": value}
    outputs |= {f"total_{name}": node for name, node in totals.items()}
    outputs |= {f"d.{weight.name}": g for weight, g in zip(parameters, grads, strict=True)}
    outputs |= b.context.updates
    rows = [*b.x, y, *([sample_weight] if sample_weight is not None else [])]
    inputs = [*rows, *b.weights.values(), b.seed, b.step]
    return simplify(Program("gradient", inputs, outputs, [f"total_{name}" for name in totals]))


def evaluation_program(
    topology: Topology,
    loss: Loss,
    metrics: Sequence[Metric],
    dtype: str,
    weighted: bool = False,
    kind: Kind | None = None,
) -> Program:
    """Return a program for the totals of loss and metrics, and the predictions."""
    b = _Builder(topology, dtype, is_training=False)
    predictions = b.predictions()
    y = b.targets(loss, predictions)
    sample_weight = input_node("sample_weight", ("n",), dtype) if weighted else None
    total = ops.sum(_sample_losses(loss, predictions, y, sample_weight))
    totals = {"loss": total, **_metric_nodes(metrics, loss, y, predictions, kind)}
    outputs = {f"total_{name}": node for name, node in totals.items()}
    penalty = b.penalty()
    if penalty is not None:
        outputs["penalty"] = penalty
    if any(isinstance(metric, HostMetric) for metric in metrics):
        outputs["predictions"] = _probabilities(loss, predictions)
    rows = [*b.x, y, *([sample_weight] if sample_weight is not None else [])]
    inputs = [*rows, *b.weights.values()]
    return simplify(Program("evaluate", inputs, outputs, [f"total_{name}" for name in totals]))


def prediction_program(topology: Topology, dtype: str) -> Program:
    """Return a program for the outputs of the network: "y", or "y1", "y2" ... if several."""
    b = _Builder(topology, dtype, is_training=False)
    results = topology.build(b.context, b.x)
    names = ["y"] if len(results) == 1 else [f"y{n}" for n in range(1, len(results) + 1)]
    outputs: dict[str, Any] = dict(zip(names, results, strict=True))
    return simplify(Program("predict", [*b.x, *b.weights.values()], outputs))


def inspection_program(
    topology: Topology, loss: Loss | None, dtype: str, of_values: bool = False
) -> Program:
    """Return a program for all values of a network, "v0", "v1" ..., as they are in prediction.

    With a loss also for "loss" and its gradient, ``d.`` and the name of the weight; and, if it is
    asked for, ``d.v1`` ...: the gradient with respect to the values, 0 for those it passes by.
    """
    b = _Builder(topology, dtype, is_training=False)
    values = topology.values(b.context, b.x)
    outputs = {f"v{place}": value for place, value in enumerate(values)}
    inputs = [*b.x, *b.weights.values()]
    if loss is not None:
        predictions = values[topology.outputs[0]]
        y = b.targets(loss, predictions)
        outputs["loss"], _ = _loss_nodes(b, loss, predictions, y, None)
        parameters = topology.parameters()
        grads = gradients(outputs["loss"], [b.weights[weight.name] for weight in parameters])
        outputs |= {f"d.{weight.name}": g for weight, g in zip(parameters, grads, strict=True)}
        if of_values:
            grads = gradients(outputs["loss"], values)
            outputs |= {f"d.v{place}": g for place, g in enumerate(grads)}
        inputs.append(y)
    return simplify(Program("inspect", inputs, outputs))
