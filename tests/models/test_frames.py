"""Data frames are matched by the names of their columns, wherever samples are given."""

from __future__ import annotations

import copy
import pickle  # noqa: TID251 - users send models to other processes
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassnet as gn
from glassnet.data.frames import FrameWarning, is_frame
from glassnet.errors import ArgumentError, DataError, DTypeError, GlassnetError, ShapeError

L = gn.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)) * [1, 5, 0.1] + [0, 3, 1.7e9]
Y = (X[:, 0] > 0).astype(int)
NAMES = ["width", "height", "when"]


def frame(library, names=NAMES, values=X, order=None):
    order = range(len(names)) if order is None else order
    return library.DataFrame({names[place]: values[:, place] for place in order})


def pandas_rows(names=NAMES, values=X, order=None):
    """A frame as it is after a shuffle: its index is in disorder."""
    made = frame(pd, names, values, order)
    return made.set_index(RNG.permutation(len(made)) + 100)


MAKERS = {
    "pandas": lambda **how: frame(pd, **how),
    "pandas with an index": pandas_rows,
    "polars": lambda **how: frame(pl, **how),
}


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


def network(*, outputs=2, **settings):
    last = L.Dense(outputs, "softmax") if outputs > 1 else L.Dense(1)
    net = gn.Sequential([L.Normalization(), L.Dense(4, "tanh"), last], seed=0, **settings)
    loss = "sparse_categorical_crossentropy" if outputs > 1 else "mse"
    net.compile(gn.optimizers.Adam(0.05), loss, ["accuracy"] if outputs > 1 else [])
    return net


@pytest.fixture
def trained(make):
    net = network()
    net.fit(make(), Y, epochs=3, verbose=0)
    return net


def disordered(make, order=(2, 0, 1)):
    return make(order=order)


# Every call that takes samples ---------------------------------------------------------------

CALLS = {
    "predict": lambda net, x, y: net.predict(x),
    "predict in a list": lambda net, x, y: net.predict([x]),
    "predict by the input's name": lambda net, x, y: net.predict({"x": x}),
    "call": lambda net, x, y: net(x),
    "predict_labels": lambda net, x, y: net.predict_labels(x),
    "evaluate": lambda net, x, y: list(net.evaluate(x, y)),
    "test_on_batch": lambda net, x, y: list(net.test_on_batch(x, y)),
    "train_on_batch": lambda net, x, y: [*net.train_on_batch(x, y), *net.get_weights()[-1]],
    "fit": lambda net, x, y: net.fit(x, y, epochs=2, verbose=0).history["loss"],
    "validation_data": lambda net, x, y: net.fit(
        X, Y, epochs=2, verbose=0, validation_data=(x, y)
    ).history["val_loss"],
    "explain": lambda net, x, y: str(net.explain(x[:3], y[:3])),
    "explain forward": lambda net, x, y: str(net.explain(x[:3])),
    "source": lambda net, x, y: net.source(x[:5], y[:5], epochs=1),
    "diagnose": lambda net, x, y: str(
        net.diagnose(x, y, validation_data=(x, y), verbose=0, checks=["unscaled", "leakage"])
    ),
    "values of layers": lambda net, x, y: [
        array.sum() for array in gn.training.inspection.layer_values(net.network, x)
    ],
}


@pytest.mark.parametrize("call", CALLS)
def test_any_order_gives_the_same(make, trained, call, tmp_path):
    y = pd.Series(Y, index=RNG.permutation(40)) if "pandas" in str(type(make())) else pl.Series(Y)
    expected = CALLS[call](copy.deepcopy(trained), X, Y)
    for net in (
        copy.deepcopy(trained),
        pickle.loads(pickle.dumps(trained)),
        gn.load(trained.save(tmp_path / "net.safetensors")),
    ):
        assert net.info["feature_names"] == NAMES
        found = CALLS[call](net, disordered(make), y)
        if isinstance(found, str):
            assert found == expected
        else:
            np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


@given(st.permutations(range(3)), st.lists(st.sampled_from("abcd"), unique=True))
@settings(max_examples=25, deadline=None)
def test_any_order_among_any_other_columns(order, extra):
    net = network()
    net.fit(frame(pd), Y, verbose=0)
    expected = net.predict(X)
    for library in (pd, pl):
        columns = {NAMES[place]: X[:, place] for place in order}
        columns = {**{name: ["text"] * 40 for name in extra[::2]}, **columns}
        columns |= {name: np.arange(40) for name in extra[1::2]}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            np.testing.assert_array_equal(net.predict(library.DataFrame(columns)), expected)
        assert [one.category for one in caught] == [FrameWarning] * bool(extra)
        for name in extra:
            assert repr(name) in str(caught[0].message)


def test_warnings_point_at_the_code_of_the_user(make, trained):
    with pytest.warns(FrameWarning, match="column 'x' is left out: it is not among") as caught:
        trained.predict(make(names=[*NAMES, "x"], values=np.c_[X, X[:, :1]]))
    assert caught[0].filename == __file__


def test_missing_columns_are_listed(make, trained):
    with pytest.raises(DataError, match=r"no columns 'width', 'when', which .* it has 'height'"):
        trained.predict(make(order=[1]))
    with pytest.raises(DataError, match=r"no column 'width', .* did you mean 'widht'\?"):
        trained.evaluate(make(names=["widht", *NAMES[1:]]), Y)
    with pytest.raises(DataError, match="in validation_data: x has no column"):
        trained.fit(make(), Y, verbose=0, validation_data=(make(order=[0, 1]), Y))


def test_arrays_go_by_position(make, trained):
    np.testing.assert_array_equal(trained.predict(X), trained.predict(make()))
    np.testing.assert_array_equal(trained.predict(disordered(make).to_numpy()[:, [1, 2, 0]]),
                                  trained.predict(make()))  # fmt: skip
    other = network()
    other.fit(X, Y, verbose=0)
    assert "feature_names" not in other.info
    np.testing.assert_array_equal(other.predict(make()), other.predict(X))
    other.fit(make(), Y, verbose=0)  # from now on it knows them
    np.testing.assert_array_equal(other.predict(disordered(make)), other.predict(X))


def test_names_of_a_refused_fit_are_forgotten(make):
    net = network()
    with pytest.raises(GlassnetError):
        net.fit(make(names=["a", "b", "c"]), Y, verbose=0, callbacks=[Refuse()])
    with pytest.raises(ShapeError):
        net.fit(make(names=["a", "b", "c"]), Y[:-1], verbose=0)
    net.fit(make(), Y, verbose=0)
    assert net.info["feature_names"] == NAMES


class Refuse(gn.callbacks.Callback):
    def on_train_begin(self, logs=None):
        raise ArgumentError("not today")


# Names --------------------------------------------------------------------------------------


def test_two_columns_of_one_name_are_refused(trained):
    double = pd.concat([frame(pd), frame(pd)[["width"]]], axis=1)
    for call in (trained.predict, lambda x: network().fit(x, Y, verbose=0)):
        with pytest.raises(DataError, match="x has two columns named 'width'"):
            call(double)
    with pytest.raises(DataError, match="x has two columns named '1'"):
        trained.predict(pd.DataFrame({1: [0.0], "1": [1.0], "when": [2.0]}))


@pytest.mark.parametrize("labels", [[0, 1, 2], [2019, 2020, 2021], [("a", 1), ("a", 2), ("b", 1)],
                                    [0.5, "x", None]])  # fmt: skip
def test_names_that_are_no_text(labels, tmp_path):
    one = pd.DataFrame(X)
    one.columns = pd.Index(labels, tupleize_cols=isinstance(labels[0], tuple))
    net = network()
    net.fit(one, Y, verbose=0)
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    np.testing.assert_array_equal(again.predict(one.iloc[:, [2, 0, 1]]), net.predict(X))


def test_rows_of_a_frame(trained):
    one, other = frame(pd), frame(pd, order=[2, 1, 0])
    assert str(trained.explain(other.iloc[5])) == str(trained.explain(X[5]))
    predictor = trained.predictor()
    for row in (other.iloc[5], one.iloc[5], other.iloc[5].to_dict(), X[5], X[5].tolist()):
        np.testing.assert_array_equal(predictor(row), predictor(X[5]))
    with pytest.raises(DataError, match="no value named 'when'"):
        predictor(other.iloc[5].drop("when"))


ROW_CALLS = [name for name in CALLS if name not in ("explain", "explain forward", "diagnose")]


@pytest.mark.parametrize("call", [name for name in ROW_CALLS if name != "predict in a list"])
def test_a_row_of_a_frame_is_refused_with_advice_that_keeps_its_names(trained, call):
    mixed = frame(pd, order=[2, 0, 1]).assign(kind="red")
    for row in (frame(pd, order=[2, 0, 1]).iloc[5], mixed.iloc[5]):
        with pytest.raises(ShapeError, match=r"x is one row of a frame.* use x\.to_frame\(\)\.T"):
            CALLS[call](trained, row, Y[5:6])
    with pytest.warns(FrameWarning, match="'kind'"):
        found = trained.predict(mixed.iloc[5].to_frame().T)
    np.testing.assert_array_equal(found, trained.predict(X[5:6]))


def test_advice_for_a_row_where_no_names_are_known():
    row, other = frame(pd).iloc[5], network()
    with pytest.raises(ShapeError, match=r"for one sample of 3 features use x\.to_frame\(\)\.T"):
        other.train_on_batch(row, [1])
    other.fit(X, Y, verbose=0)
    with pytest.raises(ShapeError, match=r"a single sample use x\.to_frame\(\)\.T"):
        other.predict(row)
    for plain in (pd.Series(X[5]), pl.Series(X[5])):
        with pytest.raises(ShapeError, match=r"a single sample use np\.array\(x\)\[None\]"):
            other.predict(plain)


@given(st.lists(st.permutations(range(3)), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_rows_in_a_list_are_matched_by_name(orders):
    net = network()
    net.fit(frame(pd), Y, verbose=0)
    rows = [frame(pd, order=order).iloc[place] for place, order in enumerate(orders)]
    for given_rows in (rows, tuple(rows), [row.to_dict() for row in rows], [X[0], *rows[1:]]):
        np.testing.assert_array_equal(net.predict(given_rows), net.predict(X[: len(orders)]))
    with pytest.raises(DataError, match=r"x\[0\] has no value named 'when'"):
        net.predict([rows[0].drop("when")])


def test_rows_whose_names_are_numbers_or_there_twice():
    years = pd.DataFrame(X, columns=[2019, 2020, 2021])
    net = network()
    net.fit(years, Y, verbose=0)
    row, one = years.iloc[5][[2021, 2019, 2020]], net.predictor()
    np.testing.assert_array_equal(one(row), one(X[5]))
    np.testing.assert_array_equal(one(row.to_dict()), one(X[5]))
    np.testing.assert_array_equal(one(pd.Series(X[5])), one(X[5]))  # its index only counts
    with pytest.raises(ShapeError, match=r"to_frame\(\)\.T"):
        net.predict(row)
    with pytest.raises(DataError, match="x has two values named '2019'"):
        one(pd.concat([row, row[[2019]]]))


def test_a_dict_of_columns_is_told_from_a_dict_of_inputs(trained):
    columns = {name: X[:, place] for place, name in enumerate(NAMES)}
    with pytest.raises(ArgumentError, match=r"a dict gives whole inputs .*pandas\.DataFrame\(x\)"):
        trained.predict(columns)
    with pytest.raises(ArgumentError, match=r"x=\{'x': \.\.\.\}; .*pandas\.DataFrame\(\[x\]\)"):
        trained.predict({name: values[0] for name, values in columns.items()})
    np.testing.assert_array_equal(trained.predict(pd.DataFrame(columns)), trained.predict(X))


def test_adapt_by_hand_refuses_a_frame_for_it_matches_no_names(make):
    net = network()
    with pytest.raises(ArgumentError, match=r"matches no names .*layer\.adapt\(x\.to_numpy\(\)\)"):
        net.layers[0].adapt(disordered(make))
    assert not net.layers[0].is_adapted
    net.layers[0].adapt(make().to_numpy())
    net.fit(disordered(make, [0, 1, 2]), Y, epochs=3, verbose=0)
    other = network()
    other.fit(make(), Y, epochs=3, verbose=0)
    np.testing.assert_array_equal(net.predict(X), other.predict(X))


def test_a_column_of_another_type_is_named(trained):
    for column, error, words in (
        (["red"] * 40, DTypeError, "column 'height', row 0 of x is the text 'red'"),
        ([None, *range(39)], DataError, "x holds 1 value that is not finite|is missing"),
        (pd.array([1, None] * 20, "Int64"), DataError, r"row 1 of x is missing|x\[1, 1\], is nan"),
        (pd.date_range("2020-01-01", periods=40), DTypeError, "column 'height', row 0 of x is a"),
    ):
        with pytest.raises(error, match=words):
            trained.predict(frame(pd).assign(height=column))
    lazy = frame(pl).lazy()
    with pytest.raises(DTypeError, match=r"pass x\.collect\(\)"):
        trained.predict(lazy)


# Row numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", " ", "Unnamed: 0", "Unnamed: 0.1", "Unnamed: 7"])
@pytest.mark.parametrize("library", [pd, pl])
def test_the_index_of_a_frame_is_no_feature(library, name):
    numbers = RNG.permutation(90)[:40]
    names, values = [*NAMES, name], np.c_[X, numbers]
    net = network()
    with pytest.warns(FrameWarning, match=f"column '{name}' is left out: it .* numbers the rows"):
        net.fit(frame(library, names, values, order=[3, 0, 1, 2]), Y, verbose=0)
    assert net.info["feature_names"] == NAMES
    for order in ([3, 0, 1, 2], [2, 3, 1, 0]):
        found = net.predict(frame(library, names, values, order=order))
        np.testing.assert_array_equal(found, net.predict(X))
    np.testing.assert_array_equal(net.predict(frame(library)), net.predict(X))


@pytest.mark.parametrize("values", [np.arange(40) + 0.5, np.arange(40) // 2])
def test_a_column_without_a_name_may_be_a_feature(values):
    net = network()
    net.fit(frame(pd, [*NAMES, "Unnamed: 0"], np.c_[X, values]), Y, verbose=0)
    assert net.info["feature_names"] == [*NAMES, "Unnamed: 0"]
    assert net.predict(frame(pd, [*NAMES, "Unnamed: 0"], np.c_[X, np.arange(40)])).shape == (40, 2)


# Targets ------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", [pd, pl])
def test_a_named_column_of_targets_gets_the_shape_the_loss_needs(library):
    x = frame(library)
    for outputs in (2, 1):
        plain = Y if outputs == 2 else Y[:, None].astype(float)
        expected = network(outputs=outputs).fit(x, plain, verbose=0).history["loss"]
        for y in (library.Series(Y), library.DataFrame({"y": Y})):
            found = network(outputs=outputs).fit(x, y, verbose=0, validation_data=(x, y))
            assert found.history["loss"] == expected
    flat = network(outputs=1).fit(x, Y.astype(float), verbose=0)  # as is a plain array
    assert flat.history["loss"] == expected


@pytest.mark.parametrize("library", [pd, pl])
def test_a_frame_of_several_targets_is_matched_by_name(library, tmp_path):
    net = gn.Sequential([L.Dense(2)], seed=0)
    net.compile("sgd", "mse")
    targets = frame(library, ["u", "v"], X[:, :2])
    net.fit(X * 1e-9, targets, verbose=0)
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    other = frame(library, ["u", "v"], X[:, :2], order=[1, 0])
    assert again.evaluate(X * 1e-9, other) == net.evaluate(X * 1e-9, X[:, :2])
    with pytest.raises(DataError, match="y has no column 'v'"):
        again.evaluate(X * 1e-9, frame(library, ["u", "w"], X[:, :2]))


# Several inputs -----------------------------------------------------------------------------


@pytest.mark.parametrize("library", [pd, pl])
def test_each_input_has_names_of_its_own(library, tmp_path):
    age, bill = gn.Input((1,), name="age"), gn.Input((2,), name="bill")
    net = gn.Model([age, bill], L.Dense(1)(L.Concatenate()([age, bill])), seed=0)
    net.compile("sgd", "mse")
    x = X * [1, 1, 1e-9]
    first, second = frame(library, ["years"], x[:, :1]), frame(library, ["sum", "tip"], x[:, 1:])
    net.fit({"bill": second, "age": first}, Y[:, None], verbose=0)
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    swapped = frame(library, ["sum", "tip"], x[:, 1:], order=[1, 0])
    for both in ([first, swapped], {"age": first, "bill": swapped}, {"x1": first, "x2": swapped}):
        np.testing.assert_array_equal(again.predict(both), net.predict([x[:, :1], x[:, 1:]]))
    with pytest.raises(DataError, match="bill has no column 'tip'"):
        again.predict([first, frame(library, ["sum", "tap"], x[:, 1:])])


def test_what_is_no_frame():
    for thing in (X, X.tolist(), {"columns": X}, "columns", np.rec.array([(1, 2.0)]), None, 3):
        assert not is_frame(thing)


@pytest.mark.parametrize("library", [pd, pl])
def test_a_split_frame_keeps_its_names(library):
    (x, y), (x_test, y_test) = gn.datasets.train_test_split(frame(library), library.Series(Y))
    (a, b), (a_test, b_test) = gn.datasets.train_test_split(X, Y)
    for ours, theirs in ((x, a), (y, b), (x_test, a_test), (y_test, b_test)):
        np.testing.assert_array_equal(np.asarray(ours), theirs)
    net = network()
    net.fit(x, y, verbose=0)
    assert net.evaluate(x_test[NAMES[::-1]], y_test) == net.evaluate(a_test, b_test)


@pytest.mark.parametrize("noted", [3, "abc", {"a": 1}, [1, 2, 3], None, [], ["column_1"]])
def test_notes_that_are_no_names_are_passed_over(noted):
    net = network()
    net.fit(X, Y, verbose=0)
    net.info |= {"feature_names": noted, "target_names": noted, "input_columns": noted}
    np.testing.assert_array_equal(net.predict(frame(pl)), net.predict(X))
    net.fit(frame(pl), Y, verbose=0)
    np.testing.assert_array_equal(net.predict(frame(pl, order=[1, 2, 0])), net.predict(X))


def test_a_picture_of_boundaries_matches_names_and_keeps_times_apart():
    x = np.c_[1.7e9 + np.arange(40.0), RNG.normal(size=40)]
    net = network()
    net.fit(frame(pd, ["when", "a"], x), (np.arange(40) > 20).astype(int), epochs=30, verbose=0)
    pictures = [
        gn.plots.boundary(net, given_x, Y)
        for given_x in (x, frame(pl, ["when", "a"], x, order=[1, 0]))
    ]
    limits = [(one.get_xlim(), one.get_ylim()) for one in pictures]
    assert limits[0] == limits[1] and 1.6e9 < limits[0][0][0] < 1.8e9
    paths = [[c.get_paths()[0].vertices for c in one.collections] for one in pictures]
    assert all(np.array_equal(a, b) for a, b in zip(*paths, strict=True)) and paths[0]
    assert len(np.unique(paths[0][0][:, 0])) > 20
