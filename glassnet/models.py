"""Models: Sequential and Model. They hold a network and hand everything on."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.errors import ArgumentError, FileFormatError, GraphError, TrainingError
from glassnet.formats import safetensors
from glassnet.graph import shape_text
from glassnet.layers.base import Layer, Tensor
from glassnet.layers.input import InputLayer
from glassnet.layers.topology import Topology
from glassnet.losses import Loss
from glassnet.optimizers import Optimizer
from glassnet.training.checkpoints import save_network
from glassnet.training.evaluation import evaluate_rows, predict_rows
from glassnet.training.fit import FitOptions, fit, new_seed, training_data
from glassnet.training.history import History, Scores
from glassnet.training.inputs import check_inputs, default_loss
from glassnet.training.network import Network, compile_settings
from glassnet.training.state import State
from glassnet.training.summary import summary_text

__all__ = ["Model", "Sequential", "load"]


class _Base(abc.ABC):
    """What both kinds of model share."""

    def __init__(self, dtype: str, seed: int | None, name: str | None) -> None:
        if dtype not in ("float32", "float64"):
            raise ArgumentError(f"dtype={dtype!r} must be 'float32' or 'float64'")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | np.integer)):
            raise ArgumentError(f"seed={seed!r} must be a whole number or None")
        self.dtype = dtype
        self.seed = None if seed is None else int(seed)
        self.name = name
        self.stop_training = False
        self.history: History | None = None
        self.info: dict[str, Any] = {}
        self._network: Network | None = None
        self._settings: tuple[Any, Any, Any] | None = None
        self._is_default = False

    # Building ---------------------------------------------------------------------------

    @abc.abstractmethod
    def _topology(self, input_shape: tuple[int, ...] | None) -> Topology | None:
        """Return the topology, or None while the input shape is not known."""

    @property
    @abc.abstractmethod
    def layers(self) -> list[Layer]:
        """The layers, in order."""

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
        shape = None
        if input_shape is not None:
            if len(input_shape) < 2 or not all(isinstance(size, int) for size in input_shape[1:]):
                raise ArgumentError(
                    f"build({input_shape!r}): the shape starts with the batch axis, for example (None, 64)"
                )
            shape = tuple(int(size) for size in input_shape[1:] if size is not None)
        self._build(shape)

    def _build(self, input_shape: tuple[int, ...] | None, seed: int | None = None) -> Network:
        if self._network is not None:
            return self._network
        topology = self._topology(input_shape)
        if topology is None:
            raise TrainingError(
                "the model does not know the shape of its input yet: put gn.Input((features,)) first, or "
                "call build((None, features)) or fit(x, y)"
            )
        if self.seed is None:
            self.seed = new_seed() if seed is None else seed
        topology.initialize(self.seed, self.dtype)
        network = Network(topology, self.dtype, State(seed=self.seed), info=self.info)
        if self._settings is not None:
            compile_settings(network, *self._settings)
        self._network = network
        return network

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
    ) -> None:
        """Say how the network is trained.

        Parameters
        ----------
        optimizer : str or Optimizer, default "adam"
        loss : str or Loss
        metrics : list of str, Metric or callable, optional

        Raises
        ------
        ArgumentError
            If a name is not known; the nearest is suggested.
        """
        from glassnet.losses import get as get_loss
        from glassnet.metrics import get as get_metric
        from glassnet.optimizers import get as get_optimizer

        if loss is None:
            raise ArgumentError("compile needs a loss, for example loss='mean_squared_error'")
        names = [metrics] if isinstance(metrics, str) or callable(metrics) else (metrics or [])
        settings = (get_optimizer(optimizer), get_loss(loss), [get_metric(one) for one in names])
        self._settings = settings
        self._is_default = False
        if self._network is not None:
            compile_settings(self._network, *settings)

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer; its hyperparameters may be changed at any time."""
        if self._network is not None and self._network.optimizer is not None:
            return self._network.optimizer
        if self._settings is None:
            raise TrainingError("the model is not compiled yet: call compile(optimizer, loss)")
        optimizer: Optimizer = self._settings[0]
        return optimizer

    @property
    def loss(self) -> Loss | None:
        """The loss, None before compile."""
        if self._network is not None and self._network.loss is not None:
            return self._network.loss
        return self._settings[1] if self._settings is not None else None

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
        x, y : array
            Samples and targets, one row each.
        batch_size : int or "full", default 32
        epochs : int, default 1
        verbose : {"auto", 0, 1, 2}
            Progress bar, nothing, or a line an epoch.
        callbacks : list of Callback, optional
        validation_split : float, default 0
            Fraction held out, drawn at random, stratified for classes. Differs: Keras takes
            the last rows.
        validation_data : (x, y) or (x, y, sample_weight), optional
        shuffle : bool, default True
            A new order of the samples every epoch.
        class_weight : dict or "balanced", optional
        sample_weight : array, optional
            Loss of a batch: Σ weight · loss / n.
        initial_epoch : int, default 0
        seed : int, optional
            Used where the model has none.
        backend : str or Backend, default "auto"
        resume : path, optional
            A checkpoint to go on from; ``epochs`` counts from the run's first start.

        Returns
        -------
        History

        Raises
        ------
        ShapeError, DataError, ArgumentError
            If the data do not fit the network or its loss, or an argument makes no sense.
        """
        network = self._ready(x, y, seed)
        options = FitOptions(
            batch_size, epochs, validation_data, validation_split, sample_weight, class_weight,
            shuffle, initial_epoch, callbacks or (), verbose, backend, resume,
        )  # fmt: skip
        self.history = fit(self, network, x, y, options)
        return self.history

    def _ready(self, x: Any, y: Any, seed: int | None = None) -> Network:
        """Build and compile with defaults where the caller did not."""
        network = self._build(_sample_shape(x), seed)
        if network.loss is None:
            loss = default_loss(network.topology, y)
            is_class = "Crossentropy" in type(loss).__name__
            compile_settings(network, "adam", loss, ["accuracy"] if is_class else [])
            self._is_default = True
        return network

    def train_on_batch(self, x: Any, y: Any, sample_weight: Any = None) -> Scores:
        """Make one step on one batch and return loss and metrics from before it."""
        network = self._ready(x, y)
        data = training_data(network, x, y, sample_weight)
        from glassnet.training.loop import Training

        training = Training(
            self, network, backends.get("numpy"), data, None,
            batch_size=len(data["y"]), epochs=1, shuffle=False,
        )  # fmt: skip
        return Scores(training.run().history and training.history_logs())

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
        network = self._ready(x, y)
        data = training_data(network, x, y, sample_weight)
        assert network.loss is not None
        program = network.evaluation("sample_weight" in data)
        return Scores(
            evaluate_rows(
                backends.get(backend), program, data, network.weights(), network.loss,
                network.metrics, batch_size or 1024,
            )
        )  # fmt: skip

    def predict(
        self, x: Any, batch_size: int | None = None, verbose: Any = "auto", backend: Any = "auto"
    ) -> Any:
        """Return the network's outputs for samples: ``(n, outputs)``.

        Parameters
        ----------
        x : array
        batch_size : int, optional
            Samples computed at once; the result does not depend on it.
        """
        network = self._build(_sample_shape(x))
        inputs = check_inputs(x, network.topology, network.dtype)
        results = predict_rows(
            backends.get(backend), network.prediction, inputs, network.weights(), batch_size or 1024
        )
        return results[0] if len(results) == 1 else results

    def predict_labels(self, x: Any) -> np.ndarray:
        """Return the class of every sample: a number, or a name where the classes have names."""
        outputs = self.predict(x)
        if outputs.shape[-1] == 1:
            threshold = 0.0 if getattr(self.loss, "from_logits", False) else 0.5
            labels = (outputs[..., 0] >= threshold).astype(np.int64)
        else:
            labels = outputs.argmax(axis=-1)
        names = self.network.info.get("class_names")
        return np.asarray(names)[labels] if names else labels

    def __call__(self, x: Any) -> Any:
        """Apply the network: to numbers, or to an Input as a part of another model."""
        return self.predict(x)

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
        self.network.set_weights(list(weights))

    def count_params(self) -> int:
        """Return the number of weights, those of all layers together."""
        return sum(layer.parameter_count for layer in self.network.topology.layers)

    def summary(self, print_fn: Any = print) -> None:
        """Print the table of layers: name, output shape, number of parameters."""
        print_fn(self.summary_text())

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
        OutputError
            If the file cannot be written; what stood there before is untouched.
        """
        return save_network(path, self.network, self.kind())

    def __repr__(self) -> str:
        name = self.name or type(self).__name__
        if self._network is None:
            return f"<{name}: {len(self.layers)} layers, not built yet>"
        shapes = [shape_text(("n", *shape)) for shape in self._network.topology.output_shapes]
        return f"<{name}: {self.count_params():,} parameters, output {', '.join(shapes)}>"


def _sample_shape(x: Any) -> tuple[int, ...] | None:
    if x is None:
        raise ArgumentError("x is missing: give the samples, one row each")
    if isinstance(x, dict) or (isinstance(x, list | tuple) and x and isinstance(x[0], np.ndarray)):
        if isinstance(x, dict) or x[0].ndim > 1:
            return None  # several inputs: their shapes are given by gn.Input
    return tuple(np.shape(x)[1:])


class Sequential(_Base):
    """A chain of layers, each fed by the one before.

    Parameters
    ----------
    layers : list of Layer, optional
        ``gn.Input((64,))`` may stand first.
    dtype : {"float32", "float64"}
    seed : int, optional
        Makes everything random repeatable: initial weights, shuffling, dropout.
    name : str, optional

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Sequential(
    ...     [gn.Input((64,)), gn.layers.Dense(30, "sigmoid"), gn.layers.Dense(10, "softmax")],
    ...     seed=0,
    ... )
    >>> net.predict(np.zeros((2, 64))).shape
    (2, 10)
    """

    def __init__(
        self,
        layers: Sequence[Any] | None = None,
        dtype: str = "float32",
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype, seed, name)
        self._input: tuple[int, ...] | None = None
        self._layers: list[Layer] = []
        for layer in layers or []:
            self.add(layer)

    def add(self, layer: Any) -> None:
        """Append a layer.

        Raises
        ------
        GraphError
            If it is no layer, or the weights are already made.
        """
        if self._network is not None:
            raise GraphError("the model is built already; add layers before fit, predict or build")
        if isinstance(layer, Tensor) and isinstance(layer.layer, InputLayer):
            layer = layer.layer
        if isinstance(layer, InputLayer):
            if self._layers or self._input is not None:
                raise GraphError("an Input can only stand first in a Sequential model")
            self._input = layer.shape
            return
        if isinstance(layer, type) and issubclass(layer, Layer):
            raise GraphError(
                f"{layer.__name__} is a class; use {layer.__name__}(...) to make a layer"
            )
        if not isinstance(layer, Layer):
            raise GraphError(f"{layer!r} is no layer; use for example gn.layers.Dense(10)")
        if layer in self._layers:
            raise GraphError(f"the layer {layer.name or layer!r} is in the model already")
        self._layers.append(layer)

    @property
    def layers(self) -> list[Layer]:
        return list(self._layers)

    def _topology(self, input_shape: tuple[int, ...] | None) -> Topology | None:
        shape = input_shape if self._input is None else self._input
        if not self._layers:
            raise GraphError("the model has no layers; add one, for example gn.layers.Dense(1)")
        return None if shape is None else Topology.chain(shape, self._layers)


class Model(_Base):
    """A network of any shape, given by symbolic inputs and outputs (the functional form).

    Parameters
    ----------
    inputs : Tensor or list of Tensor
        From ``gn.Input``.
    outputs : Tensor or list of Tensor
        Outputs of layers that were applied to the inputs.
    dtype : {"float32", "float64"}
    seed : int, optional
    name : str, optional

    Examples
    --------
    >>> import glassnet as gn
    >>> x = gn.Input((4,))
    >>> h = gn.layers.Dense(4, "relu")(x)
    >>> net = gn.Model(x, gn.layers.Dense(1)(gn.layers.Add()([x, h])), seed=0)
    >>> net.predict(np.zeros((2, 4))).shape
    (2, 1)
    """

    def __init__(
        self,
        inputs: Tensor | Sequence[Tensor],
        outputs: Tensor | Sequence[Tensor],
        dtype: str = "float32",
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype, seed, name)
        self._inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        self._outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
        for tensor in [*self._inputs, *self._outputs]:
            if not isinstance(tensor, Tensor):
                raise GraphError(
                    f"Model(inputs, outputs) takes gn.Input(...) and outputs of layers, not {tensor!r}"
                )
        self._built_topology = Topology.of_tensors(self._inputs, self._outputs)

    @property
    def layers(self) -> list[Layer]:
        return list(self._built_topology.layers)

    def _topology(self, input_shape: tuple[int, ...] | None) -> Topology | None:
        return self._built_topology


def load(path: str | Path, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the model that was saved to a file.

    Parameters
    ----------
    path : str or Path
    custom_objects : dict, optional
        Your own classes of layers, losses and optimizers, and your own metrics, by name.

    Raises
    ------
    FileFormatError
        If the file is missing, cut short, corrupt or of another kind.
    ArgumentError
        If it needs a class or function of your own that is not among the custom objects.

    Examples
    --------
    >>> import glassnet as gn
    >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], seed=0)
    >>> path = net.save(getfixture("tmp_path") / "net.safetensors")
    >>> bool(np.all(gn.load(path).predict([[1.0, 2.0]]) == net.predict([[1.0, 2.0]])))
    True
    """
    tensors, description = safetensors.read(path)
    try:
        network = Network.from_file(tensors, description, custom_objects)
    except ArgumentError as error:
        raise ArgumentError(
            f"{error}. What is your own is given by name: gn.load(path, custom_objects={{...}})"
        ) from error
    except (KeyError, TypeError, IndexError) as error:
        raise FileFormatError(
            f"the description of the network in {str(path)!r} cannot be read ({error!r}); save the model "
            "again, or use an intact copy"
        ) from error
    return _model_around(network, description)


def _model_around(network: Network, description: dict[str, Any]) -> _Base:
    topology = network.topology
    is_chain = all(call.inputs == (place,) for place, call in enumerate(topology.calls))
    model: _Base
    if description.get("kind") == "Sequential" and is_chain:
        sequential = Sequential(dtype=network.dtype, seed=network.state.seed)
        sequential._input = topology.input_shapes[0]
        sequential._layers = topology.layers
        model = sequential
    else:
        model = Model.__new__(Model)
        _Base.__init__(model, network.dtype, network.state.seed, None)
        model._inputs, model._outputs, model._built_topology = [], [], topology  # type: ignore[attr-defined]
    model.name = description.get("name")
    model.info = network.info
    model._network = network
    if network.loss is not None:
        model._settings = (network.optimizer, network.loss, network.metrics)
    return model
