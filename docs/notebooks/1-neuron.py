# %% [markdown]
# # The neuron and the sigmoid
#
# An artificial neuron does three things: it weighs its inputs, adds the weighted inputs and an
# offset to one number, and squashes that number to something between 0 and 1. This notebook
# builds one that recognises spam, first with weights chosen by hand, then with weights it finds
# itself.

# %%
import numpy as np

import glassnet as gn

# %% [markdown]
# ## Squashing a number
#
# The weighted sum $z$ may be any number. The sigmoid $\sigma(z) = 1 / (1 + e^{-z})$ turns it into
# a number between 0 and 1: far below zero gives almost 0, far above almost 1, and zero gives ½.

# %%
z = np.array([-5.0, -1.0, 0.0, 1.0, 5.0])
gn.activations.sigmoid(z)

# %% [markdown]
# A weight makes the slope steeper or flatter; an offset (the *bias*) moves it sideways, to say
# from which sum on the neuron is to answer "yes".

# %%
gn.plots.sigmoid_graphs()

# %% [markdown]
# ## A spam filter by hand
#
# Two things are asked about a message, each answered by 0 or 1: does it hold more than one word
# in capitals, and does it hold the word "Viagra"? The first shall weigh 7, the second 3, and the
# offset is -5: it takes a sum of more than 5 to be called spam.

# %%
neuron = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, "sigmoid")], dtype="float64", seed=0)
neuron.set_weights([[[7.0], [3.0]], [-5.0]])

messages = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
neuron.predict(messages).round(4)

# %% [markdown]
# What the neuron did with the last message, number by number:

# %%
neuron.explain(messages[3])

# %% [markdown]
# 1·7 + 1·3 - 5 = 5, and σ(5) = 0.9933: spam. One neuron can do no more than draw a straight line
# through the plane of its inputs: on one side it answers 1, on the other 0.

# %%
gn.plots.neuron_regions([7.0, 3.0], -5.0, names=["capitals", "Viagra"])

# %% [markdown]
# ## The same neuron, learning
#
# Now the weights are not given. The neuron starts from small random ones, sees the four messages
# with their answers, and changes each weight a little in the direction that lowers the error.

# %%
answers = np.array([[0.0], [1.0], [0.0], [1.0]])

learner = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, "sigmoid")], dtype="float64", seed=1)
learner.compile(gn.optimizers.SGD(1.0), "binary_crossentropy")
history = learner.fit(messages, answers, epochs=200, batch_size="full", verbose=0)
gn.plots.curves(history.history)

# %%
learner.predict(messages).round(3)

# %% [markdown]
# It has found weights of its own. They are not 7, 3 and -5, because here the answers follow the
# first question alone, and so the second weight stays near zero.

# %%
learner.get_weights()

# %% [markdown]
# ## To try
#
# - Which weights answer "spam" only if *both* questions are answered with yes?
# - Give `answers` the values of XOR, `[[0], [1], [1], [0]]`. Why does the error stop falling?
#   What   does `learner.diagnose(messages, answers)` say?
