"""Numbers FANN's double build computed: outputs, activation tables, training, scaling."""

import json

import numpy as np
import pytest

import glassnet.fann as libfann
from glassnet.formats.fann.net import SHORTCUT
from tests.shared_data import shared_file

NETS = [
    "and_fann2.net",
    "cascade_xor.net",
    "deep_4_6_5_3.net",
    "scaled_2_3_1.net",
    "shortcut_3_4_3_2.net",
    "sparse_0.4_6_5_3.net",
    "xor_1.1.net",
    "xor_2.0.net",
    "xor_decimal_comma.net",
    "xor_double_2.1.net",
    "xor_float_2.1.net",
    "xor_layout_fann_2.1.0.net",
    "xor_layout_git_2026_adam.net",
]


def golden():
    return json.loads(shared_file("fann/samples/golden.json").read_text(encoding="utf-8"))


def loaded(name):
    net = libfann.neural_net()
    net.create_from_file(str(shared_file(f"fann/samples/{name}")))
    return net


@pytest.mark.parametrize("name", NETS)
def test_outputs(name):
    record = golden()["nets"][name]
    record = golden()["nets"].get(record.get("same_network_as"), record)
    net = loaded(name)
    assert net.get_layer_array() == record["layers"]
    assert net.get_total_connections() == record["connections"]
    tolerance = 1e-12 if record["read_with"] == "double" else 1e-6
    for row, expected in zip(record["inputs"], record["outputs"], strict=True):
        np.testing.assert_allclose(net.run(row), expected, rtol=tolerance, atol=tolerance)


def test_the_fixed_point_network_as_real_numbers():
    record = golden()["nets"]["xor_fix_2.0.net"]
    net = loaded("xor_fix_2.0.net")
    for row, expected in zip(record["inputs"], record["outputs"], strict=True):
        # Its sigmoid is made of straight lines.
        found = net.run(np.array(row) / 2**13)
        np.testing.assert_allclose(found, np.array(expected) / 2**13, atol=0.03)


@pytest.mark.parametrize("build", ["float", "double"])
def test_activation_tables(build):
    for title, points in golden()["activations"][build].items():
        number, _, steepness = title.split()
        net = libfann.neural_net()
        net.create_shortcut_array((1, 1))
        net.set_activation_function_output(int(number))
        net.set_activation_steepness_output(float(steepness))
        net.set_weight(0, 2, 1.0)
        net.set_weight(1, 2, 0.0)
        found = [net.run([x])[0] for x, _ in points]
        tolerance = 1e-12 if build == "double" else 1e-6
        expected = [y for _, y in points]
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance, err_msg=title)


@pytest.mark.parametrize("number", range(15))
def test_training_traces(number):
    trace = golden()["training"][number]
    libfann.faithful(True)
    net = libfann.neural_net()
    net.create_standard_array(trace["layers"])
    net.set_activation_function_hidden(getattr(libfann, trace["hidden"]))
    net.set_activation_function_output(getattr(libfann, trace["output"]))
    net.set_training_algorithm(getattr(libfann, f"TRAIN_{trace['algorithm']}"))
    net.set_train_error_function(getattr(libfann, f"ERRORFUNC_{trace['error_function']}"))
    net.set_learning_momentum(trace["momentum"])
    net.structure.put(np.array(trace["weights_before"]))
    data = libfann.training_data()
    data.set_train_data([x for x, _ in trace["rows"]], [y for _, y in trace["rows"]])
    for epoch, (mse, fails) in enumerate(zip(trace["mse"], trace["bit_fail"], strict=True), 1):
        assert net.train_epoch(data) == pytest.approx(mse, rel=1e-12)
        assert net.get_bit_fail() == fails
        if str(epoch) in trace["weights_after"]:
            expected = np.array(trace["weights_after"][str(epoch)])
            close = 1e-12 * np.abs(expected).max()
            np.testing.assert_allclose(net.get_weight_array(), expected, rtol=0, atol=close)


def test_all_traces_are_compared():
    assert len(golden()["training"]) == 15


def test_scaling():
    record = golden()["scaling"]
    net = loaded(record["net"])
    for row in record["after_reload"]:
        scaled_in, scaled_out = net.scale_input(row["input"][:]), net.scale_output(row["output"][:])
        np.testing.assert_allclose(scaled_in, row["scaled_input"], rtol=1e-12)
        np.testing.assert_allclose(scaled_out, row["scaled_output"], rtol=1e-12)
        np.testing.assert_allclose(net.descale_input(scaled_in), row["descaled_input"], rtol=1e-12)
        np.testing.assert_allclose(
            net.descale_output(scaled_out), row["descaled_output"], rtol=1e-12
        )


def test_scaling_is_fitted_as_fann_does():
    record = golden()["scaling"]
    stored = loaded(record["net"])
    net = libfann.neural_net()
    net.create_standard_array((2, 3, 1))
    data = libfann.training_data()
    rows = record["fitted_on_rows"]
    data.set_train_data([x for x, _ in rows], [y for _, y in rows])
    net.set_scaling_params(data, *record["input_range"], *record["output_range"])
    for name, values in stored.scaling.items():
        np.testing.assert_allclose(net.scaling[name], values, rtol=1e-6, atol=1e-6, err_msg=name)


def test_the_kind_of_a_shortcut_network():
    assert loaded("shortcut_3_4_3_2.net").get_network_type() == SHORTCUT
