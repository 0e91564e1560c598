"""Bad input: the message says what came, what was expected and how to fix it.

Longer than other files: one list of wrong calls, in the order in which a user makes them.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import glassnet as gn
from glassnet.errors import (
    ArgumentError,
    DataError,
    DTypeError,
    GlassnetError,
    GraphError,
    ShapeError,
    TrainingError,
)

L = gn.layers
X = np.linspace(-1, 1, 40).reshape(10, 4)
LABELS = np.arange(10) % 3
NUMBERS = X.sum(axis=1, keepdims=True)


def classifier():
    net = gn.Sequential([gn.Input((4,)), L.Dense(5, "relu"), L.Dense(3, "softmax")], seed=0)
    net.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    return net


def regressor():
    net = gn.Sequential([gn.Input((4,)), L.Dense(1)], seed=0)
    net.compile("sgd", "mse")
    return net


def refused(call, message, error=GlassnetError):
    with pytest.raises(error, match=message) as caught:
        call()
    return str(caught.value)


# The samples --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fit", "predict", "evaluate"])
@pytest.mark.parametrize(
    ("x", "message", "error"),
    [
        (X[:, :3], r"x has the shape \(10, 3\), but the network was built for \(n, 4\); every "
         r"sample needs 4 features, but has 3", ShapeError),
        (X[0], r"x has the shape \(4,\), but .*for a single sample use x\[None\], which has the "
         r"shape \(1, 4\)", ShapeError),
        (X.reshape(10, 2, 2), r"x has the shape \(10, 2, 2\).*use x.reshape\(\(-1, 4", ShapeError),
        (X[:0], r"x is empty: its shape is \(0, 4\). Pass at least one sample", DataError),
        (np.where(X[3, 2] == X, np.nan, X), r"x holds 1 value that is not finite: x\[3, 2\] is n",
         DataError),
        (np.where(X[3, 2] == X, np.inf, X), r"not finite: x\[3, 2\] is inf", DataError),
        (X * 1e300, r"x\[0, 0\] is -1e\+300, too large for float32. Scale the data, or use a net",
         DataError),
        (X.astype(complex), r"x holds values of type complex128; real numbers are needed",
         DTypeError),
        (X.astype(str), r"x\[0, 0\] is the text '-1.0' where a number is needed", DTypeError),
        (np.array([["a", 1.0, 2.0, 3.0]] * 10, object), r"x\[0, 0\] is the text 'a'", DTypeError),
        ([[1, 2, 3, None]] * 10, r"x\[0, 3\] is missing \(None\)", DataError),
        ([[1, 2, 3, 4], [1, 2]] * 5, r"rows of x differ in length: row 0 has 4 values, row 1 has 2",
         ShapeError),
        ("hello", r"x is the text 'hello'", DTypeError),
        (3.5, r"x is the single number 3.5; pass an array of samples", ShapeError),
        ({"a": X}, r"the network has the input x, but x has a", ArgumentError),
        (np.zeros((10, 4), "datetime64[s]"), r"x holds values of type datetime64", DTypeError),
        (object(), r"x is a object where a number is needed", DTypeError),
        (iter(X), r"x is a .*iter.* where a number is needed", DTypeError),
        ({1, 2}, r"x is a set where a number is needed", DTypeError),
        (np.ma.masked_less(X, 0), r"x is a masked array with masked values; fill or remove",
         DataError),
    ],
)  # fmt: skip
def test_samples_that_cannot_be_used(name, x, message, error):
    net = classifier()
    call = {
        "fit": lambda: net.fit(x, LABELS, verbose=0),
        "predict": lambda: net.predict(x),
        "evaluate": lambda: net.evaluate(x, LABELS),
    }[name]
    refused(call, message, error)
    assert net.network.state.step == 0


def test_no_samples_at_all():
    refused(lambda: classifier().fit(None, LABELS), r"x is missing|x is a NoneType", GlassnetError)
    net = gn.Sequential([L.Dense(1)])
    refused(lambda: net.predict(None), r"x is missing: give the samples, one row each")


def test_one_sample_for_a_model_that_does_not_know_its_input():
    net = gn.Sequential([L.Dense(1)], seed=0)
    message = r"x has the shape \(4,\), one number a sample; for one sample of 4 features use x\[N"
    refused(lambda: net.predict(X[0]), message, ShapeError)
    assert not net.built


def test_several_inputs():
    a, b = gn.Input((4,)), gn.Input((2,))
    net = gn.Model([a, b], L.Dense(1)(L.Concatenate()([a, b])), seed=0)
    refused(lambda: net.predict(X), r"the network has 2 inputs, but x holds one ndarray; give x as")
    refused(lambda: net.predict([X]), r"the network has 2 inputs, but x holds 1; give x as a list")
    refused(lambda: net.predict({"x1": X}), r"has the inputs x1, x2, but x has x1")
    refused(lambda: net.predict([X, X]), r"x2 has the shape \(10, 4\), but .* for \(n, 2\)")
    refused(lambda: net.predict([X, X[:3, :2]]), r"x1 has 10 rows but x2 has 3", ShapeError)


@pytest.mark.parametrize("most_units", [1500, 0])
def test_one_sample_of_a_predictor(most_units, monkeypatch):
    monkeypatch.setattr("glassnet.backends.choice.MOST_UNITS", most_units)
    one = classifier().predictor()
    missing, text = r"x\[1\] is missing", r"x\[0\] is the text '9,5' where a number is needed"
    for row, message, error in (
        (["9,5", 1, 2, 3], text, DTypeError),
        (np.array(["9,5", 1, 2, 3], object), text, DTypeError),
        (np.array(["9,5", "1", "2", "3"]), text, DTypeError),
        (pd.Series(["9,5", 1, 2, 3]), text, DTypeError),
        ([1, None, 2, 3], missing, DataError),
        (np.array([1, None, 2, 3], object), missing, DataError),
        (pd.Series([1, pd.NA, 2, 3]), missing, DataError),
        ([1, [2, 3], 4, 5], "x cannot be made into one array", ShapeError),
        ({"a": 1}, "x is a dict where a number is needed", DTypeError),
        (None, "x is missing", DataError),
        ([1, 2], r"takes one sample of shape \(4,\), not \(2,\)", ShapeError),
    ):
        refused(lambda row=row: one(row), message, error)
    assert np.isnan(one([1, np.nan, 2, 3])).all()  # it looks for nothing among numbers
    np.testing.assert_array_equal(one(X[0].tolist()), one(X[0]))
    np.testing.assert_array_equal(one(X[0].astype(object)), one(X[0]))


def test_values_with_names_of_a_predictor():
    net = gn.Sequential([L.Dense(3, "softmax")], seed=0)
    names = ["a", "b", "c", "d"]
    net.fit(pd.DataFrame(X, columns=names), LABELS, verbose=0)
    row = dict(zip(names[::-1], X[0, ::-1], strict=True))
    for value, message, error in (("9,5", "text '9,5'", DTypeError), (None, "missing", DataError)):
        named = row | {"b": value}
        series = pd.Series(named, dtype=object)
        refused(lambda named=named: net.predictor()(named), f"'b', .* {message}", error)
        for call in (net.predictor(), net.explain):
            refused(lambda call=call, one=series: call(one), f"'b', .* {message}", error)


# The targets --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "message", "error"),
    [
        (None, r"y is missing: training and evaluation need the targets", ArgumentError),
        (LABELS[:7], r"x has 10 rows but y has 7: they need one row each per sample", ShapeError),
        (LABELS + 1, r"y\[2\] is 3, but with 3 classes labels go from 0 to 2", DataError),
        (LABELS - 1, r"y\[0\] is -1, but labels start at 0. Number the classes 0, 1, 2", DataError),
        (LABELS + 0.5, r"y\[0\] is 0.5, but labels are whole numbers", DataError),
        (LABELS[:, None], r"y has the shape \(10, 1\).*one number a sample, shape \(n,\); use y.ra",
         ShapeError),
        (np.eye(3)[LABELS], r"y has the shape \(10, 3\), which looks one-hot; use loss='categoric",
         ShapeError),
        (np.array(["cat", "dog"] * 5), r"y\[0\] is the text 'cat' where a number is needed",
         DTypeError),
        (np.full(10, np.nan), r"y holds 10 values that are not finite", DataError),
        (3, r"y is 3; give an array of targets, one row a sample", ShapeError),
        ([], r"y is empty; at least one sample is needed", DataError),
        ([[1, 2], [1]] * 5, r"rows of y differ in length", ShapeError),
        ([None] * 10, r"y\[0\] is missing \(None\)", DataError),
        (LABELS.astype(complex), r"y holds values of type complex128", DTypeError),
    ],
)  # fmt: skip
def test_class_targets_that_cannot_be_used(y, message, error):
    net = classifier()
    refused(lambda: net.fit(X, y, verbose=0), message, error)
    refused(lambda: net.evaluate(X, y), message, error)
    refused(lambda: net.train_on_batch(X, y), message, error)
    assert net.network.state.step == 0


def test_a_column_against_a_row_is_never_broadcast():
    """(n,) against (n, 1) would give n · n differences: in fit it is the column that is meant."""
    net = regressor()
    assert net.evaluate(X, NUMBERS.ravel(), verbose=0) == net.evaluate(X, NUMBERS, verbose=0)
    message = r"y has the shape \(10,\), but the network gives \(n, 1\).*use y.reshape\(-1, 1\)"
    refused(lambda: gn.losses.get("mse")(NUMBERS.ravel(), NUMBERS), message, ShapeError)
    wide = gn.Sequential([gn.Input((4,)), L.Dense(4)], seed=0)
    wide.compile("sgd", "mse")
    refused(lambda: wide.fit(X, NUMBERS, verbose=0), r"y has the shape \(10, 1\).*\(n, 4\)")
    refused(lambda: wide.fit(X, LABELS, verbose=0), r"for class labels use loss='sparse_categor")


def test_targets_outside_of_what_a_loss_can_use():
    net = gn.Sequential([gn.Input((4,)), L.Dense(1, "sigmoid")], seed=0)
    net.compile("sgd", "binary_crossentropy")
    refused(
        lambda: net.fit(X, NUMBERS * 9, verbose=0), r"needs targets between 0 and 1, but y goes"
    )
    net.compile("sgd", "sparse_categorical_crossentropy")
    refused(
        lambda: net.fit(X, LABELS, verbose=0), r"needs one output a class, but the network has 1"
    )
    net = gn.Sequential([gn.Input((4,)), L.Dense(3, "softmax")], seed=0)
    net.compile("sgd", "categorical_crossentropy")
    refused(lambda: net.fit(X, LABELS, verbose=0), r"one-hot targets from gn.utils.to_categorical")
    refused(lambda: net.fit(X, np.ones((10, 3)), verbose=0), r"rows of probabilities that sum to 1")


# The arguments ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, r"batch_size=0 must be a whole number of at least 1, or 'full' for al"),
        ({"batch_size": -3}, r"batch_size=-3 must be"),
        ({"batch_size": 2.5}, r"batch_size=2.5 must be"),
        ({"batch_size": "all"}, r"batch_size='all' must be"),
        ({"batch_size": True}, r"batch_size=True must be"),
        ({"batch_size": [32]}, r"batch_size=\[32\] must be"),
        ({"batch_size": X}, r"batch_size=<ndarray of shape \(10, 4\)> must"),
        ({"epochs": -1}, r"epochs=-1 must be a whole number, 0 or greater"),
        ({"epochs": 1.5}, r"epochs=1.5 must be"),
        ({"epochs": "3"}, r"epochs='3' must be"),
        ({"epochs": True}, r"epochs=True must be"),
        ({"epochs": None}, r"epochs=None must be"),
        ({"initial_epoch": -1}, r"initial_epoch=-1 must be"),
        ({"validation_split": 1.0}, r"validation_split=1.0 must lie between 0 and 1; it is the fr"),
        ({"validation_split": -0.1}, r"validation_split=-0.1 must lie"),
        ({"validation_split": "0.1"}, r"validation_split='0.1' must lie"),
        ({"validation_split": float("nan")}, r"validation_split=nan must lie"),
        ({"validation_split": True}, r"validation_split=True must lie"),
        ({"validation_split": X}, r"validation_split=<ndarray of shape \(10, 4\)> must lie"),
        ({"validation_data": X}, r"validation_data must be \(x, y\) or \(x, y, sample_weight\), "
         "not ndarray"),
        ({"validation_data": (X,)}, r"validation_data must be \(x, y\).*not tuple of 1"),
        ({"validation_data": 5}, r"not int"),
        ({"validation_data": {"x": X}}, r"not dict"),
        ({"validation_data": (X[:, :3], LABELS)}, r"in validation_data: x has the shape \(10, 3\)"),
        ({"validation_data": (X, LABELS + 1)}, r"in validation_data: y\[2\] is 3, but with 3 clas"),
        ({"validation_data": (X, LABELS, [1.0])}, r"in validation_data: sample_weight has the sha"),
        ({"sample_weight": np.ones(9)}, r"sample_weight has the shape \(9,\), but one weight a sa"),
        ({"sample_weight": np.ones((10, 1))}, r"sample_weight has the shape \(10, 1\)"),
        ({"sample_weight": -np.ones(10)}, r"sample_weight must be 0 or greater, but holds -1"),
        ({"sample_weight": np.full(10, np.nan)}, r"sample_weight holds 10 values that are not fin"),
        ({"sample_weight": ["a"] * 10}, r"sample_weight\[0\] is the text 'a'"),
        ({"sample_weight": 2.0}, r"sample_weight is the single number 2.0"),
        ({"sample_weight": [[1], [1, 2]] * 5}, r"rows of sample_weight differ in length"),
        ({"class_weight": {"0": 2.0}}, r"class_weight names the class '0', but the classes are th"),
        ({"class_weight": {3: 2.0}}, r"class_weight names the class 3, but .* numbers 0 to 2"),
        ({"class_weight": {0: -1}}, r"class_weight of class 0 is -1; a weight is a finite number"),
        ({"class_weight": {0: "x"}}, r"class_weight of class 0 is 'x'"),
        ({"class_weight": [1, 2]}, r"class_weight=\[1, 2\] must be a dict .* or 'balanced'"),
        ({"class_weight": "even"}, r"class_weight='even' must be a dict"),
        ({"shuffle": "batch"}, r"shuffle='batch' must be True or False"),
        ({"seed": -1}, r"seed=-1 must be a whole number, 0 or greater and below 2\*\*63, or None"),
        ({"seed": 2**63}, r"seed=9223372036854775808 must be"),
        ({"seed": "a"}, r"seed='a' must be"),
        ({"seed": 1.5}, r"seed=1.5 must be"),
        ({"backend": "numby"}, r"backend='numby' is not known; did you mean 'num"),
        ({"backend": None}, r"backend=None is not known"),
        ({"backend": 5}, r"backend=5 is not known"),
        ({"resume": "no-such-file"}, r"there is no file 'no-such-file'"),
    ],
)  # fmt: skip
def test_arguments_of_fit_that_make_no_sense(settings, message):
    net = classifier()
    refused(lambda: net.fit(X, LABELS, **{"verbose": 0, **settings}), message)
    assert not net.built or net.network.state.step == 0


def test_class_weights_without_classes():
    refused(
        lambda: regressor().fit(X, NUMBERS, class_weight={0: 1.0}, verbose=0),
        r"class_weight needs targets that are classes, but y with MeanSquaredError holds quant",
        ArgumentError,
    )


@pytest.mark.parametrize("batch_size", [0, -1, "x", 2.5, True])
def test_pieces_that_make_no_sense(batch_size):
    net = classifier()
    for call in (
        lambda: net.predict(X, batch_size=batch_size),
        lambda: net.evaluate(X, LABELS, batch_size=batch_size),
    ):
        refused(call, r"batch_size=.* must be a whole number of at least 1, or 'full'")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("adm", "mse"), r"unknown optimizer 'adm'; did you mean 'adam'\?"),
        (("adam", "msee"), r"unknown loss 'msee'; did you mean 'mse'\?"),
        (("adam", "mse", ["acuracy"]), r"unknown metric 'acuracy'; did you mean 'accuracy'\?"),
        (("adam",), r"compile needs a loss, for example loss='mean_squared_error'"),
        ((None, "mse"), r"None is no optimizer; give a name such as"),
        ((0.1, "mse"), r"0.1 is no optimizer"),
        (("adam", 5), r"5 is no loss"),
        (("adam", "mse", [5]), r"5 is no metric"),
        (("adam", "mse", 5), r"metrics=5 must be a list, for example \['accuracy'\]"),
        (
            ("adam", "mse", ["mae", "mean_absolute_error"]),
            r"two numbers of the history would be ca",
        ),
        (("adam", "mse", [gn.optimizers.Adam()]), r"is no metric"),
        ((gn.losses.get("mse"), "mse"), r"is no optimizer"),
        (({"class": "Adam", "lr": 1}, "mse"), r"Adam has no setting 'lr'"),
        (({"class": "Adm"}, "mse"), r"unknown optimizer 'Adm'; did you mean 'adam'"),
    ],
)
def test_compile_with_what_is_not_known(arguments, message):
    net = regressor()
    refused(lambda: net.compile(*arguments), message, ArgumentError)
    net.fit(X, NUMBERS, verbose=0)  # what was compiled before still holds


def test_forgetting_compile_is_no_error_but_asking_for_its_parts_is():
    net = gn.Sequential([L.Dense(1)])
    refused(lambda: net.optimizer, r"not compiled yet: call compile\(optimizer, loss\)")
    for call in (net.get_weights, net.summary, net.build, net.count_params):
        message = r"does not know the shape of its input yet: put gn.Input\(\(features,\)\) first"
        refused(call, message, TrainingError)
    refused(lambda: net.save("x"), r"does not know the shape of its input yet", TrainingError)


# The parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L.Dense(0), r"Dense\(units=0\): units must be a positive whole number"),
        (lambda: L.Dense(-1), r"Dense\(units=-1\)"),
        (lambda: L.Dense(2.5), r"Dense\(units=2.5\)"),
        (lambda: L.Dense("10"), r"Dense\(units='10'\)"),
        (lambda: L.Dense(True), r"Dense\(units=True\)"),
        (lambda: L.Dense(2, "sigmiod"), r"unknown activation 'sigmiod'; did you mean 'sigmoid'\?"),
        (lambda: L.Dense(2, 5), r"activation"),
        (lambda: L.Dense(2, kernel_initializer="glorot"), r"unknown initializer 'glorot'; did you"),
        (lambda: L.Dense(2, kernel_regularizer="l3"), r"unknown regularizer 'l3'; known are: l1"),
        (lambda: L.Dense(2, name="a.b"), r"'a.b' cannot be the name of a layer: it must be text"),
        (lambda: L.Dense(2, name=""), r"'' cannot be the name of a layer"),
        (lambda: L.Dense(2, name="a\tb"), r"invisible character"),
        (lambda: L.Dense(2, name="\ud800"), r"invisible character"),
        (lambda: L.Dense(2, name=5), r"5 cannot be the name of a layer"),
        (lambda: L.Dropout(1.5), r"Dropout\(rate=1.5\): the rate must be at least 0 and below 1"),
        (lambda: L.Dropout(1), r"Dropout\(rate=1\)"),
        (lambda: L.Dropout(float("nan")), r"Dropout\(rate=nan\)"),
        (lambda: L.Dropout("0.5"), r"Dropout\(rate='0.5'\)"),
        (lambda: gn.Input((None, 4)), r"Input\(shape=\(None, 4\)\): .*without the batch size, for"),
        (lambda: gn.Input((0,)), r"Input\(shape=\(0,\)\)"),
        (lambda: gn.Input(-1), r"Input\(shape=-1\)"),
        (lambda: gn.Input("4"), r"Input\(shape='4'\)"),
        (lambda: gn.Input(4.0), r"Input\(shape=4.0\)"),
        (lambda: gn.Input(None), r"Input\(shape=None\)"),
        (lambda: gn.optimizers.Adam(-0.1), r"learning_rate=-0.1 must be a finite number, 0 or gre"),
        (lambda: gn.optimizers.Adam(float("nan")), r"learning_rate=nan must be a finite number"),
        (lambda: gn.optimizers.SGD(float("inf")), r"learning_rate=inf must be a finite number"),
        (lambda: gn.optimizers.SGD("fast"), r"learning_rate='fast' must be a number or a schedule"),
        (lambda: gn.optimizers.SGD(momentum=1.5), r"momentum=1.5 must be .* at least 0 and below"),
        (lambda: gn.Sequential(dtype="float16"), r"dtype='float16' must be 'float32' or 'float64'"),
        (lambda: gn.Sequential(dtype=5), r"dtype=5 must be"),
        (lambda: gn.Sequential(seed=-1), r"seed=-1 must be a whole number, 0 or greater"),
        (lambda: gn.Sequential(seed="x"), r"seed='x' must be"),
        (lambda: gn.Sequential(seed=True), r"seed=True must be"),
        (lambda: gn.Sequential(name=5), r"name=5 must be text or None"),
        (lambda: gn.Sequential(L.Dense(3)), r"is no list; write gn.Sequential\(\[layer, ...\]\)"),
        (lambda: gn.Sequential(5), r"5 is no list"),
        (lambda: gn.Sequential([L.Dense]), r"Dense is a class; use Dense\(...\) to make a layer"),
        (lambda: gn.Sequential(["dense"]), r"'dense' is no layer; use for example gn.layers.Dense"),
        (lambda: gn.Sequential([L.Dense(3), gn.Input((4,))]), r"an Input can only stand first"),
        (lambda: gn.Sequential([gn.Sequential([L.Dense(3)])]), r"a model is no layer of a Sequent"),
        (lambda: gn.Sequential([L.Dense(2)(gn.Input((4,)))]), r"is the output of a layer; in a Se"),
        (lambda: gn.Model(gn.Input((4,)), L.Dense(3)), r"outputs holds the layer Dense itself; a"),
        (lambda: gn.Model([], []), r"inputs=\[\] must be a gn.Input"),
        (lambda: gn.Model("a", "b"), r"inputs='a' must be a gn.Input"),
        (lambda: L.Dense(3)(X), r"Dense was called with ndarray, but a layer is applied to gn.Inp"),
        (lambda: L.Dense(3)(), r"Dense takes one input, but 0 were given"),
        (lambda: L.Add()([gn.Input((4,)), gn.Input((3,))]), r"Add needs two or more inputs of one"),
        (lambda: gn.callbacks.EarlyStopping(patience="x"), r"patience='x'"),
    ],
)  # fmt: skip
def test_parts_that_cannot_be_made(make, message):
    refused(make, message)


def test_unknown_names_of_arguments_are_python_s_own_error():
    for call in (
        lambda: L.Dense(3, kernel_init="zeros"),
        lambda: classifier().fit(X, LABELS, epoch=3),
        lambda: gn.Sequential(layer=[]),
    ):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            call()


def test_inputs_and_outputs_that_are_not_connected():
    a, b = gn.Input((4,)), gn.Input((4,))
    refused(
        lambda: gn.Model(a, L.Dense(1)(b)),
        r"the outputs depend on an Input of shape \(4,\) that is not among the inputs of the model",
    )
    refused(lambda: gn.Model(L.Dense(2)(a), L.Dense(1)(a)), r"is the output of a layer; inputs are")
    refused(lambda: gn.Model([a, a], L.Dense(1)(a)), r"the same gn.Input is given twice")


def test_the_table_of_layers_up_to_the_one_that_does_not_fit():
    net = gn.Sequential(
        [gn.Input((4,)), L.Dense(6, "relu"), L.Dense(5), L.Reshape((2, 3)), L.Dense(1)]
    )
    text = refused(net.build, r"the layer reshape_1 \(Reshape\) does not fit", ShapeError)
    assert "a sample of shape (5,) has 5 values" in text
    table = text[text.index("The network up to there:") :].splitlines()[1:]
    assert [re.sub(" +", " ", line.strip()) for line in table] == [
        "input (n, 4)",
        "dense_1 (n, 6)",
        "dense_2 (n, 5)",
        "reshape_1 <- given (n, 5)",
    ]


def test_two_layers_of_one_name():
    net = gn.Sequential([gn.Input((4,)), L.Dense(3, name="a"), L.Dense(3, name="a")])
    refused(
        net.build, r"two layers are called 'a'; every layer needs a name of its own", GraphError
    )


def test_one_layer_twice_or_too_late():
    layer = L.Dense(4)
    refused(lambda: gn.Sequential([layer, layer]), r"is in the model already", GraphError)
    net = classifier()
    net.build()
    refused(lambda: net.add(L.Dense(1)), r"the model is built already; add layers before fit, pre")


def test_a_shared_layer_for_two_shapes():
    a, b = gn.Input((4,)), gn.Input((3,))
    shared = L.Dense(2)
    refused(
        lambda: gn.Model([a, b], L.Add()([shared(a), shared(b)])),
        r"dense_1 has weights for inputs of shape \(n, 4\), but is given \(n, 3\)",
    )


def test_no_layers():
    refused(lambda: gn.Sequential().predict(X), r"the model has no layers; add one, for example")


@pytest.mark.parametrize("shape", [(4,), 4, (None, None), (None, 0), "ab", (None, 2.5), ()])
def test_build_with_a_shape_that_is_none(shape):
    net = gn.Sequential([L.Dense(2)])
    if shape == (4,):  # the batch axis alone
        refused(lambda: net.build(shape), r"Dense needs samples with at least one axis", ShapeError)
    else:
        refused(lambda: net.build(shape), r"the shape starts with the batch axis", ArgumentError)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([], r"set_weights got 0 arrays, but the network has 4: W1 \(4, 5\), b1 \(5,\), W2"),
        ([np.zeros((5, 4)), np.zeros(5), np.zeros((5, 3)), np.zeros(3)],
         r"set_weights: W1 of dense_1 has the shape \(4, 5\), but the array given .* \(5, 4\)"),
        ([np.zeros((4, 5)), np.zeros((5, 1)), np.zeros((5, 3)), np.zeros(3)],
         r"set_weights: b1 of dense_1 has shape \(5, 1\); 1 axes are needed"),
        ([np.full((4, 5), np.nan), np.zeros(5), np.zeros((5, 3)), np.zeros(3)],
         r"set_weights: W1 of dense_1 holds 20 values that are not finite"),
        (["a", "b", "c", "d"], r"set_weights: W1 of dense_1 is the text 'a'"),
        (None, r"set_weights needs a list of arrays, as get_weights gives it, not NoneType"),
        (5, r"set_weights needs a list of arrays"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit(weights, message):
    net = classifier()
    before = net.get_weights()
    refused(lambda: net.set_weights(weights), message)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))


def test_a_layer_larger_than_memory(monkeypatch):
    from glassnet.initializers import Zeros

    def too_much(self, shape, seed, name):
        raise MemoryError

    monkeypatch.setattr(Zeros, "__call__", too_much)
    net = gn.Sequential([gn.Input((4,)), L.Dense(3, kernel_initializer="zeros")])
    refused(net.build, r"W1 of dense_1 would have the shape \(4, 3\), more numbers than memory")
