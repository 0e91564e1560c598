"""PyTorch on one thread: faster where the network is small or the machine is busy."""

from __future__ import annotations

import torch

from benchmarks.jobs._job import trained
from benchmarks.jobs.pytorch import train

torch.set_num_threads(1)
trained(train)
