"""Objects that know their settings, and families found by name."""

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet import settings
from glassnet.activations import LeakyRelu
from glassnet.errors import ArgumentError, DTypeError
from glassnet.layers import regularizers
from glassnet.metrics import FAMILY as METRICS
from glassnet.optimizers import clipping, schedules
from glassnet.settings import Configured, Family, snake_case

FAMILIES = {
    "initializer": gn.initializers.FAMILY,
    "layer": gn.layers.FAMILY,
    "loss": gn.losses.FAMILY,
    "metric": METRICS,
    "optimizer": gn.optimizers.FAMILY,
    "regularizer": regularizers.FAMILY,
    "clipping": clipping.FAMILY,
    "schedule": schedules.FAMILY,
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GlorotUniform", "glorot_uniform"),
        ("L1L2", "l1_l2"),
        ("LBFGS", "lbfgs"),
        ("SGD", "sgd"),
        ("AdamW", "adamw"),
        ("RMSprop", "rmsprop"),
        ("StepDecay", "step_decay"),
        ("Conv2D", "conv2d"),
        ("Dense", "dense"),
    ],
)
def test_snake_case(name, expected):
    assert snake_case(name) == expected


@pytest.mark.parametrize("kind", FAMILIES)
def test_members(kind):
    family = FAMILIES[kind]
    for name in family.names():
        cls = family.members[name]
        assert family.members[cls.__name__] is cls
        assert issubclass(cls, family.base)
        assert cls.__doc__


@pytest.mark.parametrize(
    ("family", "name", "cls"),
    [
        ("optimizer", "adamw", "AdamW"),
        ("optimizer", "AdamW", "AdamW"),
        ("optimizer", "SGD", "SGD"),
        ("optimizer", "RMSProp", "RMSprop"),
        ("optimizer", "l_bfgs", "LBFGS"),
        ("optimizer", "LBFGS", "LBFGS"),
        ("regularizer", "l1l2", "L1L2"),
        ("regularizer", "L1L2", "L1L2"),
        ("loss", "MSE", "MeanSquaredError"),
        ("loss", "MeanSquaredError", "MeanSquaredError"),
        ("initializer", "GlorotUniform", "GlorotUniform"),
    ],
)
def test_other_ways_of_writing_a_name(family, name, cls):
    assert type(FAMILIES[family].get(name)).__name__ == cls


def test_get():
    family = FAMILIES["optimizer"]
    adam = gn.optimizers.Adam(0.5)
    assert family.get(adam) is adam
    assert family.get(gn.optimizers.Adam).learning_rate == 0.001
    assert family.get({"class": "Adam", "learning_rate": 0.1}).learning_rate == 0.1
    assert family.get({"class": "adam"}).learning_rate == 0.001
    for wrong in (3, None, ["adam"], {"name": "adam"}):
        with pytest.raises(ArgumentError, match="is no optimizer; give a name such as"):
            family.get(wrong)
    with pytest.raises(ArgumentError, match="unknown optimizer 'adm'; did you mean 'adam'"):
        family.get("adm")
    with pytest.raises(ArgumentError, match=r"Adam has no setting 'rate'.*learning_rate"):
        family.get({"class": "Adam", "rate": 0.1})


class Own(Configured):
    def __init__(self, value, other=None):
        self.value = value
        self.other = other


def test_descriptions():
    assert Own(3).to_config() == {"class": "Own", "value": 3, "other": None}
    assert Own(np.float32(0.5)).get_config()["value"] == 0.5
    assert Own(np.arange(2)).get_config()["value"] == {"array": [0, 1], "dtype": "int64"}
    assert Own((1, Own(2))).get_config()["value"] == [
        1,
        {"class": "Own", "value": 2, "other": None},
    ]
    assert Own(gn.ops.tanh).get_config()["value"] == "tanh"
    assert Own(LeakyRelu(0.1)).get_config()["value"]["negative_slope"] == 0.1
    assert json.loads(json.dumps(Own("a").to_config()))["value"] == "a"
    with pytest.raises(DTypeError, match=r"Own holds <function.*use a named function"):
        Own(lambda x: x).to_config()


def test_repr():
    assert repr(Own(3)) == "Own(value=3)"
    assert repr(Own("a", [1])) == "Own(value='a', other=[1])"
    assert "lambda" in repr(Own(lambda x: x))  # to be shown is always possible
    layer = gn.layers.Dense(3, activation=lambda z: z * 2.0)
    assert repr(layer).startswith("Dense(units=3")


def test_a_family_of_ones_own():
    family = Family("thing", Own)
    family.add(Own, "it")
    assert family.names() == ["it", "own"]
    assert settings.Family is Family
    with pytest.raises(ArgumentError, match="unknown thing 'on'; did you mean 'own'"):
        family.get("on")
