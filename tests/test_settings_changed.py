"""Every setting of every class, changed later: what was made from the old value is made anew.

Each setting is given another valid value after predict, fit, train_on_batch and evaluate,
between two runs and within one: the model then predicts what its file predicts, and trains as
one that had the setting from the start; or the change is refused with an error that says why.
Invalid values are refused.

Longer than other files: one list with a second value for every setting of every class.
"""

import copy
import math
import operator
import pickle  # noqa: TID251 - users send models to other processes
import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet import activations, initializers, losses, metrics, optimizers
from glassnet.errors import ArgumentError, GlassnetError, GraphError, TrainingError
from glassnet.layers import FAMILY as LAYERS
from glassnet.layers import regularizers
from glassnet.optimizers import clipping, schedules
from glassnet.settings import Configured, FixedList, changes

DRAW = np.random.default_rng(7)
X = DRAW.normal(size=(12, 4))
Y = np.tanh(X[:, :2]) * 0.5 + 0.5

SGD = optimizers.SGD


def net_of(layer=None, optimizer=None, loss=None, metric=None):
    """A small network around a part, compiled."""
    layers = [gn.Input((4,)), gn.layers.Dense(4, "tanh", name="first")]
    layers += [layer] if layer is not None else []
    layers += [gn.layers.Flatten(), gn.layers.Dense(2, "sigmoid", name="last")]
    net = gn.Sequential(layers, dtype="float64", seed=1)
    net.compile(
        optimizer or SGD(0.1), loss or losses.MeanSquaredError(), [] if metric is None else [metric]
    )
    return net


def dense(**settings):
    return gn.layers.Dense(4, "tanh", name="part", **settings)


class Case:
    """A part of a network, how to find it there, and other values for its settings."""

    def __init__(self, name, make, find, **values):
        self.name, self.make, self.find, self.values = name, make, find, values


def layer_case(name, make, **values):
    return Case(name, lambda: net_of(make()), lambda net: net.layers[1], **values)


def activation_case(name, make, **values):
    return Case(
        name,
        lambda: net_of(gn.layers.Dense(4, make(), name="part")),
        lambda net: net.layers[1].activation,
        **values,
    )


def optimizer_case(name, make, **values):
    values = {"learning_rate": 0.03, "clip": clipping.ClipByValue(0.01), **values}
    return Case(name, lambda: net_of(optimizer=make()), lambda net: net.optimizer, **values)


RATE = {"increase_factor": 1.4, "decrease_factor": 0.3, "delta_max": 0.2}
KERNEL = {
    "activation": "relu",
    "kernel_initializer": "zeros",
    "bias_initializer": "ones",
}

LAYER_CASES = {
    "Activation": layer_case("Activation", lambda: gn.layers.Activation("tanh"), activation="relu"),
    "Dense": layer_case(
        "Dense",
        dense,
        units=5,
        use_bias=False,
        kernel_regularizer=regularizers.L2(0.1),
        bias_regularizer="l1",
        trainable=False,
        **KERNEL,
    ),
    "Dropout": layer_case("Dropout", lambda: gn.layers.Dropout(0.2), rate=0.6),
    "MaskedDense": layer_case(
        "MaskedDense",
        lambda: gn.layers.MaskedDense(np.eye(4), "tanh", name="part"),
        mask=np.tri(4),
        trainable=False,
        **KERNEL,
    ),
    "Rescaling": layer_case("Rescaling", lambda: gn.layers.Rescaling(2.0), scale=0.5, offset=1.0),
    "Reshape": layer_case("Reshape", lambda: gn.layers.Reshape((2, 2)), target_shape=(2, -1)),
    **{name: layer_case(name, getattr(gn.layers, name)) for name in ("Flatten", "Normalization")},
}
ACTIVATION_CASES = {
    "LeakyRelu": activation_case(
        "LeakyRelu", lambda: activations.LeakyRelu(0.1), negative_slope=0.7
    ),
    "Elu": activation_case("Elu", lambda: activations.Elu(0.5), alpha=2.0),
    "Steep": activation_case(
        "Steep",
        lambda: activations.Steep("tanh", 0.5, 3.0),
        activation="sigmoid",
        steepness=[0.1, 0.2, 0.3, 0.4],
        limit=0.1,
    ),
    "PerUnit": activation_case(
        "PerUnit",
        lambda: activations.PerUnit(["tanh", "relu", "tanh", activations.Elu()]),
        activations=["relu", "relu", "linear", "tanh"],
    ),
}
REGULARIZER_CASES = {
    name: Case(
        name,
        lambda name=name: net_of(dense(kernel_regularizer=getattr(regularizers, name)())),
        lambda net: net.layers[1].kernel_regularizer,
        **dict.fromkeys(settings, 0.4),
    )
    for name, settings in {"L1": ["l1"], "L2": ["l2"], "L1L2": ["l1", "l2"]}.items()
}
OPTIMIZER_CASES = {
    "SGD": optimizer_case("SGD", lambda: SGD(0.1, 0.5), momentum=0.9, nesterov=True),
    "Adam": optimizer_case(
        "Adam", lambda: optimizers.Adam(0.1), beta_1=0.5, beta_2=0.6, epsilon=0.1
    ),
    "AdamW": optimizer_case(
        "AdamW",
        lambda: optimizers.AdamW(0.1),
        weight_decay=0.3,
        beta_1=0.5,
        beta_2=0.6,
        epsilon=0.1,
    ),
    "Adagrad": optimizer_case(
        "Adagrad", lambda: optimizers.Adagrad(0.1), initial_accumulator_value=0.9, epsilon=0.1
    ),
    "RMSprop": optimizer_case("RMSprop", lambda: optimizers.RMSprop(0.1), rho=0.5, epsilon=0.1),
    "Quickprop": optimizer_case("Quickprop", optimizers.Quickprop, mu=1.1, decay=-0.1),
    "RPROP": optimizer_case(
        "RPROP", lambda: optimizers.RPROP(0.1), delta_zero=0.7, delta_min=0.05, **RATE
    ),
    "FannRPROP": optimizer_case(
        "FannRPROP", lambda: optimizers.FannRPROP(0.1), delta_zero=0.7, delta_min=0.05, **RATE
    ),
    "SARPROP": optimizer_case(
        "SARPROP",
        lambda: optimizers.SARPROP(0.1),
        delta_zero=0.7,
        weight_decay_shift=-2.0,
        step_error_threshold_factor=0.9,
        step_error_shift=0.5,
        temperature=0.2,
        **RATE,
    ),
    "LBFGS": Case(
        "LBFGS",
        lambda: net_of(optimizer=optimizers.LBFGS()),
        lambda net: net.optimizer,
        history=3,
        tolerance=0.1,
        gradient_tolerance=0.01,
    ),
}
CLIPPING_CASES = {
    name: Case(
        name,
        lambda name=name: net_of(optimizer=SGD(0.1, clip=getattr(clipping, name)(0.02))),
        lambda net: net.optimizer.clip,
        limit=0.005,
    )
    for name in ("ClipByValue", "ClipByNorm", "ClipByGlobalNorm")
}


def schedule_case(name, make, **values):
    return Case(
        name,
        lambda: net_of(optimizer=SGD(make())),
        lambda net: net.optimizer.learning_rate,
        **values,
    )


SCHEDULE_CASES = {
    "ConstantSchedule": schedule_case(
        "ConstantSchedule", lambda: schedules.ConstantSchedule(0.1), learning_rate=0.02
    ),
    "StepDecay": schedule_case(
        "StepDecay", lambda: schedules.StepDecay(0.1, 2), learning_rate=0.02, every=1, factor=0.1
    ),
    "ExponentialDecay": schedule_case(
        "ExponentialDecay",
        lambda: schedules.ExponentialDecay(0.1, 2, 0.5),
        learning_rate=0.02,
        decay_steps=1,
        decay_rate=0.1,
    ),
    "CosineDecay": schedule_case(
        "CosineDecay",
        lambda: schedules.CosineDecay(0.1, 9),
        learning_rate=0.02,
        decay_steps=5,
        alpha=0.5,
    ),
    "Warmup": schedule_case(
        "Warmup",
        lambda: schedules.Warmup(0.1, 9),
        schedule=schedules.StepDecay(0.5, 1),
        warmup_steps=5,
    ),
}


def loss_case(name, **values):
    make = getattr(losses, name)
    return Case(
        name,
        lambda: net_of(loss=make()),
        lambda net: net.loss,
        reduction="mean" if make().reduction == "sum" else "sum",
        **values,
    )


LOSS_CASES = {
    name: loss_case(
        name,
        **({"halved": True} if name == "TanhError" else {}),
        **({"delta": 0.1} if name == "Huber" else {}),
        **({"from_logits": True} if name.endswith("Crossentropy") else {}),
    )
    for name in sorted({cls.__name__ for cls in losses.FAMILY.members.values()})
}
METRIC_CASES = {
    name: Case(
        name,
        lambda name=name: net_of(
            loss="categorical_crossentropy" if name == "TopKAccuracy" else None,
            metric=getattr(metrics, name)(*([1] if name == "TopKAccuracy" else [])),
        ),
        lambda net: net.network.metrics[0],
        **values,
    )
    for name, values in {
        "Accuracy": {},
        "ExactMatch": {},
        "BitFail": {"limit": 0.01, "halved": True},
        "MeanAbsoluteError": {},
        "MeanSquaredError": {},
        "TopKAccuracy": {"k": 2},
    }.items()
}
INITIALIZER_CASES = {
    name: Case(
        name,
        lambda name=name: net_of(dense(kernel_initializer=getattr(initializers, name)())),
        lambda net: net.layers[1].kernel_initializer,
        **values,
    )
    for name, values in {
        "Constant": {"value": 0.3},
        "RandomUniform": {"low": -1.0, "high": 1.0},
        "RandomNormal": {"mean": 0.5, "stddev": 0.9},
        "Orthogonal": {"gain": 3.0},
        **{
            name: {}
            for name in (
                "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal",
                "LecunUniform", "Ones", "Zeros",
            )
        },
    }.items()
}  # fmt: skip
FAMILIES = {
    "layer": (LAYERS, LAYER_CASES),
    "activation": (activations.FAMILY, ACTIVATION_CASES),
    "regularizer": (regularizers.FAMILY, REGULARIZER_CASES),
    "optimizer": (optimizers.FAMILY, OPTIMIZER_CASES),
    "clipping": (clipping.FAMILY, CLIPPING_CASES),
    "schedule": (schedules.FAMILY, SCHEDULE_CASES),
    "loss": (losses.FAMILY, LOSS_CASES),
    "metric": (metrics.FAMILY, METRIC_CASES),
    "initializer": (initializers.FAMILY, INITIALIZER_CASES),
}
# Networks with several inputs and the place where samples enter have no setting of their own.
ELSEWHERE = {"Add", "Concatenate", "InputLayer"}
CASES = [case for _, cases in FAMILIES.values() for case in cases.values()]
CHANGES = [(case, name) for case in CASES for name in case.values]
EACH = pytest.mark.parametrize(
    ("case", "name"), CHANGES, ids=[f"{case.name}.{name}" for case, name in CHANGES]
)


@pytest.mark.parametrize("kind", FAMILIES)
def test_every_setting_has_another_value_here(kind):
    family, cases = FAMILIES[kind]
    assert {cls.__name__ for cls in family.members.values()} - ELSEWHERE == set(cases)
    for case in cases.values():
        part = case.find(case.make())
        settings = set(part._setting_names()) - {"name"}
        assert settings <= set(case.values), case.name
        assert settings <= set(part._rules), f"{case.name} has a setting without a rule"


def targets(net):
    return np.array([0, 1] * 6) if net.loss.takes_labels else _targets(net)


def _targets(net):
    is_one_hot = isinstance(net.loss, losses.CategoricalCrossentropy)
    return np.eye(2)[[0, 1] * 6] if is_one_hot else Y


def fitted(net, epochs=2, **settings):
    return net.fit(X, targets(net), epochs=epochs, batch_size=4, verbose=0, **settings)


def used(net):
    """Have every kind of program made."""
    net.predict(X)
    fitted(net)
    net.evaluate(X, targets(net), verbose=0)
    if not net.optimizer.is_host_side:
        net.train_on_batch(X, targets(net))


def changed(case, name):
    """Return a network that was used and then changed; None if the change was refused."""
    net = case.make()
    used(net)
    try:
        setattr(case.find(net), name, case.values[name])
        net.predict(X)
    except GlassnetError:
        return None
    return net


def assert_same_weights(one, two):
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


REFUSED = {("Dense", "units"), ("Dense", "use_bias")}


@EACH
def test_a_changed_model_is_its_file(case, name, tmp_path):
    net = changed(case, name)
    assert (net is None) == ((case.name, name) in REFUSED)
    if net is None:
        return
    path = net.save(tmp_path / "net.safetensors")
    again = gn.load(path)
    assert again.network.description() == net.network.description()
    np.testing.assert_array_equal(again.predict(X), net.predict(X))
    y = targets(net)
    assert again.evaluate(X, y, verbose=0).as_dict() == net.evaluate(X, y, verbose=0).as_dict()
    if not net.optimizer.is_host_side:
        found = [one.train_on_batch(X, y).as_dict() for one in (net, again)]
        assert found[0] == found[1]
    histories = [fitted(one).history for one in (net, again)]
    assert histories[0] == histories[1]
    assert_same_weights(net, again)


@EACH
def test_changed_within_a_run(case, name):
    one, two = case.make(), case.make()
    fitted(one, epochs=1)
    setattr(case.find(one), name, case.values[name])

    def change(epoch, logs=None):
        if epoch == 0:
            setattr(case.find(two), name, case.values[name])

    callback = gn.callbacks.LambdaCallback(on_epoch_end=change)
    is_refused = (case.name, name) in REFUSED or case.name in {*LOSS_CASES, *METRIC_CASES}
    if is_refused or two.optimizer.is_host_side:
        with pytest.raises(GlassnetError):
            fitted(two, epochs=3, callbacks=[callback])
        return
    fitted(one, epochs=2)
    fitted(two, epochs=3, callbacks=[callback])
    assert_same_weights(one, two)
    np.testing.assert_array_equal(one.predict(X), two.predict(X))


BAD = {
    "nan": math.nan,
    "inf": math.inf,
    "negative": -1.5,
    "none": None,
    "text": "nonsense",
    "list": [1, "x"],
    "object": {"class": "Nothing"},
    "huge": 10**400,
    "longest": 10**5000,
    "1e300": 1e300,
    "complex": 1j,
    "type": Configured,
}


@EACH
def test_values_that_make_no_sense(case, name, tmp_path):
    """They are refused, by the setter and the constructor alike, or give a file that loads."""
    net = case.make()
    net.build()
    part = case.find(net)
    before = part.fingerprint()
    for value in BAD.values():
        try:
            setattr(part, name, value)
        except GlassnetError as error:
            assert str(error)
            assert part.fingerprint() == before
            if name != "trainable":
                refused_at_birth(part, name, value)
        else:
            saved_or_refused(net, tmp_path / "net.safetensors")
            net = case.make()
            net.build()
            part = case.find(net)


def saved_or_refused(net, path):
    try:
        path = net.save(path)
    except GlassnetError:
        return
    again = gn.load(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # 1e300 squared
        np.testing.assert_array_equal(again.predict(X), net.predict(X))


def refused_at_birth(part, name, value):
    settings = {**part.setting_values(), name: value}
    if value is None and name == "kernel_initializer":
        return  # stands for a choice by the activation
    with pytest.raises(GlassnetError):
        type(part)(**settings)


def test_lists_and_arrays_are_replaced_as_a_whole():
    steep = activations.Steep("tanh", [0.1, 0.2])
    assert isinstance(steep.steepness, FixedList)
    each = activations.PerUnit(["tanh", "relu"])
    for call in (
        lambda: steep.steepness.append(1.0),
        lambda: steep.steepness.__setitem__(0, 1.0),
        lambda: each.activations.__setitem__(0, activations.relu),
        lambda: each.activations.sort(),
    ):
        with pytest.raises(ArgumentError, match="set the whole setting to a new list"):
            call()
    with pytest.raises(ValueError, match="read-only"):
        gn.layers.MaskedDense([[1, 0]]).mask[0, 0] = 0
    given = np.ones(3)
    constant = initializers.Constant(given)
    given[0] = 5.0
    assert constant((3,)).tolist() == [1.0, 1.0, 1.0]


class Table(gn.layers.base.Layer):
    """A layer of the user's own, whose settings hold others: arrays, dicts, lists of lists."""

    def __init__(self, table=(1.0, 1.0), options=None, nested=None, name=None):
        super().__init__(name)
        self.table, self.nested = table, nested or [[1.0], [2.0, 3.0]]
        self.options = options or {"factor": 1.0, "more": {"parts": [1.0]}}

    def output_shape(self, *shapes):
        return shapes[0]

    def call(self, context, *inputs):
        factor = self.options["factor"] + sum(self.options["more"]["parts"])
        return inputs[0] * float(factor * np.sum(self.table) * sum(map(sum, self.nested)))


CARRIED = {
    "itself": lambda net: net,
    "copied": copy.deepcopy,
    "pickled": lambda net: pickle.loads(pickle.dumps(net)),
    "loaded": lambda net: gn.load(net.save(net.name), {"Table": Table}),
}
IN_PLACE = {
    "array": lambda layer: layer.table.__setitem__(0, 9.0),
    "dict": lambda layer: layer.options.__setitem__("factor", 9.0),
    "updated": lambda layer: layer.options.update(factor=9.0),
    "within a dict": lambda layer: layer.options["more"].pop("parts"),
    "a list within": lambda layer: layer.options["more"]["parts"].append(9.0),
    "nested": lambda layer: layer.nested[1].__setitem__(0, 9.0),
    "union": lambda layer: operator.ior(layer.options, {"factor": 9.0}),
}


@pytest.mark.parametrize("way", CARRIED)
def test_settings_of_own_classes_are_replaced_as_a_whole(way, tmp_path):
    table, options = np.ones(2), {"factor": 2.0, "more": {"parts": [1.0]}}
    nested = [[1.0], [2.0, 3.0]]
    net = gn.Sequential(
        [gn.Input((4,)), Table(table, options, nested), gn.layers.MaskedDense(np.tri(4))],
        dtype="float64", seed=1, name=str(tmp_path / "net"),
    )  # fmt: skip
    net.compile("sgd", "mse")
    net.predict(X)
    net = CARRIED[way](net)
    before = net.predict(X)
    table[0], options["factor"], nested[0][0] = 9.0, 9.0, 9.0  # whoever gave them changes them
    layer, masked = net.layers
    for change in IN_PLACE.values():
        with pytest.raises((ArgumentError, ValueError), match=r"in place|read-only"):
            change(layer)
    with pytest.raises(ValueError, match="read-only"):
        masked.mask[0, 0] = 0.0
    changes_before, layer.name = changes(), layer.name
    assert changes() != changes_before
    np.testing.assert_array_equal(net.predict(X), before)
    layer.nested = [[2.0], [4.0, 6.0]]
    np.testing.assert_allclose(net.predict(X), 2 * before, rtol=1e-12)
    again = gn.load(net.save(tmp_path / "again"), {"Table": Table})
    np.testing.assert_array_equal(again.predict(X), net.predict(X))


def test_a_class_with_slots_is_copied_and_pickled():
    for way in (copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))):
        found = way(Slotted(3.0))
        assert (found.value, found.extra) == (3.0, "kept")


class Slotted(Configured):
    __slots__ = ("extra",)

    def __init__(self, value):
        self.value = value
        object.__setattr__(self, "extra", "kept")


def test_a_list_that_holds_itself_is_refused_where_it_is_written():
    endless = []
    endless.append(endless)
    with pytest.raises(GlassnetError, match="nested too deeply"):
        Table(nested=endless).to_config()


def test_what_an_object_holds_counts_too():
    """An activation within an activation within a layer, a list of them, a schedule's schedule."""
    inner = activations.LeakyRelu(0.1)
    layer = gn.layers.Dense(4, activations.PerUnit([activations.Steep(inner), "tanh"] * 2))
    net = net_of(layer)
    before = net.predict(X)
    inner.negative_slope = 0.9
    assert not np.array_equal(net.predict(X), before)
    warm = schedules.Warmup(schedules.StepDecay(0.1, 3), 2)
    warm.schedule.learning_rate = 0.5
    assert warm(9) == 0.5 * 0.5**2
    penalty = regularizers.L2(0.1)
    net = net_of(dense(kernel_regularizer=penalty))
    loss = net.evaluate(X, Y, verbose=0).loss
    penalty.l2 = 0.0
    plain = net.evaluate(X, Y, verbose=0).loss
    assert plain < loss
    net.layers[1].bias_regularizer = "l1"
    net.layers[1].kernel_regularizer = None
    assert net.evaluate(X, Y, verbose=0).loss == plain  # biases are 0


def test_a_program_is_kept_while_nothing_changes():
    net = net_of(dense())
    used(net)
    programs = net.network.prediction, net.network.step(), net.network.evaluation()
    net.optimizer.learning_rate = 0.5
    gn.layers.Dense(7)  # another object
    assert programs[0] is net.network.prediction
    assert programs[1] is net.network.step()
    assert programs[2] is net.network.evaluation()
    layer = net.layers[1]
    layer.activation = "relu"
    assert programs[1] is not net.network.step()
    layer.activation = "tanh"
    assert programs[1] is net.network.step()  # it is back, and so is its program


def test_a_rate_set_every_epoch_changes_no_program():
    net = net_of()
    before = changes()
    for value in (0.1, 0.2, 0.3):
        net.optimizer.learning_rate = value
    assert changes() == before


def test_an_initializer_changed_before_the_weights_are_drawn():
    x = gn.Input((4,))
    net = gn.Model(x, dense()(x), seed=0)
    net.layers[0].kernel_initializer = "zeros"
    assert not net.get_weights()[0].any()


def test_names_are_fixed_with_the_weights():
    net = net_of(dense())
    net.layers[1].name = "other"
    net.build()
    with pytest.raises(GraphError, match="the layer other cannot be called 'third' any more"):
        net.layers[1].name = "third"
    net.layers[1].name = "other"
    with pytest.raises(GraphError, match="cannot be the name of a layer"):
        gn.layers.Dense(2).name = "a.b"


def test_nesterov_needs_its_momentum_at_any_time():
    net = net_of(optimizer=SGD(0.1))
    with pytest.raises(ArgumentError, match="needs a momentum"):
        net.optimizer.nesterov = True
    assert net.optimizer.nesterov is False
    net.optimizer.momentum = 0.5
    net.optimizer.nesterov = True
    with pytest.raises(ArgumentError, match="needs a momentum"):
        net.optimizer.momentum = 0
    assert net.optimizer.momentum == 0.5
    with pytest.raises(ArgumentError, match="at most delta_max=50"):
        optimizers.RPROP().delta_min = 60.0


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        ({}, "momentum", 0.9),
        ({"momentum": 0.9}, "momentum", 0.0),
        ({}, "learning_rate", schedules.StepDecay(0.1, 2)),
        ({"learning_rate": schedules.StepDecay(0.1, 2)}, "learning_rate", 0.05),
        ({}, "clip", clipping.ClipByNorm(0.01)),
        ({"momentum": 0.5}, "nesterov", True),
    ],
)
@pytest.mark.parametrize("moment", ["on_epoch_begin", "on_train_batch_begin", "on_train_batch_end"])
@pytest.mark.parametrize("backend", ["numpy", "loops"])
def test_the_kind_of_step_may_change_within_a_run(settings, name, value, moment, backend):
    """After two batches of three: as two runs of which the second has the setting."""
    net, batches = net_of(optimizer=SGD(**settings)), []

    class Switch(gn.callbacks.Callback):
        pass

    def switch(self, number, logs=None):
        batches.append(number)
        if len(batches) == (3 if moment.endswith("begin") else 2):
            setattr(self.model.optimizer, name, value)

    setattr(Switch, moment, switch)
    per_batch = "batch" in moment
    net.fit(
        X, Y, epochs=1 if per_batch else 4, batch_size=4 if per_batch else 12, shuffle=False,
        verbose=0, callbacks=[Switch()], backend=backend,
    )  # fmt: skip
    other = net_of(optimizer=SGD(**settings))
    parts = [X[i : i + 4] for i in (0, 4, 8)] if per_batch else [X] * 4
    goals = [Y[i : i + 4] for i in (0, 4, 8)] if per_batch else [Y] * 4
    for place, (x, y) in enumerate(zip(parts, goals, strict=True)):
        if place == 2:
            setattr(other.optimizer, name, value)
        other.train_on_batch(x, y)
    assert_same_weights(net, other)


def test_freezing_and_dropout_within_a_run_on_the_compiled_backend():
    nets = [net_of(gn.layers.Dropout(0.2)) for _ in range(2)]
    for net, backend in zip(nets, ("numpy", "compiled"), strict=True):

        def change(epoch, logs=None, net=net):
            if epoch == 1:
                net.layers[0].trainable = False
                net.layers[1].rate = 0.5
                net.optimizer.momentum = 0.9

        callback = gn.callbacks.LambdaCallback(on_epoch_end=change)
        fitted(net, epochs=4, callbacks=[callback], backend=backend)
    for a, b in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_lbfgs_refuses_another_function_while_it_runs():
    net = net_of(dense(), optimizer=optimizers.LBFGS())

    def change(epoch, logs=None):
        net.layers[1].trainable = False

    with pytest.raises(TrainingError, match="while L-BFGS was running"):
        fitted(net, epochs=5, callbacks=[gn.callbacks.LambdaCallback(on_epoch_end=change)])
    for name, value in (("learning_rate", 0.1), ("clip", clipping.ClipByValue(1.0))):
        with pytest.raises(ArgumentError):
            setattr(net.optimizer, name, value)


def test_a_whole_network_is_frozen():
    net = net_of(dense())
    used(net)
    before = net.get_weights()
    net.trainable = False
    fitted(net)
    net.train_on_batch(X, Y)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))
    for wrong in (0, "no", None):
        with pytest.raises(ArgumentError, match="must be True or False"):
            net.trainable = wrong


class Shifted(gn.layers.base.Layer):
    """A layer of one's own with a setting and an attribute that is none."""

    def __init__(self, by=1.0, name=None):
        super().__init__(name)
        self.by = by
        self.more = 0.0

    def output_shape(self, *input_shapes):
        return input_shapes[0]

    def call(self, context, *inputs):
        self.built = getattr(self, "built", 0) + 1  # it may count how often it was asked
        return inputs[0] + self.by + self.more


def test_a_layer_of_ones_own():
    net = net_of(Shifted())
    layer = net.layers[1]
    first = net.predict(X)
    built = layer.built
    net.predict(X)
    assert layer.built == built
    layer.by = 2.0
    second = net.predict(X)
    layer.more = 1.0
    third = net.predict(X)
    assert not np.array_equal(first, second) and not np.array_equal(second, third)
