"""JAX: the whole epoch in one jit, batches by lax.scan."""

from __future__ import annotations

from benchmarks._task import Contestant, Missing, Task


def maker(task: Task) -> Contestant:
    import jax
    import jax.numpy as jnp

    if task.optimizer == "rprop" or len(task.x) % task.batch:
        raise Missing("not written: RPROP, and a short last batch")

    jax.config.update("jax_enable_x64", True)
    xs = jnp.array(task.x).reshape(-1, task.batch, task.x.shape[1])
    ys = jnp.array(task.y).reshape(-1, task.batch, *task.y.shape[1:])
    weights = [jnp.array(w) for w in task.weights()]
    zeros = [jnp.zeros_like(w) for w in weights]
    state = (weights, zeros, zeros, jnp.zeros((), task.dtype))
    hidden = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh}[task.hidden]

    def loss(weights, x, y):
        for number in range(0, len(weights) - 2, 2):
            x = hidden(x @ weights[number] + weights[number + 1])
        z = x @ weights[-2] + weights[-1]
        if task.output == "softmax":
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], 1))
        if task.output == "linear":
            return jnp.mean((z - y) ** 2)
        return 0.5 * jnp.sum((jax.nn.sigmoid(z) - y) ** 2)

    def step(state, batch):
        weights, m, v, t = state
        g = jax.grad(loss)(weights, *batch)
        t = t + 1
        if task.optimizer == "sgd":
            return ([w - task.rate * d for w, d in zip(weights, g, strict=True)], m, v, t), None
        m = [0.9 * a + 0.1 * d for a, d in zip(m, g, strict=True)]
        v = [0.999 * a + 0.001 * d * d for a, d in zip(v, g, strict=True)]
        rate = task.rate / (1 - 0.9**t)
        new = [
            w - rate * a / (jnp.sqrt(b / (1 - 0.999**t)) + task.epsilon)
            for w, a, b in zip(weights, m, v, strict=True)
        ]
        return (new, m, v, t), None

    @jax.jit
    def run(state, epochs):
        return jax.lax.fori_loop(0, epochs, lambda _, s: jax.lax.scan(step, s, (xs, ys))[0], state)

    def work(epochs: int) -> None:
        nonlocal state
        state = jax.block_until_ready(run(state, epochs))

    return Contestant(work, lambda: list(state[0]))
