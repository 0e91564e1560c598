"""What stands above an account: which network, which sample, what it predicts, by name."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.training.classes import names_in, probabilities

layers = gn.layers

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])
NAMES = {
    "class_names": ["red & round", "blue"],
    "feature_names": ["length", "width-1", "height"],
    "target_name": "kind",
}


@pytest.fixture
def net():
    parts = [layers.Normalization(), layers.Dense(4, "tanh"), layers.Dense(2, "softmax")]
    net = gn.Sequential([gn.Input((3,)), *parts], "float64", seed=3, name="fruit")
    net.compile("sgd", "sparse_categorical_crossentropy")
    net.layers[0].adapt(X)
    net.info.update(NAMES)
    return net


def network(units, activation, loss, **info):
    net = gn.Sequential([gn.Input((3,)), layers.Dense(units, activation)], "float64", seed=1)
    net.compile("sgd", loss)
    net.info.update(info)
    return net


def test_text_and_page_begin_with_network_and_sample(net):
    e = net.explain(X[0], 1)
    assert e.title == "One pass of fruit (3-4-2), step by step"
    e.sample = "row 7 of fruit.csv"
    assert e.title == "One pass of fruit (3-4-2), step by step: row 7 of fruit.csv"
    assert str(e).startswith(e.title + "\n" + "═" * len(e.title))
    assert f"<h1>{e.title}</h1>" in e.html()


def test_a_page_is_called_by_its_title_and_names_are_text(net, tmp_path):
    e = net.explain(X[0], 0)
    page = e.save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert f"<title>{e.title}</title>" in page and page.count("<h1>") == 1
    assert "red &amp; round" in page and "red & round" not in page


def test_prediction_and_target_are_named(net):
    e = net.explain(X[0], 0)
    best = int(e["a2"].argmax())
    probability = f"{e['a2'][best]:.6g}"
    name = NAMES["class_names"][best]
    answer = f"prediction: {name}, probability {probability}; target: red & round"
    assert e.answers == [answer]
    assert answer in str(e)
    assert net.explain(X[0]).answers == [answer.partition(";")[0]]


def test_every_sample_of_a_batch_has_its_line(net):
    labels = net.predict_labels(X)
    answers = net.explain(X, [0, 1]).answers
    for place, target in enumerate(NAMES["class_names"]):
        assert answers[place].startswith(f"sample {place}: prediction: {labels[place]}, ")
        assert answers[place].endswith(f"; target: {target}")
    many = net.explain(np.repeat(X, 6, axis=0)).answers
    assert len(many) == 9 and many[-1] == "… and 4 more samples"


def test_features_and_classes_stand_where_their_units_are(net):
    e = net.explain(X[0], 1)
    text = e.text(width=200)
    assert "length = 0.5, width-1 = -1, height = 2" in text.replace("\u00a0", " ")
    assert "y = 1\n    blue" in text
    assert "units: 0 length, 1 width-1, 2 height" in str(e.step("normalization_1"))
    for name in ("z2", "a2", "d2"):
        assert "units: 0 red & round, 1 blue" in str(e.step(name))
    assert "units" not in str(e.step("z1"))
    page = e.html()
    assert page.count("<em>blue</em>") == 3 and page.count("<em>width-1</em>") == 1
    assert "units: 0 length" not in net.explain(X, [0, 1]).step("z1").__str__()
    assert "0 length, 1 width-1, 2 height" in net.explain(X, [0, 1]).text(width=200)


def test_classes_without_names_are_numbers():
    net = network(3, "softmax", "sparse_categorical_crossentropy")
    e = net.explain(X[0], 2)
    label = net.predict_labels(X[:1])[0]
    assert e.title == "One pass of a 3-3 network, step by step"
    assert e.answers[0].startswith(f"prediction: class {label}, probability ")
    assert e.answers[0].endswith("target: class 2")


@pytest.mark.parametrize("from_logits", [False, True])
def test_one_sigmoid_unit_tells_two_classes(from_logits):
    loss = gn.losses.BinaryCrossentropy(from_logits=from_logits)
    net = network(1, None if from_logits else "sigmoid", loss, class_names=["no", "yes"])
    for x in X:
        z = net.predict(x[None])[0, 0]
        p = 1 / (1 + np.exp(-z)) if from_logits else z
        label = net.predict_labels(x[None])[0]
        wanted = f"prediction: {label}, probability {max(p, 1 - p):.6g}; target: yes"
        assert net.explain(x, [1.0]).answers == [wanted]


def test_outputs_that_are_no_probabilities_are_not_called_so():
    net = network(2, "tanh", "mse", task="classification", class_names=["no", "yes"])
    e = net.explain(X[0], [1.0, -1.0])
    best = int(e["a1"].argmax())
    assert e.answers == [
        f"prediction: {['no', 'yes'][best]}, output {e['a1'][best]:.6g}; target: no"
    ]


def test_a_quantity_is_told_by_its_name():
    net = network(1, None, "mse", task="regression", target_name="price")
    e = net.explain(X[0], [2.5])
    assert e.answers == [f"prediction: price = {float(net.predict(X[:1])[0, 0]):.6g}; target: 2.5"]
    wide = network(9, None, "mse").explain(X[0])
    assert wide.answers[0].endswith(", …") and wide.answers[0].count(",") == 6


def test_the_prediction_is_that_of_the_whole_network_where_dropout_acts():
    parts = [layers.Dense(6, "tanh"), layers.Dropout(0.5), layers.Dense(2, "softmax")]
    net = gn.Sequential([gn.Input((3,)), *parts], "float64", seed=0)
    net.compile("sgd", "sparse_categorical_crossentropy")
    best = net.predict(X[:1])[0].max()
    told = net.explain(X[0], 1).answers[0]
    assert f"probability {best:.6g} (by the whole network, nothing left out)" in told
    assert "left out" not in net.explain(X[0]).answers[0]


@pytest.mark.parametrize("names", [["one"], "no names", 3, None, {"a": 1}])
def test_names_that_do_not_fit_are_left_out(net, names):
    net.info["class_names"] = net.info["feature_names"] = names
    e = net.explain(X[0], 1)
    assert e.answers[0].endswith("target: class 1") and "units:" not in str(e)


def test_deep_networks_have_a_short_title_and_others_none_of_sizes():
    deep = gn.Sequential([gn.Input((3,)), *[layers.Dense(2) for _ in range(12)]], seed=0)
    assert deep.explain(X[0]).title == "One pass of a 3-2-…-2-2 network, step by step"
    ends = [gn.Input((2,)), gn.Input((2,))]
    two = gn.Model(ends, layers.Add()(*ends), name="sum")
    e = two.explain([X[:1, :2], X[1:, :2]])
    assert e.title == "One pass of sum, step by step"


def test_no_answer_from_numbers_gone_bad(net):
    net.build((None, 3))
    next(w for w in net.network.topology.weights() if w.name == "dense_1.kernel").value[0, 0] = (
        np.nan
    )
    e = net.explain(X[0], 1)
    assert e.answers == [] and e.trouble is not None and e.title in str(e)


def test_names_and_probabilities_of_classes():
    assert names_in({"n": np.array(["a", "b"])}, "n", 2) == ("a", "b")
    assert names_in({"n": ["a"]}, "n", 2) == () == names_in({}, "n", 0)
    logits = gn.losses.SparseCategoricalCrossentropy(from_logits=True)
    shares = probabilities(np.array([[1000.0, 0.0, 0.0]]), logits)
    np.testing.assert_allclose(shares, [[1, 0, 0]], atol=1e-12)
    np.testing.assert_array_equal(probabilities(np.array([[0.3, 0.7]]), None), [[0.3, 0.7]])
