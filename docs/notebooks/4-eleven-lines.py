# %% [markdown]
# # Eleven lines of Python, line by line
#
# A. Trask's "A Neural Network in 11 lines of Python" has taught many people what a network does.
# Here are his lines one at a time, the same network in glassnet, and the program that glassnet
# prints for it: the same lines again.

# %%
import numpy as np

import glassnet as gn

# %% [markdown]
# ## The data
#
# Four samples of three numbers. The answer is XOR of the first two; the third is always 1 and
# does what a bias would do.

# %%
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
y = np.array([[0, 1, 1, 0]], dtype=float).T

# %% [markdown]
# ## The weights
#
# Three inputs, four hidden nodes, one output: a matrix of 3x4 and one of 4x1, with random numbers
# between -1 and 1.

# %%
np.random.seed(1)  # the article's own generator
W1 = 2 * np.random.random((3, 4)) - 1
W2 = 2 * np.random.random((4, 1)) - 1
start = [W1.copy(), W2.copy()]

# %% [markdown]
# ## One step
#
# **Forward.** Weighted sums, squashed; then the same once more. `a1` has a row for every sample
# and a column for every hidden node.

# %%
a1 = 1 / (1 + np.exp(-(X @ W1)))
a2 = 1 / (1 + np.exp(-(a1 @ W2)))
a2

# %% [markdown]
# **Backward.** How much does each output miss, and how steep is the sigmoid there? The slope of a
# sigmoid needs only its output, $a(1 - a)$. Where the network is sure, the slope is small, and
# little changes.

# %%
d2 = (a2 - y) * a2 * (1 - a2)
d2

# %% [markdown]
# The hidden nodes get their share of the blame through the same weights, backwards.

# %%
d1 = d2 @ W2.T * a1 * (1 - a1)
d1

# %% [markdown]
# **Update.** A weight's gradient is the value at its beginning times the error term at its end,
# added up over the samples. Both gradients are computed before either matrix changes.

# %%
dW2 = a1.T @ d2
dW1 = X.T @ d1
W2 -= dW2
W1 -= dW1

# %% [markdown]
# ## Sixty thousand steps

# %%
W1, W2 = (W.copy() for W in start)
for j in range(60000):
    a1 = 1 / (1 + np.exp(-(X @ W1)))
    a2 = 1 / (1 + np.exp(-(a1 @ W2)))
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    if j % 10000 == 0:
        print(f"Error: {np.mean(np.abs(y - a2)):.12f}")
    W2 -= a1.T @ d2
    W1 -= X.T @ d1

# %% [markdown]
# These are, to the last digit, the numbers the article prints.
#
# ## The same network in glassnet

# %%
net = gn.Sequential(
    [
        gn.Input((3,)),
        gn.layers.Dense(4, "sigmoid", use_bias=False),
        gn.layers.Dense(1, "sigmoid", use_bias=False),
    ],
    dtype="float64",
    seed=1,
)
net.compile(gn.optimizers.SGD(1.0), "half_sum_squared_error")
net.set_weights(start)

# %% [markdown]
# Before it is trained: the program that glassnet makes of it. The backward pass was not written by
# hand; it was derived from the forward pass.

# %%
print(net.source(X, y, epochs=60000, batch_size="full"))

# %%
history = net.fit(X, y, epochs=60000, batch_size="full", verbose=0)
np.allclose(net.get_weights()[0], W1), np.allclose(net.get_weights()[1], W2)

# %%
gn.plots.curves(history.history)

# %% [markdown]
# ## One weight
#
# Why does one weight move? From the loss to the weight runs a chain of factors, one for every
# station on the way.

# %%
net.set_weights(start)
net.explain(X, y).why("W1", (0, 1))

# %% [markdown]
# ## To try
#
# - `print(net.source(X, y, epochs=10, style="loops"))` is the same program without
#   NumPy.
# - Learning rates from 0.001 to 1000: `glassnet example trask-learning-rates`.
