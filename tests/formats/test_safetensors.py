"""The native file: the same bytes for the same network, readable by others, never code."""

from __future__ import annotations

import json
import pickle  # noqa: TID251  to make files that must not be loaded
import struct
import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, DTypeError, FileFormatError
from glassnet.formats import safetensors


@pytest.fixture
def net():
    model = gn.Sequential(
        [
            gn.Input((3,)),
            gn.layers.Normalization(),
            gn.layers.Dense(4, "relu", kernel_regularizer="l2"),
            gn.layers.Dropout(0.2),
            gn.layers.Dense(2, "softmax", name="output"),
        ],
        seed=1,
        name="mine",
    )
    model.compile(gn.optimizers.Adam(0.01), "categorical_crossentropy", ["accuracy", "f1"])
    model.fit(np.eye(3), np.eye(2)[[0, 1, 1]], epochs=2, verbose=0)
    return model


@pytest.fixture
def path(net, tmp_path):
    return net.save(tmp_path / "net.safetensors")


# What is in it -----------------------------------------------------------------------------


def test_a_round_trip(net, path):
    x = np.linspace(-1, 1, 12).reshape(4, 3)
    again = gn.load(path)
    assert type(again) is gn.Sequential and again.name == "mine" and again.seed == 1
    assert np.array_equal(again.predict(x), net.predict(x))
    y = np.eye(2)[[0, 1, 0, 1]]
    assert again.evaluate(x, y) == net.evaluate(x, y)
    for model in (again, net):  # training goes on the same
        model.fit(x, y, epochs=2, verbose=0)
    for mine, own in zip(again.get_weights(), net.get_weights(), strict=True):
        assert np.array_equal(mine, own)


def test_normalization_does_not_learn_anew_after_loading(net, path):
    again = gn.load(path)
    mean = again.get_weights()[0]
    again.fit(np.eye(3) * 50, np.eye(2)[[0, 1, 1]], verbose=0)
    assert np.array_equal(again.get_weights()[0], mean)
    assert np.array_equal(again.layers[0].mean, mean)


def test_a_model_that_was_never_fitted(tmp_path):
    net = gn.Sequential([gn.Input((3,)), gn.layers.Normalization(), gn.layers.Dense(1)], seed=0)
    again = gn.load(net.save(tmp_path / "a"))
    assert not again.layers[0].is_adapted
    again.fit(np.ones((4, 3)) * 7, np.zeros((4, 1)), verbose=0)
    np.testing.assert_allclose(again.layers[0].mean, 7)


def test_saving_again_gives_the_same_bytes(net, path, tmp_path):
    assert net.save(tmp_path / "b").read_bytes() == path.read_bytes()
    assert gn.load(path).save(tmp_path / "c").read_bytes() == path.read_bytes()


def test_another_process_writes_the_same_bytes(path, tmp_path):
    script = f"import glassnet as gn; gn.load({str(path)!r}).save({str(tmp_path / 'd')!r})"
    subprocess.run([sys.executable, "-c", script], check=True)
    assert (tmp_path / "d").read_bytes() == path.read_bytes()


def test_the_plain_library_reads_it(net, path):
    from safetensors.numpy import load_file

    tensors = load_file(path)
    names = ["normalization_1.mean", "normalization_1.deviation", "dense_1.kernel", "dense_1.bias",
             "output.kernel", "output.bias"]  # fmt: skip
    for name, own in zip(names, net.get_weights(), strict=True):
        assert np.array_equal(tensors[name], own)
    assert tensors["state:seed"] == 1 and tensors["state:step"] == 2
    assert "dense_1.kernel.m" in tensors


def test_it_agrees_with_the_plain_library_s_own_writing(tmp_path):
    from safetensors.numpy import load, save

    tensors = {
        "b": np.arange(6, dtype="f4").reshape(2, 3),
        "a": np.array(5, "i8"),
        "c": np.zeros((0, 3), "f8"),
        "d": np.array([True, False]),
        "é": np.arange(3, dtype=">f4"),
    }
    ours = load(safetensors.encode(tensors, {}))
    assert ours.keys() == tensors.keys()
    for name, array in tensors.items():
        assert np.array_equal(ours[name], array) and ours[name].shape == array.shape
    plain = {name: array for name, array in tensors.items() if name in "ab"}
    size = int.from_bytes(save(plain)[:8], "little")
    own = safetensors.encode(plain, {})
    assert own[8 + int.from_bytes(own[:8], "little") :] == save(plain)[8 + size :]


def test_arrays_in_any_order_of_memory(tmp_path):
    array = np.arange(12.0).reshape(3, 4).T[::2]
    path = safetensors.write(tmp_path / "a", {"w": array}, {"info": np.float32(2)})
    tensors, description = safetensors.read(path)
    assert np.array_equal(tensors["w"], array) and description == {"info": 2.0}


def test_what_cannot_be_written(tmp_path):
    with pytest.raises(DTypeError, match=r"an array of type float16 cannot be written"):
        safetensors.write(tmp_path / "a", {"w": np.zeros(2, "f2")}, {})
    with pytest.raises(DTypeError, match=r"of type set cannot be written to a file; use numbers"):
        safetensors.write(tmp_path / "a", {}, {"info": {1, 2}})
    assert list(tmp_path.iterdir()) == []


def test_class_names_and_the_like_go_along(net, tmp_path):
    net.info["class_names"] = np.array(["cat", "dog"])
    again = gn.load(net.save(tmp_path / "a"))
    assert set(again.predict_labels(np.eye(3))) <= {"cat", "dog"}
    assert again.save(tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()


def test_infinite_numbers_in_the_description(tmp_path):
    path = safetensors.write(tmp_path / "a", {}, {"best": float("inf")})
    assert safetensors.read(path)[1] == {"best": float("inf")}


# What is not a file of glassnet's ------------------------------------------------------------


def refused(path, message, error=FileFormatError):
    with pytest.raises(error, match=message) as caught:
        gn.load(path)
    text = str(caught.value)
    assert "\n" not in text or len(text) < 2000
    return text


def test_a_file_that_is_not_there(path):
    refused(path.parent / "no.safetensors", r"there is no file '.*no.safet.*there are net.safete")
    refused(path.parent / "no" / "x", r"there is no file '.*x'$")


def test_a_folder(tmp_path):
    refused(tmp_path, r"is a folder; give the name of a model file")


@pytest.mark.parametrize("name", [5, None, b"a", "", ["a"], object()])
def test_what_is_no_name(name):
    refused(name, r"is not the name of a model file; give text or a pathlib.Path", ArgumentError)


def test_an_empty_file(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    refused(tmp_path / "a", r"is empty \(0 bytes\); save the model again, or use an intact copy")


@pytest.mark.parametrize("size", [1, 7, 8, 9, 100, 1000, -1, -100])
def test_a_file_that_is_cut_short(path, size):
    path.write_bytes(path.read_bytes()[:size])
    refused(path, r"cannot be read as a model file.*(save the model again|model.save)")


def test_every_length_is_refused(path):
    whole = path.read_bytes()
    for size in range(0, len(whole), max(len(whole) // 60, 1)):
        path.write_bytes(whole[:size])
        refused(path, r"cannot be read|is empty")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pickle.dumps({"a": np.ones(3)}), "a pickle"),
        (b"PK\x03\x04" + bytes(50), "a zip"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "an HDF5"),
        (b"x,y\n1,2\n", "it does not begin like one"),
        (bytes(100), "it does not begin like one"),
        (b"\xff" * 100, "it does not begin like one"),
    ],
)
def test_a_file_of_another_kind(tmp_path, content, kind):
    (tmp_path / "a").write_bytes(content)
    refused(tmp_path / "a", kind)


def test_a_pickle_is_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (print, ("it ran",))

    (tmp_path / "a").write_bytes(pickle.dumps(Bomb()))
    refused(tmp_path / "a", "looks like a pickle file")


def test_nothing_in_the_package_can_run_code_from_a_file():
    import pathlib

    package = pathlib.Path(gn.__file__).parent
    for room in ("formats", "training", "models"):
        for file in (package / room).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            for word in ("pickle.", "eval(", "exec(", "__import__", "marshal", "yaml.load"):
                assert word not in text, f"{word} in {file}"


def test_a_safetensors_file_of_another_program(tmp_path):
    from safetensors.numpy import save_file

    save_file({"w": np.ones(3)}, tmp_path / "a", {"format": "pt"})
    refused(tmp_path / "a", r"not one that glassnet wrote \(format 'pt'\).*passed to set_weights")
    save_file({"w": np.ones(3)}, tmp_path / "a")
    refused(tmp_path / "a", r"not one that glassnet wrote \(format 'not given'\)")


def changed(path, change):
    """Write the file again with its header changed."""
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + size :])


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2", r"written by a newer glassnet \(file version 2, this one reads up to 1\); install"),
        ("99999999999999999999", "written by a newer glassnet"),
        ("one", "is damaged: its file version is 'one'"),
        ("-1", "is damaged"),
        ("²", "is damaged"),
    ],
)
def test_a_file_of_another_version(path, version, message):
    changed(path, lambda header: header["__metadata__"].update(version=version))
    refused(path, message)


@pytest.mark.parametrize(
    "description",
    ["", "{", "[]", "3", "null", '{"a": 1', "[" * 100_000, '{"topology": null}', "{}", "\ud800"],
)
def test_a_damaged_description(path, description):
    changed(path, lambda header: header["__metadata__"].update(description=description))
    refused(path, r"save the model again, or use an intact copy")


def test_no_description(path):
    changed(path, lambda header: header["__metadata__"].pop("description"))
    refused(path, r"cannot be read as a model file")


def redescribed(path, *keys, value):
    """Change one place in the description."""

    def change(header):
        description = json.loads(header["__metadata__"]["description"])
        place = description
        for key in keys[:-1]:
            place = place[key]
        if value is DELETED:
            del place[keys[-1]]
        else:
            place[keys[-1]] = value
        header["__metadata__"]["description"] = json.dumps(description)

    changed(path, change)


DELETED = object()


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("dtype",), "float16"),
        (("dtype",), None),
        (("dtype",), DELETED),
        (("topology",), []),
        (("topology", "layers"), None),
        (("topology", "layers"), {"a": 1}),
        (("topology", "layers", 1, "units"), -3),
        (("topology", "layers", 1, "units"), 10**30),
        (("topology", "layers", 1, "units"), "many"),
        (("topology", "layers", 1, "nonsense"), 1),
        (("topology", "layers", 1, "class"), 7),
        (("topology", "layers", 1, "class"), DELETED),
        (("topology", "layers", 1, "kernel_initializer"), {"class": "Zeros", "a": 1}),
        (("topology", "layers", 2, "rate"), 3),
        (("topology", "layers", 1, "name"), "output"),
        (("topology", "layers", 1, "name"), "other"),
        (("topology", "calls"), [[0, [0]]]),
        (("topology", "calls"), [[9, [0]]]),
        (("topology", "calls", 0), [0, [-1]]),
        (("topology", "calls", 0), [0, [3]]),
        (("topology", "calls", 1), [1, []]),
        (("topology", "outputs"), [99]),
        (("topology", "outputs"), []),
        (("topology", "inputs"), []),
        (("topology", "inputs"), [[2]]),
        (("topology", "inputs"), [["x"]]),
        (("compile", "optimizer"), {"class": "Adam", "learning_rate": -1}),
        (("compile", "optimizer"), {"class": "Adam", "rate": 1}),
        (("compile", "loss"), None),
        (("compile", "loss"), {"class": "Huber", "delta": "x"}),
        (("compile", "metrics"), 5),
        (("compile",), 3),
        (("kind",), 12),
        (("info",), "text"),
    ],
)
def test_a_description_that_was_changed_by_hand(path, keys, value):
    redescribed(path, *keys, value=value)
    try:
        model = gn.load(path)
    except FileFormatError as error:
        assert "save the model again, or use an intact copy" in str(error)
    else:
        assert keys == ("kind",)  # the form of the model alone
        assert model.predict(np.eye(3)).shape == (3, 2)


@pytest.mark.parametrize("kind", ["optimizer", "loss"])
def test_a_class_that_is_not_known_here(path, kind):
    redescribed(path, "compile", kind, value={"class": "Mine"})
    message = rf"unknown {kind} 'Mine'.*gn.load\(path, custom_objects=\{{...\}}\)"
    refused(path, message, ArgumentError)


def test_custom_objects_are_a_dict(path):
    with pytest.raises(ArgumentError, match=r"must be a dict from name to class or function"):
        gn.load(path, custom_objects=["Mine"])


@pytest.mark.parametrize("name", ["dense_1.kernel", "output.bias", "dense_1.kernel.m"])
def test_tensors_that_do_not_fit(path, name):
    tensors, description = safetensors.read(path)
    safetensors.write(path, {**tensors, name: np.zeros((9, 9), "f4")}, description)
    refused(path, rf"tensor '{name}' in the file has the shape \(9, 9\), but the architecture nee")
    if not name.endswith(".m"):  # slots may be missing
        safetensors.write(path, {k: v for k, v in tensors.items() if k != name}, description)
        refused(path, rf"the file has no tensor '{name}'; its architecture and its weights do not")


@pytest.mark.parametrize(
    "name", ["x.keras", "x.H5", "x.pt", "x.onnx", "x.pkl", "x.npz", "x.net", "x.py", "x.json"]
)
def test_a_name_that_promises_another_format_is_refused(name, net, tmp_path):
    message = r"but a model is written as \.safetensors; call it '.*x\.safetensors'"
    with pytest.raises(ArgumentError, match=message):
        net.save(tmp_path / name)
    with pytest.raises(ArgumentError, match=message):
        gn.callbacks.ModelCheckpoint(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_random_damage_never_leads_to_a_raw_error(path):
    """Bytes changed at random: the file loads, or is refused with a remedy."""
    whole = path.read_bytes()
    draws = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(whole)
        for place in draws.integers(0, 4000, draws.integers(1, 8)):
            damaged[place % len(damaged)] = draws.integers(0, 256)
        path.write_bytes(damaged)
        try:
            gn.load(path)
        except (FileFormatError, ArgumentError) as error:
            assert len(str(error)) > 40
