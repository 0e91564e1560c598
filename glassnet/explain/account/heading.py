"""What stands above an account: which network, which sample, what it predicts.

Takes the network, its names and the pass; gives a :class:`Heading`: title, predictions, targets.
``explain`` makes it; reasons and renderers read its words for features and classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from glassnet import backends
from glassnet.explain.account.prepare import Pass
from glassnet.layers.topology import Topology
from glassnet.losses import Loss
from glassnet.numbers import number_text
from glassnet.training.classes import names_in, probabilities
from glassnet.training.network import Network
from glassnet.translation import _, plural

__all__ = ["Heading", "Words", "heading"]

# The first samples have a line each, and the first numbers of a sample are written.
_MOST_ROWS = 8
_MOST_NUMBERS = 6
# More layers than this are not listed by their sizes.
_MOST_SIZES = 8


@dataclass(frozen=True)
class Words:
    """What inputs, outputs and target are called, where the network knows.

    Attributes
    ----------
    features, classes : tuple of str
        Empty where they have no names.
    target : str
    feature_layers, class_layers : frozenset of str
        Layers whose units stand for one feature, or one class, each.
    """

    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    target: str = ""
    feature_layers: frozenset[str] = frozenset()
    class_layers: frozenset[str] = frozenset()

    @classmethod
    def of(cls, network: Network) -> Words:
        """Return what a network knows; names that do not fit its sizes are left out."""
        topology, info = network.topology, network.info
        target = info.get("target_name")
        return cls(
            names_in(info, "feature_names", _size(topology.input_shapes)),
            names_in(info, "class_names", max(_size(topology.output_shapes), 2)),
            target if isinstance(target, str) else "",
            frozenset(_first_layers(topology)),
            frozenset(_last_layers(topology)),
        )

    def of_units(self, layer: str, shape: tuple[int, ...]) -> tuple[str, ...]:
        """Return what the units of a layer stand for, in a value of this shape."""
        names: tuple[str, ...] = ()
        if layer in self.feature_layers:
            names = self.features
        if layer in self.class_layers:
            names = self.classes
        return names if shape and shape[-1] == len(names) else ()


def _size(shapes: list[tuple[int, ...]]) -> int:
    """Return how many numbers one sample is, 0 where there are several parts or axes."""
    return shapes[0][0] if len(shapes) == 1 and len(shapes[0]) == 1 else 0


def _first_layers(topology: Topology) -> list[str]:
    """Return the layers before the first that mixes features."""
    if not topology.is_chain:
        return []
    plain = ("normalizing", "scaling", "dropping")
    calls = itertools.takewhile(lambda call: call.layer.role in plain, topology.calls)
    return [str(call.layer.name) for call in calls]


def _last_layers(topology: Topology) -> list[str]:
    """Return the layers from the last dense one on."""
    if not topology.is_chain:
        return []
    names: list[str] = []
    for call in reversed(topology.calls):
        names.append(str(call.layer.name))
        if call.layer.weights:
            break
    return names


@dataclass(frozen=True)
class Heading:
    """Title and answers of an account.

    Attributes
    ----------
    title : str
    predictions, targets : list of str
        A line for every sample: what the network says it is, and what it is.
    left_out : int
        Samples without a line.
    is_apart : bool
        Whether the pass itself leaves values out, so that its outputs are others.
    """

    network: str
    words: Words
    predictions: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    left_out: int = 0
    is_apart: bool = False

    def title(self, sample: str) -> str:
        """Return the title; ``sample`` says which sample it is, empty where that is not known."""
        if sample:
            return _("One pass of {network}, step by step: {sample}").format(
                network=self.network, sample=sample
            )
        return _("One pass of {network}, step by step").format(network=self.network)

    def answers(self) -> list[str]:
        """Return a line for every sample: prediction and target."""
        targets: list[str] = self.targets or [""] * len(self.predictions)
        pairs = zip(self.predictions, targets, strict=True)
        lines = [self._answer(*pair) for pair in pairs]
        if len(lines) > 1 or self.left_out:
            lines = [
                _("sample {n}: {answer}").format(n=place, answer=line)
                for place, line in enumerate(lines)
            ]
        if self.left_out:
            lines.append(plural("… and {n} more sample", "… and {n} more samples", self.left_out))
        return lines

    def _answer(self, prediction: str, target: str) -> str:
        if self.is_apart:
            prediction = _("{prediction} (by the whole network, nothing left out)").format(
                prediction=prediction
            )
        if target:
            return _("prediction: {prediction}; target: {target}").format(
                prediction=prediction, target=target
            )
        return _("prediction: {prediction}").format(prediction=prediction)


def heading(network: Network, name: str | None, done: Pass, digits: int) -> Heading:
    """Return what stands above the account of a pass."""
    words = Words.of(network)
    described = _described(network.topology, name)
    if any(len(shape) != 1 for shape in network.topology.output_shapes):
        return Heading(described, words)
    outputs = _outputs(network, done.given)
    if not all(np.isfinite(output).all() for output in outputs):
        return Heading(described, words)  # the account says where it went wrong
    told = [_told(network, done, words, digits, *one) for one in enumerate(outputs)]
    names = network.topology.output_names if len(outputs) > 1 else []
    predictions = [_by_name(names, row) for row in zip(*(one[0] for one in told), strict=True)]
    has_targets = all(targets for _predictions, targets in told)
    rows = zip(*(one[1] for one in told), strict=True) if has_targets else ()
    drops = any(layer.drops for layer in network.topology.layers)
    is_apart = drops and not done.is_forward_only
    left_out = len(outputs[0]) - len(predictions)
    targets = [_by_name(names, row) for row in rows]
    return Heading(described, words, predictions, targets, left_out, is_apart)


def _told(
    network: Network, done: Pass, words: Words, digits: int, place: int, output: np.ndarray
) -> tuple[list[str], list[str]]:
    """Return what one output says of the first samples, and their targets where it has any."""
    record = done.record or network.compiled
    goals = () if record is None else record.goals
    goal = next((one for one in goals if one.place == place), None)
    loss = None if goal is None else goal.loss
    is_classes = _is_classes(network, words, loss, network.topology.output_shapes[place])
    tell = _Classes(words, loss, digits) if is_classes else _Values(words, digits)
    predictions = [tell.prediction(row) for row in output[:_MOST_ROWS]]
    if done.record is None or goal is None:
        return predictions, []
    return predictions, [tell.target(row) for row in done.given[goal.target][:_MOST_ROWS]]


def _by_name(names: list[str], texts: tuple[str, ...]) -> str:
    """Return what several outputs say, each with its name: "size 0.5; kind class 2"."""
    if not names:
        return texts[0]
    return "; ".join(f"{name} {text}" for name, text in zip(names, texts, strict=True))


def _outputs(network: Network, given: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    program = network.prediction
    found = backends.Numpy().run(program, {name: given[name] for name in program.inputs})
    return list(found.values())


def _is_classes(network: Network, words: Words, loss: Loss | None, shape: tuple[int, ...]) -> bool:
    """Tell whether an output speaks of classes: as noted, else as the loss says."""
    task = network.info.get("task")
    if task in ("classification", "regression") and len(network.topology.outputs) == 1:
        return bool(task == "classification")
    if words.classes or loss is None:
        return bool(words.classes)
    # Several outputs of binary_crossentropy name no class: each is an answer by itself.
    is_answers = loss.target_kind == "binary" and shape[-1:] != (1,)
    return loss.target_kind != "values" and not is_answers


def _described(topology: Topology, name: str | None) -> str:
    """Return name and sizes: "iris (4-10-3)"."""
    sizes = _sizes(topology)
    if name and sizes:
        return _("{name} ({sizes})").format(name=name, sizes=sizes)
    if sizes:
        return _("a {sizes} network").format(sizes=sizes)
    return name or _("a network")


def _sizes(topology: Topology) -> str:
    """Return the number of inputs and of the units of every dense layer: 4-10-3."""
    if not topology.is_chain or not _size(topology.input_shapes):
        return ""
    dense = [call.shape for call in topology.calls if call.layer.role == "dense"]
    if not dense or any(len(shape) != 1 for shape in dense):
        return ""
    sizes = [str(shape[0]) for shape in (*topology.input_shapes, *dense)]
    if len(sizes) > _MOST_SIZES:
        sizes = [*sizes[:2], "…", *sizes[-2:]]
    return "-".join(sizes)


@dataclass(frozen=True)
class _Classes:
    """Says which class outputs and targets mean."""

    words: Words
    loss: Loss | None
    digits: int

    def prediction(self, row: np.ndarray) -> str:
        shares = probabilities(row[None], self.loss)[0]
        # Of a single unit the class is decided as in predict_labels: from 0.5 on.
        best = int(shares[1] >= 0.5) if len(row) == 1 else int(shares.argmax())
        is_probability = bool((shares >= 0).all() and abs(shares.sum() - 1) < 1e-3)
        if is_probability:
            text = _("{name}, probability {number}")
        else:
            text = _("{name}, output {number}")
            shares = np.repeat(row, 2) if len(row) == 1 else row
        return text.format(name=self._name(best), number=number_text(shares[best], self.digits))

    def target(self, row: np.ndarray) -> str:
        numbers = np.asarray(row).reshape(-1)
        if len(numbers) > 1:
            return self._name(int(numbers.argmax()))
        return self._name(round(float(numbers[0])))

    def _name(self, place: int) -> str:
        names = self.words.classes
        return names[place] if 0 <= place < len(names) else _("class {n}").format(n=place)


@dataclass(frozen=True)
class _Values:
    """Writes outputs and targets as the numbers they are."""

    words: Words
    digits: int

    def prediction(self, row: np.ndarray) -> str:
        numbers = self.target(row)
        quantity = self.words.target if len(row) == 1 else ""
        return f"{quantity} = {numbers}" if quantity else numbers

    def target(self, row: np.ndarray) -> str:
        numbers = np.asarray(row).reshape(-1)
        texts = [number_text(float(number), self.digits) for number in numbers[:_MOST_NUMBERS]]
        texts += ["…"] if len(numbers) > _MOST_NUMBERS else []
        return ", ".join(texts)
