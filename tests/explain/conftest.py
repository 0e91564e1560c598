import pytest

import glassnet as gn


@pytest.fixture
def net():
    """A compiled network of two layers, in double precision."""
    net = gn.Sequential(
        [gn.Input((3,)), gn.layers.Dense(4, "tanh"), gn.layers.Dense(2, "softmax")],
        "float64",
        seed=3,
    )
    net.compile(gn.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    return net
