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


def rprop(w, rate, delta_zero=0.1, increase_factor=1.2, decrease_factor=0.5, delta_max=50.0):
    """Igel and Hüsken (2000), algorithm 4, weight by weight."""
    w = w.copy()
    delta, before = np.full_like(w, delta_zero), np.zeros_like(w)
    for step in range(10**9):
        g = (yield w.copy()).copy()
        for i in range(len(w)):
            if before[i] * g[i] > 0:
                delta[i] = min(delta[i] * increase_factor, delta_max)
            elif before[i] * g[i] < 0:
                delta[i] = delta[i] * decrease_factor
                g[i] = 0
            w[i] -= rate(step) * np.sign(g[i]) * delta[i]
            before[i] = g[i]


def fann_rprop(w, rate, increase_factor=1.2, decrease_factor=0.5):
    """The same as FANN does it: q = 0 grows too, a slope of 0 moves up."""
    w = w.copy()
    delta, before = np.full_like(w, 0.1), np.zeros_like(w)
    for step in range(10**9):
        slope = -(yield w.copy())
        for i in range(len(w)):
            last = max(delta[i], 0.0001)
            if before[i] * slope[i] >= 0:
                delta[i] = min(last * increase_factor, 50)
            else:
                delta[i] = max(last * decrease_factor, 0)
                slope[i] = 0
            move = rate(step) * delta[i]
            w[i] = max(w[i] - move, -1500) if slope[i] < 0 else min(w[i] + move, 1500)
            before[i] = slope[i]


def quickprop(w, rate, mu=1.75, decay=-0.0001):
    """Fahlman (1988), with FANN's limits, weight by weight."""
    w = w.copy()
    last, before = np.zeros_like(w), np.zeros_like(w)
    for step in range(10**9):
        slopes = decay * w - (yield w.copy())
        for i, s in enumerate(slopes):
            p, shrink, move = last[i], mu / (1 + mu) * before[i], 0.0
            sign = 1 if p > 0.001 else -1 if p < -0.001 else 0
            if sign == 0 or sign * s > 0:
                move += rate(step) * s
            if sign:
                move += mu * p if sign * s > sign * shrink else p * s / (before[i] - s)
            w[i] = np.clip(w[i] + move, -1500, 1500)
            last[i], before[i] = move, s


def sarprop(w, rate, delta_zero=0.1, increase_factor=1.2, decrease_factor=0.5, delta_max=50.0,
            weight_decay_shift=-6.644, step_error_threshold_factor=0.1, step_error_shift=1.385,
            temperature=0.015):  # fmt: skip
    """Treadgold and Gedeon (1998) with FANN's numbers, weight by weight.

    It is sent gradient, loss and draws; where the product of slopes is 0 a weight keeps its step.
    """
    w = w.copy()
    delta, before = np.full_like(w, delta_zero), np.zeros_like(w)
    for step in range(10**9):
        g, loss, draws = yield w.copy()
        for i in range(len(w)):
            slope = g[i] - w[i] * 2.0 ** (weight_decay_shift - temperature * step)
            last = max(delta[i], 1e-6)
            if before[i] * slope > 0:
                delta[i] = min(last * increase_factor, delta_max)
            elif before[i] * slope < 0:
                if last < step_error_threshold_factor * loss:
                    noise = np.sqrt(loss) * 2.0 ** (step_error_shift - temperature * step)
                    delta[i] = last * decrease_factor + draws[i] * noise
                else:
                    delta[i] = max(last * decrease_factor, 1e-6)
                before[i] = 0
                continue
            else:
                delta[i] = last
            w[i] -= rate(step) * np.sign(slope) * delta[i]
            before[i] = slope
