"""The programs of a network: each selects its inputs and outputs from the training graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassnet.graph import Node, Program, gradients, simplify
from glassnet.layers.topology import Topology, own_input_names
from glassnet.metrics import Kind
from glassnet.training.compile_record import CompileRecord
from glassnet.training.graph import TrainingGraph, Update

__all__ = [
    "evaluation_program",
    "gradient_program",
    "input_names",
    "inspection_program",
    "prediction_program",
    "step_program",
    "traced_program",
]


def input_names(topology: Topology) -> list[str]:
    """Return the names of the inputs in the graph: x, or x1, x2 ... if there are several."""
    return own_input_names(len(topology.input_shapes))


def step_program(
    topology: Topology,
    record: CompileRecord,
    dtype: str,
    is_weighted: bool = False,
    kinds: Sequence[Kind | None] = (),
) -> Program:
    """Return the whole training step as one program.

    Inputs: weights, slots, x, y (and sample_weight), hyperparameters, seed, step.
    Outputs: new weights and slots, and the totals of losses, penalties and metrics.
    """
    g = TrainingGraph(
        topology, dtype, record, is_training=True, is_weighted=is_weighted, kinds=kinds
    )
    totals = g.totals(record)
    update = Update(g, record.optimizer)
    inputs = [*g.inputs, *update.inputs, g.seed, g.step]
    outputs = {**totals, **update.outputs, **g.buffers}
    return simplify(Program("step", inputs, outputs, totals=list(totals), rows=g.row_names))


def traced_program(
    topology: Topology, record: CompileRecord, dtype: str, is_weighted: bool = False
) -> Program:
    """Return the training step with all that a reader wants to see of it.

    Outputs: "prediction" ("prediction1" ... if several), "loss" (of the batch; and "loss1", "loss2"
    ... of several outputs), "averaged" (where a loss is a sum, the part of the whole that counts
    once an epoch), the gradients ("d." and the name
    of the parameter; from the last layer backwards, kernel before bias), new weights and slots. An
    optimizer that makes its steps on the host has none of these.
    """
    g = TrainingGraph(topology, dtype, record, is_training=True, is_weighted=is_weighted)
    outputs = {**_numbered("prediction", g.outputs), "loss": g.loss}
    if len(g.goals) > 1:
        outputs |= {g.loss_symbol(goal): g.losses[k] for k, goal in enumerate(g.goals)}
    if g.averaged is not None:
        outputs["averaged"] = g.averaged
    inputs = g.inputs
    if record.optimizer.is_host_side:
        outputs |= g.backwards() | g.buffers
    else:
        update = Update(g, record.optimizer)
        inputs += update.inputs
        outputs |= g.backwards() | update.outputs | g.buffers
    return simplify(Program("step", [*inputs, g.seed, g.step], outputs, rows=g.row_names))


def gradient_program(
    topology: Topology,
    record: CompileRecord,
    dtype: str,
    is_weighted: bool = False,
    kinds: Sequence[Kind | None] = (),
) -> Program:
    """Return a program for the loss of all samples, its gradient, and new values of buffers.

    Outputs: "value", the totals, the gradients (``d.`` and the name of the parameter), and the
    buffers under their own names.
    """
    g = TrainingGraph(
        topology, dtype, record, is_training=True, is_weighted=is_weighted, kinds=kinds
    )
    totals = g.totals(record)
    grads = {f"d.{name}": node for name, node in g.gradients.items()}
    outputs = {"value": g.loss, **totals, **grads, **g.buffers}
    return simplify(Program("gradient", [*g.inputs, g.seed, g.step], outputs, list(totals)))


def evaluation_program(
    topology: Topology,
    record: CompileRecord,
    dtype: str,
    is_weighted: bool = False,
    kinds: Sequence[Kind | None] = (),
) -> Program:
    """Return a program for the totals of losses and metrics, and what host metrics look at."""
    g = TrainingGraph(
        topology, dtype, record, is_training=False, is_weighted=is_weighted, kinds=kinds
    )
    totals = g.totals(record, with_penalty=False)
    outputs = dict(totals)
    if g.penalty is not None:
        outputs["penalty"] = g.penalty
    for goal in g.goals:
        if goal.host_metrics:
            outputs[goal.predictions] = g.probabilities(goal)
    return simplify(Program("evaluate", g.inputs, outputs, list(totals)))


def prediction_program(topology: Topology, dtype: str) -> Program:
    """Return a program for the outputs of the network: "y", or "y1", "y2" ... if several."""
    g = TrainingGraph(topology, dtype, is_training=False)
    return simplify(Program("predict", g.inputs, _numbered("y", g.outputs)))


def inspection_program(
    topology: Topology, record: CompileRecord | None, dtype: str, of_values: bool = False
) -> Program:
    """Return a program for all values of a network, "v0", "v1" ..., as they are in prediction.

    With a record also for "loss" and its gradient, ``d.`` and the name of the weight; and, if it is
    asked for, ``d.v1`` ...: the gradient with respect to the values, 0 for those it passes by.
    """
    g = TrainingGraph(topology, dtype, record, is_training=False)
    outputs: dict[str, Any] = {f"v{place}": value for place, value in enumerate(g.values)}
    if record is not None:
        outputs["loss"] = g.loss
        outputs |= {f"d.{name}": node for name, node in g.gradients.items()}
        if of_values:
            grads = gradients(g.loss, g.values)
            outputs |= {f"d.v{place}": node for place, node in enumerate(grads)}
    return simplify(Program("inspect", g.inputs, outputs))


def _numbered(name: str, nodes: list[Node]) -> dict[str, Node]:
    """Return nodes by a name, with numbers from 1 if there are several."""
    if len(nodes) == 1:
        return {name: nodes[0]}
    return {f"{name}{number}": node for number, node in enumerate(nodes, 1)}
