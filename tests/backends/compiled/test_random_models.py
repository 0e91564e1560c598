"""Random models of every layer, loss and optimizer: the same numbers on every backend."""

import pytest

from glassnet import layers, losses, optimizers
from tests.backends.compiled import drawn_models, random_models

# drawn_models.covering(12, 80): to draw them anew takes as long as to train them.
CHOSEN = (1, 13, 26, 33, 75, 2, 5, 23, 42, 4, 9, 25)


@pytest.mark.parametrize(
    ("family", "drawn"),
    [
        (layers.FAMILY, drawn_models.LAYERS),
        (losses.FAMILY, drawn_models.HEADS),
        (optimizers.FAMILY, drawn_models.OPTIMIZERS),
    ],
    ids=["layers", "losses", "optimizers"],
)
def test_every_member_is_drawn(family, drawn):
    missing = {cls.__name__ for cls in family.members.values()} ^ set(drawn)
    assert not missing, f"drawn_models.py has no entry for the {family.kind} {sorted(missing)}"


def test_the_chosen_models_cover_what_there_is():
    found = set().union(*(drawn_models.random_case(seed).features() for seed in CHOSEN))
    every = {"shared", "a multiple of n", "a multiple of n, shared", "plain loops", "one row"}
    every |= {"a layer twice", "several inputs", "a short batch"}
    every |= {f"rank {rank}" for rank in (1, 2, 3, 4, 5)}
    drawn = (drawn_models.LAYERS, drawn_models.HEADS, drawn_models.OPTIMIZERS)
    every |= {name for names in drawn for name in names} - {"InputLayer"}  # every model has one
    assert every <= found, f"CHOSEN lacks {every - found}; covering(12, 80) chooses anew"


@pytest.mark.parametrize("seed", CHOSEN)
def test_backends_and_threads_agree(seed):
    assert random_models.difference(seed) == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1060))
def test_more_of_them(seed):
    assert random_models.difference(seed) == ""
