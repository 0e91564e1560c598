"""PyTorch, eager: the usual loop, with the default and with the fused Adam."""

from __future__ import annotations

from benchmarks._task import Contestant, Missing, Task


def maker(task: Task, fused: bool = False) -> Contestant:
    import torch

    if task.optimizer == "rprop" or (fused and task.optimizer != "adam"):
        raise Missing("PyTorch has no such optimizer")
    kind = getattr(torch, task.dtype)
    parts: list = []
    weights = task.weights()
    for number, (rows, columns) in enumerate(zip(task.widths[:-1], task.widths[1:], strict=True)):
        layer = torch.nn.Linear(rows, columns, dtype=kind)
        layer.weight.data = torch.from_numpy(weights[2 * number].T.copy())
        layer.bias.data = torch.from_numpy(weights[2 * number + 1].copy())
        is_last = number == len(task.widths) - 2
        parts += [layer] if is_last else [layer, _activation(torch, task.hidden)]
    net = torch.nn.Sequential(*parts)
    if task.optimizer == "adam":
        optimizer = torch.optim.Adam(net.parameters(), task.rate, fused=fused, eps=task.epsilon)
    else:
        optimizer = torch.optim.SGD(net.parameters(), task.rate)
    x, y = torch.from_numpy(task.x), torch.from_numpy(task.y)

    def loss_of(z, target):
        if task.output == "softmax":
            return torch.nn.functional.cross_entropy(z, target)
        if task.output == "linear":
            return torch.nn.functional.mse_loss(z, target)
        return 0.5 * ((torch.sigmoid(z) - target) ** 2).sum()

    def work(epochs: int) -> None:
        for _ in range(epochs):
            for start in range(0, len(x), task.batch):
                optimizer.zero_grad()
                stop = start + task.batch
                loss_of(net(x[start:stop]), y[start:stop]).backward()
                optimizer.step()

    def found():
        arrays = [p.detach().numpy() for p in net.parameters()]
        return [a.T if a.ndim == 2 else a for a in arrays]

    return Contestant(work, found)


def _activation(torch, name):
    return {"relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh}[name]()
