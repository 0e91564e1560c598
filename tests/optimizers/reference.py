"""Update rules in plain NumPy, written from the papers and not from the library.

Each is a generator: it is sent a gradient and gives the weight after the step. ``rate`` is a
function of the number of steps made.
"""

from __future__ import annotations

import numpy as np


def sgd(w, rate, momentum=0.0, nesterov=False):
    """Sutskever et al. (2013), eq. 1-4: v' = μv - εg, and θ' = θ + v'.

    Nesterov's gradient is taken at θ + μv; in terms of that point the step is μv' - εg.
    """
    v = np.zeros_like(w)
    for step in range(10**9):
        g = yield w
        v = momentum * v - rate(step) * g
        w = w + (momentum * v - rate(step) * g if nesterov else v)


def adagrad(w, rate, start=0.1, epsilon=1e-7):
    """Duchi et al. (2011), fig. 1: the diagonal of G is the sum of all squared gradients."""
    squares = [np.full_like(w, start)]
    for step in range(10**9):
        g = yield w
        squares.append(g * g)
        w = w - rate(step) * g / (np.sqrt(np.sum(squares, axis=0)) + epsilon)


def rmsprop(w, rate, rho=0.9, epsilon=1e-7):
    """Tieleman and Hinton (2012), slide 29: MeanSquare' = ρ MeanSquare + (1-ρ) g²."""
    mean_square = np.zeros_like(w)
    for step in range(10**9):
        g = yield w
        mean_square = rho * mean_square + (1 - rho) * g**2
        w = w - rate(step) * g / (np.sqrt(mean_square) + epsilon)


def adam(w, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.0):
    """Kingma and Ba (2015), algorithm 1; Loshchilov and Hutter (2019), algorithm 2, line 12."""
    m = v = np.zeros_like(w)
    for step in range(10**9):
        g = yield w
        t = step + 1
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
        w = w - rate(step) * (m_hat / (np.sqrt(v_hat) + epsilon) + weight_decay * w)
