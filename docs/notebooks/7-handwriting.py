# %% [markdown]
# # A network that reads handwriting
#
# T. Rashid's book "Make Your Own Neural Network" writes a small class with `train` and `query`
# and teaches it the 60,000 handwritten digits of MNIST, one image at a time. Here is his class,
# his network as one of glassnet's, and a look into its mind.

# %%
import numpy as np

import glassnet as gn

# %% [markdown]
# ## The class of the book
#
# The same class, with its names: a network of three input, three hidden and three output nodes
# that has learned nothing yet answers more or less at random.

# %%
from glassnet.classic.rashid import neuralNetwork

np.random.seed(0)  # the book draws its weights from this generator
n = neuralNetwork(inputnodes=3, hiddennodes=3, outputnodes=3, learningrate=0.3)
n.query([1.0, 0.5, -1.5])

# %% [markdown]
# Shown the same answer again and again, it comes closer to it.

# %%
for _ in range(200):
    n.train([1.0, 0.5, -1.5], [0.9, 0.1, 0.5])
n.query([1.0, 0.5, -1.5])

# %% [markdown]
# ## MNIST
#
# Pixels from 0 to 255 become numbers from 0.01 to 1: an input of 0 would keep its weights from
# learning. A sigmoid reaches neither 0 nor 1, so the targets are 0.01 and 0.99.

# %%
(x, y), (x_test, y_test) = gn.datasets.mnist.load_data()


def scaled(images):
    return (images.reshape(len(images), 784) / 255 * 0.99 + 0.01).astype("float32")


targets = gn.utils.to_categorical(y) * 0.98 + 0.01
gn.plots.image_grid(x[:10] / 255, [str(label) for label in y[:10]], columns=10)

# %% [markdown]
# 784 inputs, 200 hidden nodes, 10 outputs, no biases, and initial weights drawn as the book does.
# With `batch_size=1` the weights change after every single image, 60,000 times an epoch.

# %%
layers = [
    gn.layers.Dense(
        nodes,
        "sigmoid",
        use_bias=False,
        kernel_initializer=gn.initializers.RandomNormal(0.0, inputs**-0.5),
    )
    for inputs, nodes in [(784, 200), (200, 10)]
]
net = gn.Sequential([gn.Input((784,)), *layers], seed=0)
net.compile(gn.optimizers.SGD(0.1), "half_sum_squared_error", ["accuracy"])
history = net.fit(scaled(x), targets, batch_size=1, epochs=2, verbose=0)

# %%
card = net.predict_labels(scaled(x_test)) == y_test
print("score card of the first twenty test images:", card[:20].astype(int))
print(f"performance = {card.mean():.4f}")

# %% [markdown]
# The book reaches 0.9747 after five epochs. What does the network take for what?

# %%
gn.plots.confusion(gn.metrics.confusion_matrix(y_test, net.predict_labels(scaled(x_test))))

# %% [markdown]
# ## The network's mind
#
# Run backwards, from an ideal answer through the inverse of the sigmoid and the transposed
# weights, the network paints what it looks for: dark where ink speaks for the digit, light where
# it speaks against it.


# %%
def back_query(digit):
    signal = np.full((1, 10), 0.01)
    signal[0, digit] = 0.99
    for W in reversed(net.get_weights()):
        signal = np.log(signal / (1 - signal)) @ W.T
        signal = 0.98 * (signal - signal.min()) / (signal.max() - signal.min()) + 0.01
    return signal.reshape(28, 28)


gn.plots.image_grid(
    [back_query(digit) for digit in range(10)], [str(k) for k in range(10)], columns=5
)

# %% [markdown]
# ## One image, number by number
#
# 784 terms are too many to read, so they are folded; any of them can be asked for.

# %%
net.explain(scaled(x_test[:1]), (gn.utils.to_categorical(y_test[:1], 10) * 0.98 + 0.01))

# %% [markdown]
# ## To try
#
# - Give it five epochs, or 100 hidden nodes. How much does the performance move?
# - `glassnet example rashid --png my-digit.png` reads your own handwriting.
