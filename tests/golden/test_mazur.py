"""M. Mazur, "A step by step backpropagation example": one step, every number.

The article leaves the biases as they are. A fixed number that is added is what the layer
Rescaling is for; a bias of a Dense layer would be learned.
"""

import numpy as np

import glassnet as gn

X, Y = [[0.05, 0.10]], [[0.01, 0.99]]
# Columns are units: w1 and w2 feed the first hidden unit.
W1, W2 = [[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]


def network():
    layers = []
    for bias in (0.35, 0.60):
        layers += [
            gn.layers.Dense(2, use_bias=False),
            gn.layers.Rescaling(1.0, offset=bias),
            gn.layers.Activation("sigmoid"),
        ]
    net = gn.Sequential([gn.Input((2,)), *layers], dtype="float64", seed=0)
    net.compile(gn.optimizers.SGD(0.5), loss="half_sum_squared_error")
    net.set_weights([W1, W2])
    return net


def test_forward_pass(backend):
    net = network()
    assert np.round(net.predict(X, backend=backend), 8).tolist() == [[0.75136507, 0.77292847]]
    assert round(net.evaluate(X, Y, verbose=0, backend=backend)["loss"], 8) == 0.29837111


def test_one_step(backend):
    net = network()
    history = net.fit(X, Y, epochs=1, verbose=0, backend=backend)
    assert round(history.history["loss"][0], 8) == 0.29837111
    w1, w2 = (np.round(w.T.ravel(), 8).tolist() for w in net.get_weights())
    assert w1 == [0.14978072, 0.19956143, 0.24975114, 0.29950229]
    assert w2 == [0.35891648, 0.40866619, 0.51130127, 0.56137012]


def test_learned_biases_make_the_same_step_of_the_weights():
    net = gn.Sequential(
        [gn.Input((2,)), gn.layers.Dense(2, "sigmoid"), gn.layers.Dense(2, "sigmoid")],
        dtype="float64",
        seed=0,
    )
    net.compile(gn.optimizers.SGD(0.5), loss="half_sum_squared_error")
    net.set_weights([W1, [0.35, 0.35], W2, [0.60, 0.60]])
    net.train_on_batch(X, Y)
    w1, b1, w2, b2 = net.get_weights()
    assert np.round(w1.T.ravel(), 8).tolist() == [0.14978072, 0.19956143, 0.24975114, 0.29950229]
    assert np.round(w2.T.ravel(), 8).tolist() == [0.35891648, 0.40866619, 0.51130127, 0.56137012]
    assert np.all(b1 != 0.35)
    assert np.all(b2 != 0.60)
