"""What both kinds of model share: they hold a network and hand everything on.

Longer than other files, because it is the public face with all that has to be said about it.
"""

from __future__ import annotations

import abc
import contextlib
import copy
import functools
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.data.arrays import array_text, check_array, check_same_length
from glassnet.data.frames import is_frame, one_sample_text, sample_numbers
from glassnet.errors import ArgumentError, GlassnetError, ShapeError, TrainingError, shown
from glassnet.graph import shape_text
from glassnet.layers.base import Layer, Tensor
from glassnet.layers.topology import Topology
from glassnet.models.carried import check_carried
from glassnet.models.compiled import LookAtCompiled
from glassnet.optimizers import Optimizer
from glassnet.quoting import visible
from glassnet.streams import written_for
from glassnet.training.alone import is_claimed
from glassnet.training.callbacks import check_verbose
from glassnet.training.checkpoints import save_network
from glassnet.training.compile_record import CompileRecord
from glassnet.training.compiling import compiled
from glassnet.training.evaluation import evaluate_rows, predict_rows
from glassnet.training.fit import (
    FitOptions,
    check_options,
    check_seed,
    fit,
    new_seed,
    one_step,
)
from glassnet.training.history import History, Scores
from glassnet.training.inputs import check_inputs, check_piece, default_record
from glassnet.training.network import Network
from glassnet.training.samples import training_data
from glassnet.training.state import State
from glassnet.training.summary import summary_text
from glassnet.training.targets import check_targets
from glassnet.translation import plural

__all__ = ["BaseModel"]

# Threads may use a model that is not built yet: one of them builds it.
_BUILDING = threading.RLock()


class BaseModel(LookAtCompiled):
    """Base of Sequential and Model."""

    def __init__(self, dtype: str, seed: int | None, name: str | None) -> None:
        self.dtype = _checked_dtype(dtype)
        self.seed = check_seed(seed)
        if name is not None and not isinstance(name, str):
            raise ArgumentError(f"name={shown(name)} must be text or None")
        self.name = name
        self.stop_training = False
        self.history: History | None = None
        self.info: dict[str, Any] = {}
        self._network: Network | None = None
        # Until the network is built; then the network holds the record.
        self._waiting: CompileRecord | None = None

    # Building ---------------------------------------------------------------------------

    @abc.abstractmethod
    def _topology(self, input_shape: tuple[int, ...] | None) -> Topology | None:
        """Return the topology, or None while the input shape is not known."""

    @property
    @abc.abstractmethod
    def layers(self) -> list[Layer]:
        """The layers, in order."""

    @property
    def trainable(self) -> bool:
        """Whether training changes all layers; a value that is set is set in every layer.

        Raises
        ------
        ArgumentError
            If the value is neither True nor False.

        Examples
        --------
        >>> import glassnet as gn
        >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(3), gn.layers.Dense(1)], seed=0)
        >>> net.trainable = False
        >>> net.layers[1].trainable, net.count_params()
        (False, 13)
        """
        return all(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        if not isinstance(value, bool | np.bool_):
            raise ArgumentError(f"trainable={shown(value)} must be True or False")
        for layer in self.layers:
            layer.trainable = bool(value)

    def _input_names(self) -> list[str]:
        """Return what the inputs are called, as far as it is known yet."""
        return ["x"] if self._network is None else self._network.topology.input_names

    @property
    def built(self) -> bool:
        """Whether the weights exist."""
        return self._network is not None

    def build(self, input_shape: Sequence[int | None] | None = None) -> None:
        """Make the weights; fit and predict do it by themselves.

        Parameters
        ----------
        input_shape : tuple, optional
            Shape of the input with the batch axis first, ``(None, 64)``; not needed where
            the model begins with an Input.

        Raises
        ------
        ShapeError
            If a layer does not fit; the layers up to it are listed.
        """
        self._build(None if input_shape is None else _sample_sizes(input_shape))

    def _build(self, input_shape: tuple[int, ...] | None, seed: int | None = None) -> Network:
        if self._network is not None:
            return self._network
        with _BUILDING:
            return self._network or self._built(input_shape, seed)

    def _built(self, input_shape: tuple[int, ...] | None, seed: int | None) -> Network:
        topology = self._topology(input_shape)
        if topology is None:
            raise TrainingError(
                "the model does not know the shape of its input yet: put gn.Input((features,)) "
                "first, or call build((None, features)) or fit(x, y)"
            )
        if self.seed is None:
            self.seed = new_seed() if seed is None else seed
        topology.initialize(self.seed, self.dtype)
        network = Network(
            topology, self.dtype, State(seed=self.seed), self._waiting, info=self.info
        )
        self._network, self._waiting = network, None
        return network

    def take_network(self, network: Network) -> None:
        """Take a network that is built already, as a file gives it."""
        self._network = network
        self.info = network.info

    @property
    def network(self) -> Network:
        """The built network: topology, weights, state."""
        return self._build(None)

    # Training ---------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "adam",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
    ) -> None:
        """Say how the network is trained.

        Parameters
        ----------
        optimizer : str or Optimizer, default "adam"
        loss : str or Loss, or a dict or list of them
            Of several outputs each has its own: a dict by their names, which are those of the
            layers that make them, or a list in their order. None stands for an output that is not
            trained; a single loss is that of every output.
        metrics : list of str, Metric or callable, or a dict or list of such lists, optional
            Of several outputs each has its own. History and scores call metrics by their full
            names: ``"mae"`` is ``mean_absolute_error`` there, ``out1_mean_absolute_error`` for the
            output ``out1``. Differs: Keras keeps the name as it was written.
        loss_weights : dict or list of float, or float, optional
            The step goes down Σ weight · loss over the outputs, plus penalties; default 1. An
            output that a dict leaves out has 1. The losses of single outputs are told without it.

        Raises
        ------
        ArgumentError
            If a name is not known; the nearest is suggested. If an output has no loss.

        Examples
        --------
        >>> import numpy as np
        >>> import glassnet as gn
        >>> x = gn.Input((2,))
        >>> h = gn.layers.Dense(4, "tanh")(x)
        >>> size = gn.layers.Dense(1, name="size")(h)
        >>> kind = gn.layers.Dense(3, "softmax", name="kind")(h)
        >>> net = gn.Model(x, [size, kind], seed=0)
        >>> losses = {"size": "mse", "kind": "sparse_categorical_crossentropy"}
        >>> net.compile("adam", losses, {"kind": ["accuracy"]}, {"kind": 0.5})
        >>> y = {"size": np.ones((6, 1)), "kind": np.arange(6) % 3}
        >>> list(net.fit(np.eye(6)[:, :2], y, verbose=0).history)
        ['loss', 'size_loss', 'kind_loss', 'kind_accuracy']
        """
        record = compiled(optimizer, loss, metrics, loss_weights, self.output_names)
        self._take_record(record)

    def _take_record(self, record: CompileRecord) -> None:
        if self._network is not None:
            self._network.compile(record)
        else:
            self._waiting = record

    @property
    def _record(self) -> CompileRecord | None:
        """How the network is trained, None before compile."""
        return self._network.compiled if self._network is not None else self._waiting

    @property
    def _is_default(self) -> bool:
        """Whether fit chose loss and optimizer, because the caller did not."""
        return self._record is not None and self._record.is_default

    @property
    @abc.abstractmethod
    def output_names(self) -> list[str]:
        """What the outputs are called: as the layers that make them."""

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer; its hyperparameters may be changed at any time."""
        if self._record is None:
            raise TrainingError("the model is not compiled yet: call compile(optimizer, loss)")
        return self._record.optimizer

    @property
    def loss(self) -> Any:
        """The loss, None before compile; a dict by the names of the outputs if there are several.

        An output that is not trained has none there.
        """
        record = self._record
        if record is None or not record.goals[0].name:
            return None if record is None else record.only.loss
        return {goal.name: goal.loss for goal in record.goals}

    def fit(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | str | None = 32,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Sequence[Any] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        seed: int | None = None,
        backend: Any = "auto",
        resume: Any = None,
    ) -> History:
        """Train the network.

        Parameters
        ----------
        x, y : array or data frame, or a dict or list of them
            Samples and targets, one row each. Where the network gives one number a sample, targets
            of shape ``(n,)`` are taken for the column ``(n, 1)``. Several outputs have a dict of
            targets by their names, or a list in their order. The names of the columns of a frame
            (pandas, polars) are learned and kept in the file: from then on frames are matched by
            name, in any order, here and wherever samples are given; other columns are left out with
            a ``FrameWarning``. Left out is also a column without a name (or ``Unnamed: 0``) of
            whole numbers that all differ: the index of a frame. Arrays go by position. Differs:
            Keras takes frames by position, scikit-learn refuses another order.
        batch_size : int or "full", default 32
        epochs : int, default 1
        verbose : {"auto", 0, 1, 2}
            Progress bar, nothing, or a line an epoch.
        callbacks : list of Callback, optional
        validation_split : float, default 0
            Fraction held out, drawn at random, stratified for classes: labels, columns of two
            values and one-hot rows. Differs: Keras takes the last rows.
        validation_data : (x, y) or (x, y, sample_weight), optional
        shuffle : bool, default True
            A new order of the samples every epoch.
        class_weight : dict or "balanced", optional
            Factor of every sample's loss by its class, {0: 1.0, 1: 5.0}; a class that is not
            named has 1, "balanced" gives every class the same sum. For the cross-entropies only:
            the other losses have no classes. Differs: Keras takes the argmax of any targets with
            several columns. For networks with one output.
        sample_weight : array, or a dict or list of them, optional
            Loss of a batch: Σ weight · loss / n. One array is for all of several outputs; an
            output that a dict leaves out weighs 1.
        initial_epoch : int, default 0
        seed : int, optional
            Used where the model has none.
        backend : {"auto", "numpy", "compiled", "loops"} or Backend, default "auto"
            What computes. "auto" takes NumPy for what it would finish in half a second, steps
            made before included, else the compiled backend; "compiled" compiles always (a fraction
            of a second for a new network), except a network so deep or irregular that compiling
            it would take too long: NumPy runs it, and progress and ``history.params["backend"]``
            say so. :func:`glassnet.set_backend` sets what "auto" means.
        resume : path, optional
            A checkpoint to go on from; ``epochs`` counts from the run's first start.

        Returns
        -------
        History
            Ctrl-C ends the run cleanly, weights kept: ``history.stopped`` is then
            "interrupted", and the program goes on.

        Raises
        ------
        ShapeError, DataError, ArgumentError
            If the data do not fit the network or its loss, or an argument makes no sense.
        """
        options = FitOptions(
            batch_size, epochs, validation_data, validation_split, sample_weight, class_weight,
            shuffle, initial_epoch, callbacks, verbose, backend, resume,
        )  # fmt: skip
        check_options(options)
        with self._unbuilt_if_refused():
            network = self._ready(x, y, check_seed(seed))
            with network.training_alone():
                self.history = fit(self, network, x, y, options)
        return self.history

    @contextlib.contextmanager
    def _unbuilt_if_refused(self) -> Iterator[None]:
        """Forget weights that were made for data that turn out not to fit."""
        seed, is_new = self.seed, self._network is None and not self._knows_inputs
        new = [layer for layer in self.layers if layer.input_shapes is None]
        try:
            yield
        except GlassnetError:
            is_begun = self._network is not None and (
                self._network.state.step > 0 or is_claimed(self._network)
            )
            if is_new and self._network is not None and not is_begun:
                record = self._network.compiled
                self._waiting = None if record is None or record.is_default else record
                self._network, self.seed = None, seed
                for layer in new:
                    layer.weights, layer.input_shapes = {}, None
            raise

    def _ready(self, x: Any, y: Any, seed: int | None = None) -> Network:
        """Build and compile with defaults where the caller did not."""
        targets = self._given_targets(y)
        network = self._build(self._shape_of_samples(x, targets), seed)
        with _BUILDING:
            self._compile_default(network, targets)
        return network

    def _given_targets(self, y: Any) -> Any:
        """Return targets as an array; of several outputs as a list of arrays."""
        return check_targets(y)

    def _compile_default(self, network: Network, targets: Any) -> None:
        # Until the first step a default follows the targets: those before may have been wrong.
        record = network.compiled
        if record is None or (record.is_default and network.state.step == 0):
            default = default_record(network.topology, targets)
            if record is None or _losses(default) != _losses(record):
                network.compile(default)

    def _shape_of_samples(self, x: Any, targets: Any = None) -> tuple[int, ...] | None:
        """Return the shape of one sample, where the model has to learn it from the data."""
        if x is None:
            raise ArgumentError("x is missing: give the samples, one row each")
        if self._network is not None or self._knows_inputs:
            return None
        if is_frame(x):
            count = self.columns.count(x)
            if targets is not None:
                check_same_length(x=x, y=targets)
            return (count,)
        array = check_array(x, "x", None)
        if array.ndim == 1:
            given = array_text(x, "x")
            one = one_sample_text(x, "x") or f"{given}[None, :]"
            raise ShapeError(
                f"x has the shape ({len(array)},), one number a sample; for one sample of "
                f"{len(array)} features use {one}, for one feature a sample "
                f"{given}.reshape(-1, 1)"
            )
        if targets is not None:
            check_same_length(x=array, y=targets)
        return tuple(array.shape[1:])

    @property
    @abc.abstractmethod
    def _knows_inputs(self) -> bool:
        """Whether the shapes of the inputs were given."""

    def train_on_batch(self, x: Any, y: Any, sample_weight: Any = None) -> Scores:
        """Make one step on one batch and return loss and metrics from before it."""
        with self._unbuilt_if_refused():
            network = self._ready(x, y)
            with network.training_alone():
                data = training_data(network, x, y, sample_weight, before_adapt=True)
                network.columns.learn(x, y)
                return one_step(network, data)

    def test_on_batch(self, x: Any, y: Any, sample_weight: Any = None) -> Scores:
        """Return loss and metrics of one batch."""
        return self.evaluate(x, y, sample_weight=sample_weight, verbose=0)

    def evaluate(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = None,
        sample_weight: Any = None,
        verbose: Any = "auto",
        backend: Any = "auto",
    ) -> Scores:
        """Return loss and metrics on data; unpacks like a list, and has names.

        Parameters
        ----------
        x, y : array
        batch_size : int, optional
            Samples computed at once; the result does not depend on it.
        sample_weight : array, optional
        """
        check_verbose(verbose)
        with self._unbuilt_if_refused():
            network = self._ready(x, y)
            data = training_data(network, x, y, sample_weight)
        kinds = network.kinds_of(data)
        program = network.evaluation(network.record.is_weighted(data), kinds)
        found = evaluate_rows(
            backends.get(backend), program, data, network.weights(), network.record,
            check_piece(batch_size), kinds,
        )  # fmt: skip
        return Scores(found)

    def predict(
        self, x: Any, batch_size: int | None = None, verbose: Any = "auto", backend: Any = "auto"
    ) -> Any:
        """Return the network's outputs for samples: ``(n, outputs)``.

        Parameters
        ----------
        x : array or data frame
            A frame is matched by the names of its columns, and so are rows of one in a list;
            a single row is given as ``row.to_frame().T``.
        batch_size : int, optional
            Samples computed at once; the result does not depend on it.
        """
        check_verbose(verbose)
        piece, chosen = check_piece(batch_size), backends.get(backend)
        network = self._build(self._shape_of_samples(x))
        inputs = check_inputs(x, network)
        results = predict_rows(chosen, network.prediction, inputs, network.weights(), piece)
        return results[0] if len(results) == 1 else results

    def predictor(self) -> Any:
        """Return a compiled function of one sample, for tight loops.

        It computes with the weights of this moment, also while ``fit`` goes on. Threads may share
        it: a call that finds it in use computes in memory of its own. Where the network knows names
        of columns, a row of a pandas frame or a dict is matched by them. NumPy runs a network
        that is too large to be compiled, and one with several outputs, which gives a list.

        Examples
        --------
        >>> import glassnet as gn
        >>> net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(2, "tanh")], seed=0)
        >>> one = net.predictor()
        >>> bool(np.allclose(one(np.ones(3)), net.predict(np.ones((1, 3)))[0]))
        True
        """
        network = self.network
        found = backends.Compiled().predictor(network.prediction, network.weights())
        names = self.columns.of(0) if len(network.topology.input_shapes) == 1 else []
        found.convert = functools.partial(sample_numbers, known=names)
        return found

    def predict_labels(self, x: Any) -> np.ndarray:
        """Return the class of every sample: a number, or a name where the classes have names.

        Where every output answers for itself (several outputs and ``"binary_crossentropy"``, or
        multi-label targets in the training) it is 1 or 0 for every output, shape ``(n, outputs)``.
        An output says yes from half way between the levels of the targets on: 0.5, or 0 where
        they were -1 and 1.
        """
        outputs = self.predict(x)
        if isinstance(outputs, list) or outputs.ndim < 2:
            raise TrainingError(
                "predict_labels needs a network with one output of one number a class; use predict"
            )
        kind = self.network.kind if self.network.compiled is not None else None
        is_answers = kind == "binary"
        threshold = kind.threshold if kind is not None and is_answers else 0.5
        if self.loss is not None and self.loss.from_logits:
            threshold = 0.0
        if outputs.shape[-1] == 1:
            labels = (outputs[..., 0] >= threshold).astype(np.int64)
        elif is_answers:
            return (outputs >= threshold).astype(np.int64)
        else:
            labels = outputs.argmax(axis=-1)
        names = self.network.info.get("class_names")
        return np.asarray(names)[labels] if names is not None and len(names) else labels

    def __call__(self, x: Any) -> Any:
        """Apply the network: to numbers, or to an Input as a part of another model."""
        parts = x if isinstance(x, list | tuple) else [x]
        if not any(isinstance(part, Tensor) for part in parts):
            return self.predict(x)
        outputs = self._applied(list(parts))
        return outputs[0] if len(outputs) == 1 else outputs

    @abc.abstractmethod
    def _applied(self, inputs: list[Tensor]) -> list[Tensor]:
        """Apply the layers, with their weights, to symbolic values."""

    # Weights ----------------------------------------------------------------------------

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the weights: W1, b1, W2, b2 ..., layer by layer, kernel before bias."""
        return [array.copy() for array in self.network.weights().values()]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Copy arrays into the weights, in the order of :meth:`get_weights`.

        Raises
        ------
        ShapeError
            If the number or the shape of the arrays does not fit.
        """
        self.network.set_weights(weights)

    def count_params(self) -> int:
        """Return how many numbers all layers hold, those in buffers too, as in Keras."""
        layers = self.network.topology.layers
        return sum(layer.parameter_count + layer.buffer_count for layer in layers)

    def summary(self, print_fn: Any = print) -> None:
        """Print the table of layers: name, output shape, number of parameters."""
        text = self.summary_text()
        print_fn(written_for(text, sys.stdout) if print_fn is print else text)

    def summary_text(self) -> str:
        """Return the table of layers as text."""
        self._build(None)
        return summary_text(self.network, self.name or type(self).__name__, self._is_default)

    # Files ------------------------------------------------------------------------------

    def kind(self) -> dict[str, Any]:
        """Return what a file has to say about the model besides its network."""
        return {"kind": type(self).__name__, "name": self.name}

    def save(self, path: str | Path) -> Path:
        """Write the model to a safetensors file: weights, optimizer, settings, architecture.

        Raises
        ------
        ArgumentError
            If the name ends as files of another format do, such as ``.keras`` or ``.onnx``.
        OutputError
            If the file cannot be written; what stood there before is untouched.
        """
        return save_network(path, self.network, self.kind())

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Let pickle carry the model to another process, own classes and functions by name."""
        assert self.network is not None  # weights that are not made yet would be others there
        check_carried(self.__dict__)
        return super().__reduce_ex__(max(protocol, 2))

    def __copy__(self) -> BaseModel:
        return copy.deepcopy(self)  # two models with the same weights would train each other

    def __deepcopy__(self, memo: dict[int, Any]) -> BaseModel:
        new = type(self).__new__(type(self))
        memo[id(self)] = new
        new.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return new

    def __repr__(self) -> str:
        name = visible(self.name or type(self).__name__)
        if self._network is None:
            layers = plural("{n} layer", "{n} layers", len(self.layers))
            return f"<{name}: {layers}, not built yet>"
        shapes = [shape_text(("n", *shape)) for shape in self._network.topology.output_shapes]
        count = plural("{n} parameter", "{n} parameters", self.count_params())
        return f"<{name}: {count}, output {', '.join(shapes)}>"


def _losses(record: CompileRecord) -> list[tuple[int, str]]:
    return [(goal.place, repr(goal.loss)) for goal in record.goals]


def _checked_dtype(dtype: Any) -> str:
    """Return "float32" or "float64"; NumPy's own types are taken too."""
    name = dtype if isinstance(dtype, str) else getattr(dtype, "__name__", None) or str(dtype)
    if name not in ("float32", "float64"):
        raise ArgumentError(f"dtype={shown(dtype)} must be 'float32' or 'float64'")
    return str(name)


def _sample_sizes(input_shape: Any) -> tuple[int, ...]:
    """Return the shape of one sample from one with the batch axis first."""
    is_shape = isinstance(input_shape, list | tuple) and len(input_shape) >= 1
    sizes: list[Any] = list(input_shape)[1:] if is_shape else [None]
    if not all(isinstance(size, int | np.integer) and size > 0 for size in sizes):
        raise ArgumentError(
            f"build({shown(input_shape)}): the shape starts with the batch axis and goes on with "
            "positive whole numbers, for example (None, 64)"
        )
    return tuple(int(size) for size in sizes)
