# %% [markdown]
# # Gradient descent, in one dimension and in two
#
# Learning means to walk downhill. The hill is the error, the place on it is the weights, and the
# slope says which way is down. Before there are any networks, the walk itself, on two curves that
# can be drawn.

# %%
import numpy as np

import glassnet as gn


# %% [markdown]
# ## One dimension
#
# The function is $f(x) = x^4 - 3x^3 + 2$. glassnet finds its derivative, $4x^3 - 9x^2$, by
# itself.


# %%
def f(x):
    return x**4 - 3 * x**3 + 2


slope = gn.grad(f)
float(slope(6.0)), 4 * 6.0**3 - 9 * 6.0**2

# %% [markdown]
# One step of gradient descent goes against the slope, and the *learning rate* says how far: $x
# \leftarrow x - \text{rate} \cdot f'(x)$. By hand, five times:

# %%
x = 6.0
for step in range(5):
    print(f"step {step}: x = {x:.6f}, slope = {slope(x):+.4f}")
    x = x - 0.01 * slope(x)

# %% [markdown]
# The first step is a leap, because the hill is steep at 6. From then on the steps grow and shrink
# with the slope, and the walk ends where it is flat: at the minimum, 2.25.

# %%
found = gn.minimize(f, 6.0, learning_rate=0.01, precision=1e-5)
print(f"after {found.steps} steps: x = {found.x:.6f}")
gn.plots.descent_path(f, found.path[1:], title="the walk from its second point on")

# %% [markdown]
# ## The learning rate
#
# Too small, and the walk takes for ever; too large, and it leaps over the valley from side to
# side and never comes to rest.

# %%
for rate in (0.0001, 0.001, 0.01, 0.1):
    found = gn.minimize(f, 3.0, learning_rate=rate, precision=1e-5, max_steps=2000)
    print(f"rate {rate:<6}: {found.steps:5d} steps, x = {found.x:.4f}")

# %% [markdown]
# ## Two dimensions
#
# With two numbers the place is a point on a map, and the slope has a direction: the gradient.
# This valley, $x^2 + 5y^2$, is five times as steep across as along. The walk zigzags across it
# while it only creeps along.


# %%
def valley(p):
    return gn.ops.sum(p * p * np.array([1.0, 5.0]))


start = np.array([-4.0, 1.5])
print("gradient at the start:", gn.grad(valley)(start))
flat = gn.minimize(valley, start, learning_rate=0.17, precision=1e-3)
gn.plots.descent_map(valley, flat.path, title=f"{flat.steps} steps")

# %% [markdown]
# A network of a thousand weights walks on a map of a thousand dimensions. Nothing else is new:
# the gradient says how the error changes with each weight, and each weight goes a little against
# it.
#
# ## To try
#
# - Start `gn.minimize(f, ...)` at -1. Where does it stop, and is that a minimum?
# - Which learning rate makes the walk in the valley shortest? What happens from 0.2 on?
