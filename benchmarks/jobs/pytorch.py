"""PyTorch: the usual loop over tensors in memory, with the fused Adam."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.jobs._job import Net, Weights, trained


def train(net: Net, x, y) -> Weights:
    torch.manual_seed(net.seed)
    activation = {"relu": nn.ReLU, "tanh": nn.Tanh}[net.hidden]
    parts: list[nn.Module] = []
    for n_in, n_out in zip(net.widths[:-2], net.widths[1:-1], strict=True):
        parts += [nn.Linear(n_in, n_out), activation()]
    model = nn.Sequential(*parts, nn.Linear(*net.widths[-2:]))
    optimizer = torch.optim.Adam(model.parameters(), net.rate, fused=True)
    loss_of = nn.CrossEntropyLoss()
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    for _ in range(net.epochs):
        order = torch.randperm(len(x))  # a whole epoch at once: fewer calls than batch by batch
        for rows, labels in zip(x[order].split(net.batch), y[order].split(net.batch), strict=True):
            optimizer.zero_grad()
            loss_of(model(rows), labels).backward()
            optimizer.step()
    return [part.detach().numpy().T for part in model.parameters()]


if __name__ == "__main__":
    trained(train)
