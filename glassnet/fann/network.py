"""``neural_net``: a FANN network as its Python binding offers it.

Longer than other files, for it is one class with all that the binding's has.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from glassnet import backends
from glassnet.errors import ArgumentError, ShapeError, TrainingError
from glassnet.fann import cascade, reports
from glassnet.fann.creation import data_of, layers_of, widrow_nguyen
from glassnet.fann.data import as_rows, table, training_data_parent
from glassnet.fann.inspection import Inspection
from glassnet.fann.learning import Learner
from glassnet.fann.onerow import RowRunner, RowTester, RowTrainer
from glassnet.fann.parameters import as_kept, fresh_parameters, with_parameters
from glassnet.fann.scaled import Scaled
from glassnet.fann.settings import Draws
from glassnet.fann.structure import Structure, layered, shortcut, sparse
from glassnet.fann.tally import Tally
from glassnet.fann.training import Reporter, train
from glassnet.formats.fann import format_fixed, read_net, write_net
from glassnet.formats.files import write_text
from glassnet.training.alone import alone, check_untrained

__all__ = ["neural_net", "neural_net_parent"]


@with_parameters
class neural_net_parent(Inspection, Scaled):
    """A network of the Fast Artificial Neural Network library, computed by glassnet.

    Parameters
    ----------
    other : neural_net, optional
        Network to copy.

    Examples
    --------
    >>> net = neural_net()
    >>> net.create_standard_array((2, 3, 1))
    True
    >>> net.get_total_connections()
    13
    """

    def __init__(self, other: neural_net_parent | None = None) -> None:
        self.structure: Structure | None = None
        self.parameters: dict[str, Any] = fresh_parameters()
        self.scaling: dict[str, np.ndarray] | None = None
        self.learner: Learner | None = None
        self._callback: Callable[..., Any] | None = None
        self._user_data: Any = None
        self._backend: backends.Backend | None = None  # chosen by the user
        if other is not None:
            self.copy_from_struct_fann(other)

    def copy_from_struct_fann(self, other: neural_net_parent) -> None:
        """Become a copy of another network."""
        found = other.created()
        self._take(Structure.from_file(found.to_file(other.parameters)))
        self.parameters = dict(other.parameters)
        assert self.learner is not None
        self.learner.parameters = self.parameters
        self.scaling = other.scaling

    def __copy__(self) -> neural_net_parent:
        return type(self)(self)

    def __deepcopy__(self, memo: Any) -> neural_net_parent:
        return type(self)(self)

    def destroy(self) -> None:
        """Forget the network; it can be created anew."""
        self._forget()
        self.structure = self.learner = self.scaling = None

    # Making a network -----------------------------------------------------------------

    def create_standard(self, *layers: Any) -> bool:
        """Make a network in which every layer feeds the next.

        Parameters
        ----------
        *layers : int or sequence of int
            ``(2, 4, 1)``, or ``2, 4, 1``, or as in C with their number first: ``3, 2, 4, 1``.
        """
        return self._fresh(layered(layers_of(layers)))

    def create_standard_array(self, *layers: Any) -> bool:
        """Make a network in which every layer feeds the next, from a sequence of sizes."""
        return self.create_standard(*layers)

    def create_sparse(self, connection_rate: float, *layers: Any) -> bool:
        """Make a layered network with a share of all connections, drawn at random."""
        draws = Draws()
        net = sparse(connection_rate, layers_of(layers), draws.order)
        self.parameters = fresh_parameters()
        done = self._fresh(net, draws)
        self.parameters["connection_rate"] = float(np.float32(min(connection_rate, 1.0)))
        return done

    def create_sparse_array(self, connection_rate: float, *layers: Any) -> bool:
        """Make a sparse network from a sequence of sizes."""
        return self.create_sparse(connection_rate, *layers)

    def create_shortcut(self, *layers: Any) -> bool:
        """Make a network in which every layer feeds all later ones."""
        return self._fresh(shortcut(layers_of(layers)))

    def create_shortcut_array(self, *layers: Any) -> bool:
        """Make a shortcut network from a sequence of sizes."""
        return self.create_shortcut(*layers)

    def create_from_file(self, configuration_file: str) -> bool:
        """Read a ``.net`` file of any FANN; True if that went well, else an exception."""
        net = read_net(configuration_file)
        self._take(Structure.from_file(net))
        self.parameters |= as_kept(net.parameters)
        if net.scaling is not None:
            self.scaling = {k: v.astype(np.float32).astype(float) for k, v in net.scaling.items()}
        return True

    def _fresh(self, net: Structure, draws: Draws | None = None) -> bool:
        self._take(net, draws)
        self.parameters["network_type"] = net.network_type
        self.randomize_weights(-0.1, 0.1)
        return True

    def _forget(self) -> None:
        """Leave the network as it was: functions of machine code must not go on with it."""
        for name in ("run", "train", "test"):
            self.__dict__.pop(name, None)
        if self.structure is not None:
            self.structure.touch(form=True)

    def _take(self, net: Structure, draws: Draws | None = None) -> None:
        self._forget()
        self.structure = net
        self.parameters = fresh_parameters()
        self.scaling = None
        self.learner = Learner(net, self.parameters, draws or Draws())
        self.learner.chosen = self._backend
        self._run_anew()

    def created(self) -> Structure:
        """Return the layers and weights.

        Raises
        ------
        TrainingError
            If there is no network yet.
        """
        if self.structure is None:
            raise TrainingError(
                "this neural_net has no layers yet; call create_standard_array((2, 3, 1)) or "
                "create_from_file('my.net') first"
            )
        return self.structure

    def _learner(self) -> Learner:
        self.created()
        assert self.learner is not None
        return self.learner

    def save(self, configuration_file: str) -> bool:
        """Write a ``.net`` file, byte for byte FANN 2.2.0's."""
        write_net(self.created().to_file(self.parameters, self.scaling), configuration_file)
        return True

    def save_to_fixed(self, configuration_file: str) -> int:
        """Write a file for FANN's fixed-point library; return its decimal point."""
        text, point = format_fixed(self.created().to_file(self.parameters))
        write_text(configuration_file, text)
        return point

    # Weights --------------------------------------------------------------------------

    def randomize_weights(self, min_weight: float, max_weight: float) -> None:
        """Draw all weights uniformly."""
        learner = self._learner()
        check_untrained(learner.net)
        low, high = np.float32(min_weight), np.float32(max_weight)
        flat = learner.draws.uniform((learner.net.connection_count,))
        learner.net.put((low + (high - low) * flat.astype(np.float32)).astype(float))
        learner.reset()

    def init_weights(self, data: training_data_parent) -> None:
        """Draw weights as Nguyen and Widrow do, by the range of the inputs."""
        learner = self._learner()
        check_untrained(learner.net)
        x, _ = as_rows(data)
        factor = widrow_nguyen(learner.net, x)
        for w, is_bias in zip(learner.net.weights, learner.net.bias_weights(), strict=True):
            draw = learner.draws.uniform(w.shape)
            w[...] = np.where(is_bias, (2.0 * draw - 1.0) * factor, draw * factor)
        if learner.net.orders is not None:
            learner.net.put(learner.net.flat([w.copy() for w in learner.net.weights]))
        learner.reset()

    def get_weight_array(self) -> list[float]:
        """Return all weights in the order of the connections."""
        net = self.created()
        weights: list[float] = net.flat(net.weights).tolist()
        return weights

    def get_connection_array(self, *_: Any) -> list[connection]:
        """Return every connection: source, target and weight."""
        net = self.created()
        sources, targets = net.ends()
        weights = net.flat(net.weights)
        parts = zip(sources.tolist(), targets.tolist(), weights.tolist(), strict=True)
        return [connection(*part) for part in parts]

    def set_weight_array(self, connections: Sequence[Any], *_: Any) -> None:
        """Set the weights of connections given as ``(source, target, weight)``."""
        for source, target, weight in connections:
            self.set_weight(source, target, weight)

    def set_weight(self, from_neuron: int, to_neuron: int, weight: float) -> None:
        """Set the weight of one connection.

        Raises
        ------
        ArgumentError
            If there is no such connection. Differs: FANN ignores that.
        """
        net = self.created()
        check_untrained(net)
        for layer in range(1, len(net.sizes)):
            row = to_neuron - net.starts[layer]
            column = from_neuron - net.first_source(layer)
            if 0 <= row < net.layers[layer] and column in net.columns(layer)[row]:
                net.weights[layer - 1][row, column] = weight
                net.touch()
                return
        raise ArgumentError(
            f"there is no connection from neuron {from_neuron} to neuron {to_neuron}; "
            "get_connection_array() gives all there are"
        )

    # Running --------------------------------------------------------------------------

    def run(self, input: Sequence[float]) -> list[float]:
        """Return the outputs for one row of inputs.

        Raises
        ------
        ShapeError
            If the number of inputs is not the network's.
        """
        if self.structure is None:
            self.created()
        outputs = self._runner(input)
        self._shorten("run", self._runner.builtin)
        return outputs

    def _shorten(self, name: str, builtin: Callable[..., Any] | None) -> None:
        """Let nothing stand between the caller and machine code from now on, if there is some."""
        if builtin is not None and getattr(type(self), name) is getattr(neural_net_parent, name):
            self.__dict__[name] = builtin

    def _run_anew(self) -> None:
        """Forget how rows were run: the network, or the backend, is another."""
        self._forget()
        backend = self._backend.name if self._backend else "auto"
        cls, learner = neural_net_parent, self._learner()
        self._runner = RowRunner(learner, backend)
        self._row_trainer = RowTrainer(learner, backend, functools.partial(cls.train, self))
        self._row_tester = RowTester(learner, backend, functools.partial(cls.test, self))

    def test(self, input: Sequence[float], desired_output: Sequence[float]) -> list[float]:
        """Run one row and count its errors; see :meth:`get_MSE`."""
        self.created()
        outputs = self._row_tester(*self._row(input, desired_output))
        self._shorten("test", self._row_tester.builtin)
        return self.run(input) if outputs is None else outputs

    def test_data(self, data: training_data_parent) -> float:
        """Return the mean squared error of all rows."""
        learner = self._learner()
        learner.tally = learner.test(*self._rows(data))
        return learner.tally.mse

    def get_MSE(self) -> float:
        """Return the mean of the squared errors counted; those of symmetric outputs are halved."""
        return self._learner().tally.mse

    def get_bit_fail(self) -> int:
        """Return how many of the outputs counted were off by the bit fail limit or more."""
        return self._learner().tally.fails

    def reset_MSE(self) -> None:
        """Forget the errors counted."""
        self._learner().tally = Tally()

    # Training -------------------------------------------------------------------------

    def train(self, input: Sequence[float], desired_output: Sequence[float]) -> None:
        """Train on one row, incrementally."""
        net, rows = self.created(), self._row(input, desired_output)
        with alone(net):
            self._row_trainer(*rows)
        self._shorten("train", self._row_trainer.builtin)

    @contextlib.contextmanager
    def _training(self) -> Iterator[None]:
        """Train the network alone: by rows in another thread no longer, nor within a callback."""
        net = self.created()
        with alone(net):
            # The builtin train looks at the terms: it comes through Python now, and is refused.
            net.touch(terms=True)
            yield

    def train_epoch(self, data: training_data_parent) -> float:
        """Train one epoch; return the error of the weights before it."""
        x, y = self._rows(data)
        with self._training():
            return self._learner().epoch(x, y).mse

    def train_on_data(
        self,
        data: training_data_parent,
        max_epochs: int,
        epochs_between_reports: int,
        desired_error: float,
    ) -> None:
        """Train until an error is reached.

        Parameters
        ----------
        data : training_data
        max_epochs : int
        epochs_between_reports : int
            0 prints nothing.
        desired_error : float
            Mean squared error to stop at, or number of bit fails; see
            ``set_train_stop_function``.
        """
        x, y = self._rows(data)
        reporter = Reporter(self, data, self._callback, self._user_data)
        with self._training():
            train(
                self._learner(), x, y, max_epochs, epochs_between_reports, desired_error, reporter
            )

    def train_on_file(
        self, filename: str, max_epochs: int, epochs_between_reports: int, desired_error: float
    ) -> None:
        """Train on a ``.data`` file."""
        self.created()
        self.train_on_data(data_of(filename), max_epochs, epochs_between_reports, desired_error)

    def cascadetrain_on_data(
        self,
        data: training_data_parent,
        max_neurons: int,
        neurons_between_reports: int,
        desired_error: float,
    ) -> None:
        """Train a shortcut network that grows, one hidden neuron at a time."""
        x, y = self._rows(data)
        reporter = Reporter(self, data, self._callback, self._user_data)
        with self._training():
            cascade.train(
                self._learner(), x, y, max_neurons, neurons_between_reports, desired_error, reporter
            )
            self._run_anew()

    def cascadetrain_on_file(
        self, filename: str, max_neurons: int, neurons_between_reports: int, desired_error: float
    ) -> None:
        """Train a growing network on a ``.data`` file."""
        self.created()
        self.cascadetrain_on_data(
            data_of(filename), max_neurons, neurons_between_reports, desired_error
        )

    def set_callback(self, callback: Callable[..., Any] | None, user_data: Any = None) -> None:
        """Have a function called where a report would be printed; -1 stops the training."""
        if callback is not None and not callable(callback):
            raise ArgumentError(f"{callback!r} cannot be called; give a function, or None")
        self._callback, self._user_data = callback, user_data

    def set_backend(self, backend: str) -> None:
        """Choose how the network is computed: "auto", "numpy" or "compiled" (machine code)."""
        self._backend = None if backend == "auto" else backends.get(backend)
        if self.learner is not None:
            self.learner.chosen = self._backend
            self._run_anew()

    # What comes in --------------------------------------------------------------------

    def _rows(self, data: Any) -> tuple[np.ndarray, np.ndarray]:
        net = self.created()
        x, y = as_rows(data)
        if not len(x):
            raise TrainingError("the data have no rows; read a file or use set_train_data first")
        if (x.shape[1], y.shape[1]) != (net.layers[0], net.layers[-1]):
            raise ShapeError(
                f"the data have {x.shape[1]} inputs and {y.shape[1]} outputs, but the network "
                f"has {net.layers[0]} and {net.layers[-1]}; use data of its size, or create it "
                "anew for theirs"
            )
        return x, y

    def _row(self, x: Sequence[float], y: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        return self._rows((table([x], "input"), table([y], "output")))

    def print_parameters(self) -> None:
        """Print every parameter."""
        print("\n".join(reports.parameter_lines(self.created(), self.parameters)))

    def print_connections(self) -> None:
        """Print a letter for every weight."""
        print("\n".join(reports.connection_lines(self.created())))


class neural_net(neural_net_parent):
    """A network; see :class:`neural_net_parent`."""


class connection(NamedTuple):
    """One connection, as ``get_connection_array`` gives it."""

    from_neuron: int
    to_neuron: int
    weight: float
