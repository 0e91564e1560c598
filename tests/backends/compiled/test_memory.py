"""How values lie: rows that do not crowd in one place of the cache; memory kept between runs."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.backends import Compiled
from glassnet.backends.compiled.schedule.places import apart

# 256 numbers of float64 are 2048 bytes: rows so long lie a cache line further apart.
WIDE = 256
D = gn.layers


def wide(layers, dtype="float64", optimizer="adam"):
    net = gn.Sequential([*layers, D.Dense(3, "softmax")], dtype=dtype, seed=1)
    net.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    net.build((None, WIDE))
    return net


def samples(rows=150, dtype="float64"):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, WIDE)).astype(dtype), rng.integers(0, 3, rows)


def trained(layers, backend, **options):
    net = wide(layers())
    x, y = samples()
    net.fit(x, y, batch_size=options.pop("batch_size", 64), epochs=2, verbose=0, backend=backend)
    return net


def test_only_rows_that_crowd_lie_apart():
    assert apart((784, 1024), "float32") == (1040, 1)
    assert apart((784, 256), "float64") == (264, 1)
    assert apart((784, 1000), "float32") == (1000, 1)
    assert apart((1, 1024), "float32") == (1024, 1)


LAYERS = {
    "dense": lambda: [D.Dense(WIDE, "tanh"), D.Dense(WIDE, "relu")],
    "dropout": lambda: [D.Dense(WIDE, "relu"), D.Dropout(0.3), D.Dense(WIDE)],
    "masked": lambda: [D.MaskedDense(np.tri(WIDE)), D.Activation("gelu")],
    "reshaped": lambda: [D.Dense(WIDE), D.Reshape((16, 16)), D.Flatten(), D.Dense(WIDE, "elu")],
    "softmax": lambda: [D.Dense(2 * WIDE, "selu"), D.Dense(WIDE, "softmax")],
}


@pytest.mark.parametrize("batch_size", [1, 7, 128])
@pytest.mark.parametrize("name", LAYERS)
def test_rows_apart_agree_with_numpy(name, batch_size):
    one = trained(LAYERS[name], Compiled(), batch_size=batch_size)
    two = trained(LAYERS[name], "numpy", batch_size=batch_size)
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
    x, _ = samples()
    np.testing.assert_allclose(
        one.predict(x, backend=Compiled()), two.predict(x, backend="numpy"), rtol=1e-9, atol=1e-12
    )


def test_rows_do_lie_apart():
    source = wide(LAYERS["dense"]()).compiled_source(128)
    assert re.search(r"gemm\(.* 264, ", source)
    assert " * 264 + " in source


def test_memory_is_used_again_and_holds_nothing_over():
    """Runs one after the other on one backend give the bits of runs on backends of their own."""
    backend = Compiled()
    shared = [wide(LAYERS["dense"]()), wide(LAYERS["dense"](), optimizer="sgd")]
    alone = [wide(LAYERS["dense"]()), wide(LAYERS["dense"](), optimizer="sgd")]
    x, y = samples()
    for _ in range(2):
        for one, other in zip(shared, alone, strict=True):
            one.fit(x, y, batch_size=32, epochs=1, verbose=0, backend=backend)
            other.fit(x, y, batch_size=32, epochs=1, verbose=0, backend=Compiled())
    kept = backend._spare
    assert kept is not None
    shared[1].fit(x, y, batch_size=32, epochs=1, verbose=0, backend=backend)
    alone[1].fit(x, y, batch_size=32, epochs=1, verbose=0, backend=Compiled())
    assert backend._spare is kept
    for one, other in zip(shared, alone, strict=True):
        for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
            assert a.tobytes() == b.tobytes()
