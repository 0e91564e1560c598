"""Looking inside: what a model shows of itself, and why it does not learn."""

from __future__ import annotations

import abc
import copy
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import GlassnetError
from glassnet.layers.base import Layer
from glassnet.layers.topology import Topology
from glassnet.models import printing
from glassnet.training.columns import Columns, sample_by_name
from glassnet.training.network import Network

if TYPE_CHECKING:
    from glassnet.explain import Equations, Explanation
    from glassnet.explain.diagnosis import Diagnosis
    from glassnet.explain.diagram import Diagram

__all__ = ["LookInside"]


class LookInside(abc.ABC):
    """The part of a model that shows it: equations, account, program, diagram, diagnosis."""

    name: str | None
    _network: Network | None

    # What the other part of the model gives.

    @property
    @abc.abstractmethod
    def layers(self) -> list[Layer]:
        """The layers, in order."""

    @property
    @abc.abstractmethod
    def network(self) -> Network:
        """The built network."""

    @property
    @abc.abstractmethod
    def loss(self) -> Any:
        """The loss, None before compile."""

    @property
    @abc.abstractmethod
    def _is_default(self) -> bool: ...

    @property
    @abc.abstractmethod
    def _knows_inputs(self) -> bool: ...

    @abc.abstractmethod
    def _topology(self, input_shape: tuple[int, ...] | None) -> Topology | None: ...

    @abc.abstractmethod
    def _build(self, input_shape: tuple[int, ...] | None, seed: int | None = None) -> Network: ...

    @abc.abstractmethod
    def _ready(self, x: Any, y: Any, seed: int | None = None) -> Network: ...

    @abc.abstractmethod
    def _shape_of_samples(self, x: Any, targets: Any = None) -> tuple[int, ...] | None: ...

    @abc.abstractmethod
    def _unbuilt_if_refused(self) -> AbstractContextManager[None]: ...

    @abc.abstractmethod
    def _input_names(self) -> list[str]: ...

    info: dict[str, Any]

    @property
    def columns(self) -> Columns:
        """The names of columns that are known, before the network is built too."""
        return Columns(self.info, self._input_names())

    # Looking ----------------------------------------------------------------------------

    def equations(self) -> Equations:
        """Return the equations of a dense network: forward, error terms, gradient.

        ``print`` them as text, or take ``equations().latex()``. They are written in the notation
        of the guides: row i of W^(l) belongs to node i of layer l + 1.

        Raises
        ------
        GraphError
            If the network is no chain of dense layers.
        """
        from glassnet.explain import equations

        self._build(None)
        return equations(self.network)

    def explain(self, x: Any, y: Any = None) -> Explanation:
        """Return one pass step by step: every value with its equation, its reason, its numbers.

        ``print`` it, let a notebook show it, ``save`` it as a page; ``e["dW1"]`` gives any value
        and ``e.why("W1", (0, 1))`` the chain of factors from the loss to one weight. The network
        stays as it is; with y the pass is that of the next training step, dropout included.

        Parameters
        ----------
        x : array or data frame
            One sample, or up to 64. A row of a pandas frame is matched by name as well.
        y : array, optional
            Its target. Without it there is the forward pass only, as in prediction.

        Returns
        -------
        Explanation

        Raises
        ------
        ShapeError, DataError, ArgumentError
            If the samples do not fit the network or its loss, or are too many.

        Examples
        --------
        >>> import glassnet as gn
        >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], dtype="float64", seed=0)
        >>> net.set_weights([[[0.5], [-0.25]], [0.1]])
        >>> net.explain([1.0, 2.0]).step("z1")
        z₁ = x W₁ + b₁
          weighted sums of dense_1 (Dense), shape (1,)
          z₁[0] = x[0]·W₁[0,0] + x[1]·W₁[1,0] + b₁[0]
                = 1·0.5 + 2·(-0.25) + 0.1
                = 0.5 - 0.5 + 0.1
                = 0.1
        """
        from glassnet.explain import explain

        with self._unbuilt_if_refused():
            x = sample_by_name(x, self.columns)
            is_sample = self._network is None and not self._knows_inputs and _is_vector(x)
            network = self._build(self._shape_of_samples([x] if is_sample else x))
            return explain(network, x, y, self._is_default, self.name)

    def source(
        self,
        x: Any = None,
        y: Any = None,
        *,
        epochs: int | None = None,
        batch_size: int | str | None = None,
        shuffle: bool = True,
        sample_weight: Any = None,
        forward_only: bool = False,
        style: str = "numpy",
    ) -> str:
        """Return the network as a program that stands by itself: forward, backward, update.

        The program goes on from this moment, as ``fit(x, y, ...)`` would: same weights, same
        batches, same dropout, same numbers.

        Parameters
        ----------
        x, y : array, optional
            Samples and targets, written into the program if they are few. Without them it reads
            ``data.npz`` (or ``data.csv``, in plain Python) from the current folder.
        epochs, batch_size : int, optional
            As in ``fit``; default: those of the last ``fit``, else 1 and 32. "full" is a batch of
            all samples.
        shuffle : bool, default True
        sample_weight : array, optional
        forward_only : bool, default False
            A module with one function ``predict(x)`` and nothing that trains.
        style : {"numpy", "loops"}
            ``"loops"`` is plain Python that imports nothing, to be read with a pencil; it computes
            in double precision.

        Raises
        ------
        TrainingError
            If the model is not compiled and ``forward_only`` is False.
        ArgumentError
            If the style cannot say it: L-BFGS or millions of numbers in plain Python.

        Examples
        --------
        >>> import glassnet as gn
        >>> layers = [gn.layers.Dense(4, "sigmoid"), gn.layers.Dense(1, "sigmoid")]
        >>> net = gn.Sequential([gn.Input((3,)), *layers], dtype="float64", seed=0)
        >>> net.compile("sgd", "half_sum_squared_error")
        >>> text = net.source([[0, 0, 1], [1, 0, 1]], [[0], [1]], batch_size="full")
        >>> for line in text.splitlines()[-14:-10]:
        ...     print(line.strip())
        a1 = sigmoid(x @ W1 + b1)      # (n, 4)
        a2 = sigmoid(a1 @ W2 + b2)     # (n, 1)
        loss = 0.5 * np.sum((a2 - y) ** 2)
        d2 = (a2 - y) * a2 * (1 - a2)  # (n, 1)

        Large arrays are read from ``net.npz`` beside the program; :meth:`save_source` writes it.
        """
        return printing.source(
            self, x, y, epochs=epochs, batch_size=batch_size, shuffle=shuffle,
            sample_weight=sample_weight, forward_only=forward_only, style=style,
        ).text  # fmt: skip

    def save_source(self, path: str | Path, x: Any = None, y: Any = None, **settings: Any) -> Path:
        """Write the network as a program, and beside it a ``.npz`` file if it needs one.

        Parameters
        ----------
        path : str or Path
            ``net.py``; large arrays go to ``net.npz``, which the program finds beside itself.
        x, y, **settings
            As in :meth:`source`.

        Raises
        ------
        OutputError
            If a file cannot be written, or ``net.npz`` is there and was not written with a
            program; what stood there before is untouched.
        """
        return printing.save_source(self, path, x, y, **settings)

    def diagram(self, x: Any = None, most: int = 12) -> Diagram:
        """Return the network drawn with its weights; a notebook shows it, ``save`` writes SVG.

        Blue lines are positive weights, dashed orange ones negative; thick ones are large.

        Parameters
        ----------
        x : array, optional
            One sample: its values are written into the units.
        most : int, default 12
            Units of a layer that are drawn; of more, the first and the last.

        Raises
        ------
        ShapeError
            If the sample does not fit.

        Examples
        --------
        >>> import glassnet as gn
        >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(3, "tanh"), gn.layers.Dense(1)])
        >>> net.diagram([0.5, -1.0])
        <Diagram: network of 2 layers: input, dense_1, dense_2>
        """
        from glassnet.explain.diagram import diagram

        if x is not None:
            self._build(None)
            x = sample_by_name(x, self.columns)
        return diagram(self._as_planned(), x, most)

    def _as_planned(self) -> Any:
        """Return the network; before it is built its topology, or the layers alone."""
        if self._network is not None:
            return self._network
        try:  # in a copy: looking at a model names and builds nothing
            topology = copy.deepcopy(self)._topology(None) if self._knows_inputs else None
        except GlassnetError:
            topology = None
        return self.layers if topology is None else topology

    def _repr_html_(self) -> str:
        """Return what a notebook shows: diagram and table."""
        from glassnet.explain.diagram import notebook_card

        title = self.name or type(self).__name__
        return notebook_card(self._as_planned(), title, self._is_default)

    def diagnose(
        self,
        x: Any,
        y: Any,
        validation_data: Any = None,
        sample_weight: Any = None,
        batch_size: int | str | None = None,
        checks: Sequence[str] | None = None,
        verbose: Any = "auto",
    ) -> Diagnosis:
        """Return why the network does not learn: findings with evidence and remedy.

        It works on a copy: weights, optimizer, step, seed and buffers stay as they are. Trials
        and measures take some rows, drawn at random, where there are many.

        Parameters
        ----------
        x, y : array
            The training data. NaN and labels of shape (n, 1) are findings, no errors.
        validation_data : (x, y), optional
            Other rows, to see whether the network learns by heart.
        sample_weight : array, optional
            As it is given to fit.
        batch_size : int or "full", optional
            By default that of the last fit, else 32.
        checks : list of str, optional
            Names of the checks to make; by default all (``.checked`` lists those that were made).
        verbose : {"auto", 0, 1, 2}
            0 says nothing while it takes long.

        Returns
        -------
        Diagnosis
            A list of findings, the gravest first; ``print`` it. ``.worst`` is the gravest level.

        Raises
        ------
        ShapeError, DataError, ArgumentError
            As fit does, where the data do not fit the network or its loss.

        Examples
        --------
        >>> import glassnet as gn
        >>> (x, y), _ = gn.datasets.load("xor")
        >>> net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, "sigmoid")], seed=0)
        >>> net.compile(gn.optimizers.Adam(0.05), "binary_crossentropy")
        >>> net.diagnose(x, y.reshape(-1, 1), checks=["needs_hidden_layer"])[0].title
        'A hidden layer is needed'
        """
        from glassnet.explain.diagnosis import diagnose

        return diagnose(
            self, x, y, validation_data, sample_weight, batch_size, checks, verbose
        )  # fmt: skip

    def training_copy(self, x: Any, y: Any) -> Network:
        """Return a copy of the network as fit would begin with it; the model stays as it is."""
        return copy.deepcopy(self)._ready(x, y, 0)

    @property
    def is_compiled_by_default(self) -> bool:
        """Whether loss and optimizer are, or would be, those that fit chooses."""
        return self._is_default or self.loss is None


def _is_vector(x: Any) -> bool:
    """Tell whether x is one row of numbers."""
    try:
        return np.ndim(x) == 1
    except ValueError:  # rows of unequal length
        return False
