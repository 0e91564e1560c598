"""A small network as FANN's own XOR example leaves it, for tests."""

import numpy as np

from glassnet.formats.fann import FannNet, format_net

WEIGHTS = [
    *(-1.36469364166259765625, 1.86633396148681640625, 2.45897793769836425781),
    *(1.02531576156616210938, 2.08840084075927734375, 1.21029281616210937500),
    *(-2.46343708038330078125, -1.59129965305328369141, 2.06301212310791015625),
    *(-2.75688886642456054688, 2.74398756027221679688, 3.12925839424133300781),
    -2.16991171240806579590e-01,
]


def xor_net():
    net = FannNet(
        [3, 4, 2],
        np.array([0, 0, 0, 3, 3, 3, 0, 4, 0]),
        np.array([0, 0, 0, 5, 5, 5, 5, 5, 5]),
        np.array([0.0, 0, 0, 1, 1, 1, 1, 1, 1]),
        np.array([0, 1, 2] * 3 + [3, 4, 5, 6]),
        np.array(WEIGHTS),
    )
    net.parameters["train_stop_function"] = 1
    net.parameters["bit_fail_limit"] = float(np.float32(0.01))
    return net


XOR = format_net(xor_net())
