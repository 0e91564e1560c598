"""The training graph of a network: everything that its programs select from, built in one place.

Takes a topology and the record of how it is trained; gives the nodes of outputs, targets, losses,
penalties, gradients, updates and totals, for one or several outputs. ``programs.py`` calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from glassnet import ops
from glassnet.graph import Node, gradients, input_node
from glassnet.layers.base import Context, Weight
from glassnet.layers.topology import Topology, own_input_names
from glassnet.metrics import Kind
from glassnet.optimizers import Optimizer, Schedule
from glassnet.training.compile_record import CompileRecord, Goal
from glassnet.training.evaluation import PENALTY

__all__ = ["TrainingGraph", "Update", "slot_names"]


class TrainingGraph:
    """The nodes of a network and of its training; each is built when it is first asked for.

    Parameters
    ----------
    topology : Topology
    dtype : {"float32", "float64"}
    record : CompileRecord, optional
        Without it there are outputs only.
    is_training : bool
        Whether dropout and the like act.
    is_weighted : bool
        Whether samples have weights.
    kinds : sequence of (Kind or None)
        What the targets of each goal are, for the metrics.
    """

    def __init__(
        self,
        topology: Topology,
        dtype: str,
        record: CompileRecord | None = None,
        *,
        is_training: bool,
        is_weighted: bool = False,
        kinds: Sequence[Kind | None] = (),
    ) -> None:
        self.topology = topology
        self.dtype = dtype
        self.goals = record.goals if record is not None else ()
        self.is_weighted = is_weighted
        self.kinds = list(kinds) or [None] * len(self.goals)
        names = own_input_names(len(topology.input_shapes))
        entering = zip(names, topology.input_shapes, topology.input_dtypes(dtype), strict=True)
        self.x = [input_node(name, ("n", *shape), kind) for name, shape, kind in entering]
        self.weights: dict[str, Node] = {}
        for weight in topology.weights():
            node = input_node(weight.name, weight.shape, weight.dtype or dtype)
            self.weights[weight.name] = node.named(weight.symbol)
        self.seed = input_node("seed", (), "int64")
        self.step = input_node("step", (), "int64")
        self._context = Context(self.weights, dtype, is_training, self.seed, self.step)

    # Forward ----------------------------------------------------------------------------

    @cached_property
    def values(self) -> list[Node]:
        """The inputs, then the output of every call."""
        return self.topology.values(self._context, self.x)

    @cached_property
    def outputs(self) -> list[Node]:
        return self.topology.outputs_among(self.values, self.dtype)

    @property
    def buffers(self) -> dict[str, Node]:
        """New values of the buffers, by name."""
        _ = self.values
        return self._context.updates

    # What goes in -------------------------------------------------------------------------

    @cached_property
    def targets(self) -> list[Node]:
        """The targets, one input for each goal."""
        return [self._target(goal, self.outputs[goal.place]) for goal in self.goals]

    def _target(self, goal: Goal, output: Node) -> Node:
        if goal.loss.takes_labels:
            return input_node(goal.target, output.shape[:-1], "int64")
        return input_node(goal.target, output.shape, self.dtype)

    @cached_property
    def sample_weights(self) -> list[Node]:
        """The sample weights, one input for each goal; none if samples have no weights."""
        goals = self.goals if self.is_weighted else ()
        return [input_node(goal.sample_weight, ("n",), self.dtype) for goal in goals]

    @property
    def rows(self) -> list[Node]:
        """The inputs that hold one row a sample."""
        return [*self.x, *self.targets, *self.sample_weights]

    @property
    def row_names(self) -> list[str]:
        return [node.attrs["name"] for node in self.rows]

    @property
    def inputs(self) -> list[Node]:
        """Rows and weights."""
        return [*self.rows, *self.weights.values()]

    # Loss ---------------------------------------------------------------------------------

    @cached_property
    def count(self) -> Node:
        """The number of samples in the batch, a scalar."""
        return ops.size(self.x[0], axis=0)

    @cached_property
    def sums(self) -> list[Node]:
        """The sum of the losses of all samples, for each goal."""
        return [ops.sum(self._sample_losses(place)) for place in range(len(self.goals))]

    def _sample_losses(self, place: int) -> Node:
        goal = self.goals[place]
        loss = goal.loss
        each = loss.per_sample(self.targets[place], self.outputs[goal.place])
        if each.ndim > 1:
            axes = tuple(range(1, each.ndim))
            join = ops.mean if loss.reduction == "mean" else ops.sum
            each = join(each, axis=axes)
        if not each.name:
            each.named(f"losses{goal.number}")
        return each * self.sample_weights[place] if self.is_weighted else each

    @cached_property
    def penalty(self) -> Node | None:
        """The sum of all penalties on weights, or None."""
        return _sum(
            weight.regularizer(self.weights[weight.name])
            for weight in self.topology.weights()
            if weight.regularizer is not None
        )

    @cached_property
    def losses(self) -> list[Node]:
        """The loss of the batch for each goal, without its weight and without penalties."""
        found = []
        for goal, total in zip(self.goals, self.sums, strict=True):
            is_sum = goal.loss.reduction == "sum"
            node = total if is_sum else total * (1.0 / self.count)
            found.append(node.named(self.loss_symbol(goal)) if len(self.goals) > 1 else node)
        return found

    def loss_symbol(self, goal: Goal) -> str:
        """Return the symbol of the loss of one of several outputs: loss1, loss2 ..."""
        return f"loss{goal.number}"

    @cached_property
    def weighted_losses(self) -> list[Node]:
        """The same times the weight of each goal."""
        pairs = zip(self.goals, self.losses, strict=True)
        return [loss if goal.weight == 1 else loss * goal.weight for goal, loss in pairs]

    @cached_property
    def loss(self) -> Node:
        """The loss of the batch: what the step goes down."""
        whole = _sum([*self.weighted_losses, self.penalty])
        assert whole is not None
        return whole.named("loss")

    @cached_property
    def averaged(self) -> Node | None:
        """The part of the loss that an epoch has once, beside one that it adds up; or None.

        Penalties and losses that are means count once in an epoch, not once a batch; there is
        need to tell them apart where another loss is a sum.
        """
        if all(goal.loss.reduction == "mean" for goal in self.goals):
            return None
        pairs = zip(self.goals, self.weighted_losses, strict=True)
        means = [loss for goal, loss in pairs if goal.loss.reduction == "mean"]
        if self.penalty is not None:
            self.penalty.named("penalty")
        found = _sum([*means, self.penalty])
        return found if found is None or found.name else found.named("averaged")

    def totals(self, record: CompileRecord, with_penalty: bool = True) -> dict[str, Node]:
        """Return what a batch adds to the numbers of an epoch: losses, penalties, metrics.

        The penalties count once in an epoch, not once a batch: they are weighted by the rows.
        """
        found = {}
        for goal, total in zip(self.goals, self.sums, strict=True):
            found[record.loss_name(goal)] = total
        if with_penalty and self.penalty is not None:
            found[PENALTY] = self.penalty * self.count
        for place, goal in enumerate(self.goals):
            for metric in goal.step_metrics:
                each = metric.per_sample(
                    self.targets[place], self.probabilities(goal), self._kind(place)
                )
                found[goal.called(metric.name)] = ops.sum(each)
        return {f"total_{name}": node for name, node in found.items()}

    def probabilities(self, goal: Goal) -> Node:
        """Return what the metrics of a goal look at."""
        return goal.loss.probabilities(self.outputs[goal.place])

    def _kind(self, place: int) -> Kind:
        """Return what targets are; where no data are known (to print a program) the usual kind."""
        known, goal = self.kinds[place], self.goals[place]
        if known is not None:
            return known
        name = goal.loss.target_kind
        if name == "values":
            is_column = self.outputs[goal.place].shape[-1:] == (1,)
            name = "binary" if is_column else "one_hot"
        return Kind(name)

    # Backward -----------------------------------------------------------------------------

    @cached_property
    def gradients(self) -> dict[str, Node]:
        """The gradient of the loss, by the name of the parameter; each is called dW1 or so."""
        parameters = self.topology.parameters()
        if not parameters:
            return {}
        found = gradients(self.loss, [self.weights[weight.name] for weight in parameters])
        named = zip(parameters, found, strict=True)
        return {weight.name: g.named(f"d{weight.symbol}") for weight, g in named}

    def backwards(self) -> dict[str, Node]:
        """Return the gradients as outputs, ``d.`` and the name, the last layer's first."""
        layers = reversed(self.topology.layers)
        names = [w.name for layer in layers for w in layer.weights.values()]
        return {f"d.{name}": self.gradients[name] for name in names if name in self.gradients}


class Update:
    """The optimizer's part of a step.

    Attributes
    ----------
    inputs : list of Node
        Slots and hyperparameters.
    outputs : dict of str to Node
        New parameters and slots.
    """

    def __init__(self, graph: TrainingGraph, optimizer: Optimizer) -> None:
        dtype, parameters = graph.dtype, graph.topology.parameters()
        self._scalars = {
            name: input_node(name, (), dtype).named(_setting(name)) for name in optimizer.scalars()
        }
        self._slots = {
            name: input_node(name, shape, dtype)
            for name, (shape, _) in slot_names(optimizer, parameters).items()
        }
        self.inputs = [*self._slots.values(), *self._scalars.values()]
        self.outputs: dict[str, Node] = {}
        if parameters:
            self._build(graph, optimizer, parameters)

    def _build(self, graph: TrainingGraph, optimizer: Optimizer, parameters: list[Weight]) -> None:
        grads = list(graph.gradients.values())
        if optimizer.clip is not None:
            grads = optimizer.clip(grads)
        step = ops.cast(graph.step, graph.dtype)
        rate = self._rate(optimizer, step)
        for weight, g in zip(parameters, grads, strict=True):
            own = {slot: self._slots[f"{weight.name}.{slot}"] for slot in optimizer.slots}
            for slot, node in own.items():
                node.named(f"{slot}_{weight.symbol}")
            hyper = dict(self._scalars)
            if optimizer.uses_loss:
                stream = f"{weight.name}/optimizer"
                draws = ops.random_uniform(
                    graph.seed, graph.step, weight.shape, stream, graph.dtype
                )
                hyper |= {"loss": graph.loss, "draws": draws}
            w = graph.weights[weight.name]
            new, new_slots = optimizer.update(w, g, rate, own, hyper, step)
            self.outputs[weight.name] = new
            self.outputs |= {f"{weight.name}.{slot}": node for slot, node in new_slots.items()}

    def _rate(self, optimizer: Optimizer, step: Node) -> Node:
        schedule = optimizer.learning_rate
        if isinstance(schedule, Schedule):
            rate = schedule.build(step - 1.0, self._scalars)
            return rate if rate.name else rate.named("learning_rate")
        return self._scalars["learning_rate"]


def _setting(name: str) -> str:
    """Return what a person calls a hyperparameter of a step."""
    return "initial_rate" if name == "schedule.initial" else name.removeprefix("schedule.")


def slot_names(
    optimizer: Optimizer, weights: Iterable[Weight]
) -> dict[str, tuple[tuple[int, ...], float]]:
    """Return the arrays an optimizer keeps for weights: name to shape and first value."""
    return {
        f"{weight.name}.{slot}": (weight.shape, first)
        for weight in weights
        for slot, first in optimizer.slots.items()
    }


def _sum(nodes: Iterable[Node | None]) -> Node | None:
    """Return the sum of nodes, leaving out None; None if there are none."""
    total: Node | None = None
    for node in nodes:
        if node is not None:
            total = node if total is None else total + node
    return total
