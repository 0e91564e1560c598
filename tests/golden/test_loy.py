"""J. Loy, "How to build your own neural network from scratch": the outputs after training."""

import numpy as np
import pytest

import glassnet as gn

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], "f8")
Y = np.array([[0], [1], [1], [0]], "f8")


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (0, [0.01009649, 0.97157766, 0.97166525, 0.03297871]),
        (1, [0.00965854, 0.96893341, 0.96884749, 0.03646843]),
    ],
)
def test_outputs(seed, expected, backend):
    net = gn.Sequential(
        [
            gn.layers.Dense(4, "sigmoid", use_bias=False),
            gn.layers.Dense(1, "sigmoid", use_bias=False),
        ],
        dtype="float64",
        seed=0,
    )
    net.build((None, 3))
    draw = np.random.RandomState(seed).random_sample
    net.set_weights([draw((3, 4)), draw((4, 1))])
    net.compile(gn.optimizers.SGD(1.0), loss="sum_squared_error")
    # 1,500 steps are made; what is printed was computed before the last.
    net.fit(X, Y, epochs=1_499, batch_size="full", verbose=0, backend=backend)
    assert np.round(net.predict(X, backend=backend).ravel(), 8).tolist() == expected
