"""How much better is better: callbacks that watch losses of any size, accuracies and plateaus."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from glassnet.errors import ArgumentError
from tests.training.watching import Curve, Weights, same

RNG = np.random.default_rng(14)
GEOMETRIC = list(10.0 ** -np.linspace(0, 12, 40))
CURVES = {
    "geometric to 1e-12": GEOMETRIC,
    "geometric with noise": list(np.array(GEOMETRIC) * RNG.uniform(0.6, 1.4, 40)),
    "from 1e30": list(np.array(GEOMETRIC) * 1e30),
    "to exactly 0": [*GEOMETRIC[:20], *[0.0] * 20],
    "below the normal numbers": list(np.array(GEOMETRIC) * 1e-308),
    "negative, falling": list(-np.arange(1.0, 41.0)),
    "from above 0 to below": list(np.linspace(2, -3, 40)),
    "negative towards 0": list(-np.array(GEOMETRIC[::-1])),
    "plateau": [*GEOMETRIC[:5], *[GEOMETRIC[5]] * 35],
    "plateau that still creeps": list(1 + 1e-7 * np.exp(-np.arange(40.0))),
    "creeps, but gets there": list(1 - 4e-5 * np.arange(40)),
    "not a number in between": [1.0, np.nan, 0.5, np.nan, 0.25, *[np.nan] * 35],
    "infinite at first": [np.inf, np.inf, 3.0, 2.0, *[2.0] * 36],
}
ACCURACIES = {
    "saturates": [*np.linspace(0.1, 1, 10), *[1.0] * 30],
    "the last rows": [*np.linspace(0.9, 0.999, 10), *(0.999 + np.arange(30) * 2e-5)],
    "never learns": [0.5] * 40,
}
CASES = [(name, "min", values) for name, values in CURVES.items()]
CASES += [(name, "max", values) for name, values in ACCURACIES.items()]


def expected(values, mode, patience, absolute=0.0, relative=0.0):
    """Return the last epoch, the epoch whose weights are kept, and that patience counts from."""
    signs = np.array(values) * (1 if mode == "min" else -1)
    best, gain = (np.inf, 0), (np.inf, 0)
    for epoch, value in enumerate(signs):
        if value < best[0] - absolute:
            best = (value, epoch)
            if np.isinf(gain[0]) or gain[0] - value > relative * abs(gain[0]):
                gain = (value, epoch)
                wait = 0
                continue
        wait = wait + 1 if epoch else 1
        if wait >= patience:
            break
    return epoch, best[1], gain[1]


@pytest.mark.parametrize(
    "deltas",
    [{}, {"min_delta": 1e-4}, {"relative_delta": 1e-4}, {"relative_delta": 0.05}],
    ids=["any gain", "absolute", "relative", "relative 5 %"],
)
@pytest.mark.parametrize(("name", "mode", "values"), CASES, ids=[case[0] for case in CASES])
def test_early_stopping_ends_and_keeps_what_its_rule_says(make, xy, name, mode, values, deltas):
    early = EarlyStopping("watched", patience=6, mode=mode, **deltas)
    net, weights = make(), Weights()
    watching = [weights, Curve(values, "watched"), early]
    history = net.fit(*xy, epochs=40, batch_size="full", callbacks=watching, verbose=0)
    last, best, gain = expected(
        values, mode, 6, deltas.get("min_delta", 0), deltas.get("relative_delta", 0)
    )
    assert (history.epoch[-1], early.best_epoch, early.gain_epoch) == (last, best, gain)
    assert same(net.get_weights(), weights.kept[best])
    if "min_delta" not in deltas:  # no epoch that ran was better than the one kept
        seen = np.array(values[: last + 1])
        assert early.best == (np.nanmin(seen) if mode == "min" else np.nanmax(seen))


def test_a_loss_that_falls_by_orders_of_magnitude_is_never_stopped(make, xy):
    for settings in ({}, {"relative_delta": 1e-4}):
        early = EarlyStopping(patience=2, **settings)
        history = make().fit(*xy, epochs=40, callbacks=[Curve(GEOMETRIC), early], verbose=0)
        assert len(history.epoch) == 40 and early.best == GEOMETRIC[-1]


def test_an_explicit_min_delta_is_keras_s(make, xy):
    early = EarlyStopping(patience=3, min_delta=1e-4)
    history = make().fit(*xy, epochs=40, callbacks=[Curve(GEOMETRIC), early], verbose=0)
    assert early.best_epoch == 13 and history.epoch[-1] == 16
    assert history.stopped == "val_loss has not got better since epoch 14"


def test_the_reason_says_how_much_better_it_had_to_be(make, xy):
    early = EarlyStopping(patience=2, relative_delta=1e-4)
    curve = Curve([1, 0.99999, 0.99998, 0.5])
    history = make().fit(*xy, epochs=4, callbacks=[curve, early], verbose=0)
    assert history.stopped == "val_loss has not got better by 0.01 % since epoch 1"
    assert (early.best_epoch, early.gain_epoch) == (2, 0)


def rates(make, xy, values, **settings):
    reduce = ReduceLROnPlateau(patience=2, factor=0.5, **settings)
    net = make(optimizer=gn.optimizers.SGD(1.0))
    callbacks = [Curve(values), reduce]
    return net.fit(*xy, epochs=len(values), callbacks=callbacks, verbose=0).history["learning_rate"]


def test_the_rate_stays_while_a_small_loss_falls(make, xy):
    assert rates(make, xy, GEOMETRIC) == [1.0] * 40
    assert rates(make, xy, CURVES["negative, falling"]) == [1.0] * 40
    assert rates(make, xy, GEOMETRIC, min_delta=1e-4)[-1] < 1e-3  # Keras's meaning
    # Of a large loss Keras's number asks less than a relative one does.
    slow = [1000 - 0.01 * n for n in range(5)]
    assert rates(make, xy, slow, min_delta=1e-4) == [1.0] * 5
    assert rates(make, xy, slow) == [1.0, 1.0, 1.0, 0.5, 0.5]
    assert rates(make, xy, slow, min_delta=1e-4, relative_delta=1e-4) == [1.0, 1.0, 1.0, 0.5, 0.5]


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["geometric to 1e-12", "plateau", "creeps, but gets there"])
def test_the_rate_falls_where_pytorch_s_does(make, xy, name):
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1)], 1.0)
    # PyTorch's patience is one epoch more.
    plan = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    theirs = []
    for value in CURVES[name]:
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        plan.step(value)
    assert rates(make, xy, CURVES[name]) == theirs


def test_a_checkpoint_of_the_best_is_written_for_every_gain(make, xy, tmp_path):
    keep = ModelCheckpoint(tmp_path / "best-{epoch}.safetensors", save_best_only=True)
    make().fit(*xy, epochs=40, callbacks=[Curve(GEOMETRIC), keep], verbose=0)
    assert keep.best == GEOMETRIC[-1] and len(list(tmp_path.iterdir())) == 40


@pytest.mark.parametrize("bad", [-0.1, 1, 1.5, float("nan"), "5 %", None, True])
def test_a_fraction_has_to_be_one(bad):
    with pytest.raises(ArgumentError, match="relative_delta"):
        EarlyStopping(relative_delta=bad)


def test_a_run_that_goes_on_counts_its_patience_from_the_same_gain(make, xy, tmp_path):
    values = [1, 0.5, 0.49999, 0.49998, 0.49997, 0.49996, 0.1]

    def callbacks():
        return [Curve(values), EarlyStopping(patience=4, relative_delta=1e-3)]

    path = tmp_path / "a.safetensors"
    whole = make().fit(*xy, epochs=7, callbacks=callbacks(), verbose=0)
    make().fit(*xy, epochs=4, callbacks=[*callbacks(), ModelCheckpoint(path)], verbose=0)
    resumed = make().fit(*xy, epochs=7, callbacks=callbacks(), resume=path, verbose=0)
    assert resumed.epoch == whole.epoch == [0, 1, 2, 3, 4, 5]
    assert resumed.stopped == whole.stopped


def test_a_number_that_became_infinitely_good_was_a_number(make, xy):
    curve, stop = Curve([1.0, *[-np.inf] * 8], "m"), EarlyStopping("m", patience=2)
    history = make().fit(*xy, epochs=9, verbose=0, callbacks=[curve, stop])
    assert (stop.best, stop.best_epoch) == (-np.inf, 1)
    assert history.stopped == "m has not got better since epoch 2"
