# %% [markdown]
# # Backpropagation by hand
#
# M. Mazur's "A Step by Step Backpropagation Example" goes through one step of learning with real
# numbers. This notebook goes the same way: every number of the article appears, computed first by
# hand and then by asking the network.

# %%
import numpy as np

import glassnet as gn

# %% [markdown]
# Two inputs, two hidden nodes, two outputs. The first layer has the bias 0.35, the second 0.60. The
# article leaves the biases as they are; the network here learns them too, which makes no
# difference to any number of the first step.

# %%
x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
W1 = np.array([[0.15, 0.25], [0.20, 0.30]])  # columns are nodes: w1 and w2 lead to the first
W2 = np.array([[0.40, 0.50], [0.45, 0.55]])

net = gn.Sequential(
    [gn.Input((2,)), gn.layers.Dense(2, "sigmoid"), gn.layers.Dense(2, "sigmoid")],
    dtype="float64",
    seed=0,
)
net.compile(gn.optimizers.SGD(0.5), "half_sum_squared_error")
net.set_weights([W1, [0.35, 0.35], W2, [0.60, 0.60]])

# %% [markdown]
# ## Forward

# %%
z1 = x @ W1 + 0.35
a1 = 1 / (1 + np.exp(-z1))
z2 = a1 @ W2 + 0.60
a2 = 1 / (1 + np.exp(-z2))
print("hidden sums   ", z1)
print("hidden outputs", a1)
print("output sums   ", z2)
print("outputs       ", a2)

# %% [markdown]
# ## The error
#
# Half the squared distance, one number for each output, added up: 0.298371109.

# %%
0.5 * (y - a2) ** 2, float(np.sum(0.5 * (y - a2) ** 2))

# %% [markdown]
# ## Backward
#
# How does the error change when $w_5$ changes, the weight from the first hidden node to the first
# output? Three factors make the chain: the error by the output, the output by its sum, the sum by
# the weight.

# %%
error_by_output = a2[0, 0] - y[0, 0]
output_by_sum = a2[0, 0] * (1 - a2[0, 0])
sum_by_weight = a1[0, 0]
print(error_by_output, output_by_sum, sum_by_weight)
print("product", error_by_output * output_by_sum * sum_by_weight)

# %% [markdown]
# For all weights of the layer at once: the first two factors make the *error term* `d2`, and the
# third is the output of the hidden node.

# %%
d2 = (a2 - y) * a2 * (1 - a2)
dW2 = a1.T @ d2
dW2

# %% [markdown]
# For the first layer the chain is longer, and there is one for each output that the hidden node
# has a part in; they are added.

# %%
d1 = d2 @ W2.T * a1 * (1 - a1)
dW1 = x.T @ d1
dW1

# %% [markdown]
# ## The update
#
# Each weight goes half its gradient downhill; all gradients are computed from the old weights.

# %%
print("w1-w4", (W1 - 0.5 * dW1).T.ravel())
print("w5-w8", (W2 - 0.5 * dW2).T.ravel())

# %% [markdown]
# ## Asking the network
#
# The whole of the above, as the network itself tells it. Every step opens and closes;
# `print(account)` writes the same as plain text.

# %%
account = net.explain(x, y)
account

# %% [markdown]
# And the chain of factors for one weight, $w_1$: which stations lead from the error to it?

# %%
account.why("W1", (0, 0))

# %% [markdown]
# One step of the network itself: its weights are then those of the article.

# %%
net.fit(x, y, epochs=1, verbose=0)
net.get_weights()

# %% [markdown]
# ## Is it right?
#
# A gradient can be checked without any calculus: change one weight a little to both sides, and
# see how the error changes.


# %%
def error(weights):
    hidden = 1 / (1 + np.exp(-(x @ weights + 0.35)))
    output = 1 / (1 + np.exp(-(hidden @ W2 + 0.60)))
    return float(np.sum(0.5 * (y - output) ** 2))


print(gn.testing.check_gradient(error, lambda weights: dW1, W1))

# %% [markdown]
# ## To try
#
# - Forget the factor `a1 * (1 - a1)` in `d1`. What does the check say then?
# - In the article the error after 10,000 steps is 0.0000351085. Train on; why is it even smaller
#   here?
