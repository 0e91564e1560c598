"""The part of a model that shows what the compiled backend makes of it: schedule and source."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from glassnet import backends
from glassnet.errors import ArgumentError
from glassnet.models.inside import LookInside
from glassnet.training.inputs import check_batch_size
from glassnet.training.programs import input_names

if TYPE_CHECKING:
    from glassnet.backends.compiled.schedule.schedule import Schedule
    from glassnet.backends.compiled.schedule.small import SmallSchedule

__all__ = ["LookAtCompiled"]


class LookAtCompiled(LookInside, abc.ABC):
    """What :class:`~glassnet.models.base.BaseModel` can show of its compiled training step."""

    def schedule(
        self, batch_size: int | str = 32, rows: int | None = None
    ) -> Schedule | SmallSchedule:
        """Return what the compiled backend decides for one training step, before it writes source.

        ``print(net.schedule())`` lists the units in order, each with the shape its loops run over,
        what is *fused* into them (computed where it is read, without memory), how threads share it,
        and where every value lies and until which unit: ``Fb[128]`` is number 128 of the arena of
        float32 values of a batch. A line of dashes is a barrier, at which threads wait for each
        other. docs/performance.md explains the words.

        Parameters
        ----------
        batch_size : int or "full", default 32
            One row, a few and many are compiled differently.
        rows : int, optional
            Number of samples, if all of them are one batch: up to eight are compiled for
            exactly these. By default there are more samples than fit in a batch.

        Returns
        -------
        Schedule
            Its attributes, ``units``, ``phases``, ``shards``, ``memory`` and others, are data that
            nothing changes; ``str`` and ``print`` give the text. A very small step has no units
            and no loops: ``SmallSchedule``.

        Raises
        ------
        TrainingError
            If the model is not compiled with a loss and an optimizer yet.
        ArgumentError
            If the batch is "full" and the number of rows is not given.
        GraphError
            If the step cannot be compiled.

        Examples
        --------
        >>> import glassnet as gn
        >>> net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(1, "sigmoid")], seed=0)
        >>> net.compile("sgd", "mse")
        >>> print(str(net.schedule())[:46])
        step: 6 units, up to 32 rows, one thread
        memor
        >>> [unit.kind for unit in net.schedule().units]
        ['kernel', 'nest', 'scalar', 'kernel', 'nest', 'nest']
        """
        return self._lowered(batch_size, rows, "schedule")[0]

    def compiled_source(self, batch_size: int | str = 32, rows: int | None = None) -> str:
        """Return the source that the compiled backend makes of one training step.

        Parameters
        ----------
        batch_size : int or "full", default 32
            One row, a few and many are compiled differently.
        rows : int, optional
            Number of samples, if all of them are one batch: up to eight are compiled for
            exactly these. By default there are more samples than fit in a batch.

        Raises
        ------
        TrainingError
            If the model is not compiled with a loss and an optimizer yet.
        ArgumentError
            If the batch is "full" and the number of rows is not given.

        Examples
        --------
        >>> import glassnet as gn
        >>> net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(1, "sigmoid")], seed=0)
        >>> net.compile("sgd", "mse")
        >>> "while done < wanted:" in net.compiled_source(batch_size="full", rows=4)
        True
        """
        return self._lowered(batch_size, rows, "compiled_source")[1].text

    def _lowered(self, batch_size: int | str, rows: int | None, name: str) -> tuple[Any, Any]:
        network = self.network
        targets = [goal.target for goal in network.record.goals]
        names = (*input_names(network.topology), *targets)
        if batch_size == "full" and rows is None:
            raise ArgumentError(
                'a batch of "full" is as large as there are samples: say how many, '
                f'{name}("full", rows=1000)'
            )
        size = check_batch_size(batch_size, 1 << 30 if rows is None else rows)
        return backends.Compiled().lowered(network.step(), names, size, rows)
