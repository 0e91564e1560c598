# %% [markdown]
# # The forward pass, by loops and by matrices
#
# A network of layers is many neurons, each with its weighted sum. Computed node by node that is
# three loops inside one another; computed layer by layer it is one matrix product. The numbers
# are the same, the time is not. The example is the one of A. Thomas's tutorial.

# %%
import itertools
import math
import timeit

import numpy as np

import glassnet as gn

# %% [markdown]
# Three inputs, three hidden nodes, one output. Row $i$ of a matrix holds the weights *into* node
# $i$, as the tutorial writes it.

# %%
x = [1.5, 2.0, 3.0]
W1 = np.array([[0.2, 0.2, 0.2], [0.4, 0.4, 0.4], [0.6, 0.6, 0.6]])
b1 = np.array([0.8, 0.8, 0.8])
W2 = np.array([[0.5, 0.5, 0.5]])
b2 = np.array([0.2])

# %% [markdown]
# ## By loops


# %%
def by_loops(x, weights, biases):
    h = list(x)
    for W, b in zip(weights, biases, strict=True):
        outputs = []
        for i in range(len(W)):  # every node of the layer
            z = b[i]
            for j in range(len(h)):  # every node of the layer before
                z += W[i][j] * h[j]
            outputs.append(1 / (1 + math.exp(-z)))
        h = outputs
    return h


by_loops(x, [W1, W2], [b1, b2])

# %% [markdown]
# ## By matrices
#
# The two inner loops are what a product of a matrix and a vector means.


# %%
def by_matrices(x, weights, biases):
    h = np.array(x)
    for W, b in zip(weights, biases, strict=True):
        h = 1 / (1 + np.exp(-(W @ h + b)))
    return h


by_matrices(x, [W1, W2], [b1, b2])

# %% [markdown]
# ## As a network
#
# glassnet keeps samples in rows, so its matrices are the tutorial's transposed: `W` has the shape
# `(inputs, nodes)`, and one product takes many samples at once.

# %%
net = gn.Sequential(
    [gn.Input((3,)), gn.layers.Dense(3, "sigmoid"), gn.layers.Dense(1, "sigmoid")],
    dtype="float64",
    seed=0,
)
net.set_weights([W1.T, b1, W2.T, b2])
net.predict([x])

# %% [markdown]
# All three agree. The sums and outputs on the way can be asked for one by one:

# %%
account = net.explain(x)
account["z1"], account["a1"], account["z2"], account["a2"]

# %%
account

# %% [markdown]
# And this is the forward pass as a program of its own, once with matrices and once with loops:

# %%
print(net.source(forward_only=True))

# %%
print(net.source(forward_only=True, style="loops"))

# %% [markdown]
# ## How long it takes
#
# For three nodes there is hardly a difference: calling NumPy costs as much as a handful of sums.
# For a hundred nodes the loops need hundreds of times as long.

# %%
sizes = [100, 100, 50, 10]
weights = [np.zeros((n, m)) for m, n in itertools.pairwise(sizes)]
biases = [np.zeros(n) for n in sizes[1:]]
big = [1.0] * 100

loops = timeit.timeit(lambda: by_loops(big, weights, biases), number=3) / 3
matrices = timeit.timeit(lambda: by_matrices(big, weights, biases), number=300) / 300
print(f"loops {1e6 * loops:.0f} µs, matrices {1e6 * matrices:.0f} µs")
gn.plots.time_bars([("100-100-50-10", loops, matrices)])

# %% [markdown]
# ## To try
#
# - Give `net.predict` three samples at once. Which shape comes back?
# - Put `dtype="float32"` into the network. From which digit on do the numbers differ, and why?
