# %% [markdown]
# # A network that does not learn
#
# Most networks that do not learn suffer from one of a few illnesses. Here are some of them, each
# with its symptoms, and `net.diagnose(x, y)`, which looks for the cause and names a remedy.

# %%
import numpy as np

import glassnet as gn

rng = np.random.default_rng(0)

# %% [markdown]
# ## XOR without a hidden layer
#
# The error stops at 0.25, and every answer is one half. No straight line separates the classes,
# so one neuron cannot.

# %%
x_xor = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
y_xor = np.array([[0], [1], [1], [0]], dtype="float32")

lonely = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, "sigmoid")], seed=0)
lonely.compile(gn.optimizers.SGD(1.0), "mean_squared_error")
lonely.fit(x_xor, y_xor, epochs=2000, batch_size="full", verbose=0)
lonely.predict(x_xor).round(3)

# %%
print(lonely.diagnose(x_xor, y_xor))

# %% [markdown]
# With a hidden layer:

# %%
better = gn.Sequential(
    [gn.Input((2,)), gn.layers.Dense(4, "tanh"), gn.layers.Dense(1, "sigmoid")], seed=0
)
better.compile(gn.optimizers.Adam(0.05), "binary_crossentropy")
better.fit(x_xor, y_xor, epochs=500, batch_size="full", verbose=0)
better.predict(x_xor).round(3)

# %%
gn.plots.boundary(lambda points: better.predict(points), x_xor, y_xor[:, 0].astype(int))

# %% [markdown]
# ## Inputs that were not scaled
#
# Columns of very different size: the wines' proline goes to over 1,000, their hue stays about 1.
# The large column drives the sigmoids to their ends, where they are flat.

# %%
wine = gn.datasets.wine.info()
x_wine, y_wine = wine.x, wine.y


def wine_network():
    net = gn.Sequential(
        [gn.Input((13,)), gn.layers.Dense(16, "sigmoid"), gn.layers.Dense(3, "softmax")], seed=0
    )
    net.compile(gn.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
    return net


raw = wine_network()
raw_history = raw.fit(x_wine, y_wine, epochs=60, verbose=0)
print(raw.diagnose(x_wine, y_wine))

# %%
x_scaled = (x_wine - x_wine.mean(axis=0)) / x_wine.std(axis=0)
healthy = wine_network()
healthy_history = healthy.fit(x_scaled, y_wine, epochs=60, verbose=0)
gn.plots.runs(
    {"as they are": raw_history.history["loss"], "scaled": healthy_history.history["loss"]}
)

# %%
print(healthy.diagnose(x_scaled, y_wine))

# %% [markdown]
# ## A learning rate that is too high
#
# `callbacks.Doctor()` watches while the network trains and speaks up once for each thing it
# finds.

# %%
hasty = gn.Sequential(
    [gn.Input((13,)), gn.layers.Dense(32, "relu"), gn.layers.Dense(3, "softmax")], seed=0
)
hasty.compile(gn.optimizers.SGD(5.0), "sparse_categorical_crossentropy", ["accuracy"])
hasty.fit(x_scaled, y_wine, epochs=6, verbose=0, callbacks=[gn.callbacks.Doctor()])

# %%
print(hasty.diagnose(x_scaled, y_wine))

# %% [markdown]
# ## A derivative written by hand
#
# Backpropagation written by hand often has mistakes. The check says which entry is
# wrong, and by what factor.


# %%
def error(W):
    return float(0.5 * np.sum((np.tanh(x_scaled[:5] @ W) - 1) ** 2))


def wrong_gradient(W):
    a = np.tanh(x_scaled[:5] @ W)
    return x_scaled[:5].T @ ((a - 1) * (1 - a))  # should be 1 - a²


W = rng.normal(size=(13, 1)) * 0.3
try:
    print(gn.testing.check_gradient(error, wrong_gradient, W))
except AssertionError as found:
    print(found)

# %% [markdown]
# ## To try
#
# - Set all initial weights of `healthy` to the same number. What does the diagnosis say?
# - Leave out the scaling, but put `gn.layers.Normalization()` first in the network.
