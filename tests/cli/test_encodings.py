"""Standard output that cannot write every character gets readable ones, and never an error."""

import ast
import contextlib
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.cli import main
from glassnet.streams import ascii_program, ascii_text, readable_streams, written_for

X = np.linspace(-1, 1, 36).reshape(18, 2)
LABELS = np.arange(18) % 3
CLASSES = ["größe Ω", "層", "−½ ≥ η"]
ENCODINGS = ["ascii", "latin-1", "cp1252", "cp437", "shift_jis", "utf-8"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model, its table and a table of other columns, all with names beyond ASCII."""
    folder = tmp_path_factory.mktemp("zeichen_η")
    rows = [f"{a},{b},{CLASSES[k]}" for (a, b), k in zip(X, LABELS, strict=True)]
    (folder / "bäume_層.csv").write_text("\n".join(["höhe,ξ,art→", *rows]), encoding="utf-8")
    layers = [gn.Input((2,)), gn.layers.Dense(3, "tanh", name="größe"),
              gn.layers.Dropout(0.1, name="層")]  # fmt: skip
    net = gn.Sequential([*layers, gn.layers.Dense(3, "softmax")], seed=0, name="Netz_η")
    net.compile("adam", "sparse_categorical_crossentropy")
    net.info.update(class_names=CLASSES, feature_names=["höhe", "ξ"], target_name="art→")
    net.info.update(task="classification", data={"name": "bäume_層", "rows": 18})
    net.save(folder / "netz_ξ.safetensors")
    return folder


COMMANDS = [
    "--help", "--version", "show {model}", "evaluate {model} {data}", "predict {model} {data}",
    "explain {model} {data}", "explain {model} {data} --unfold", "explain {model} {data} --latex",
    "explain {model} {data} --why W_größe 0 0", "explain {model} {data} --html seite_η.html",
    "source {model}", "source {model} --style loops --forward-only", "source {model} -o prog_η.py",
    "diagnose {model} {data}", "diagnose {model} {data} --json", "explain --help", "train --help",
    "train {data} --epochs 2 --target art→ --output neu_ξ.safetensors", "show fehlt_層.safetensors",
    "export {model} --to fann", "evaluate {model} {data} --json", "predict fehlt_η x", "nichts_η",
    "example list", "example neuron --help", "example xor --picture ''", "example fehlt_層",
]  # fmt: skip


def run(command, encoding, monkeypatch):
    """Run a command whose standard streams have an encoding; return what they were given."""
    words = command.format(model="netz_ξ.safetensors", data="bäume_層.csv").split()
    streams = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        with contextlib.suppress(SystemExit):
            main([word.replace("''", "") for word in words])
        for stream in streams:
            assert stream.errors == "strict"  # as it was before
            stream.flush()
    return [stream.buffer.getvalue() for stream in streams]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_every_command_writes_in_every_encoding(folder, encoding, monkeypatch):
    monkeypatch.chdir(folder)
    for command in COMMANDS:
        out, err = run(command, encoding, monkeypatch)
        # Typer writes its own errors, on the words of the command line, in UTF-8 to ASCII.
        assert out.decode(encoding) or err
        if encoding != "ascii":
            err.decode(encoding)
        assert b"Traceback" not in err and b"UnicodeEncodeError" not in err, command


def test_a_printed_program_is_one_in_every_encoding(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for command in COMMANDS:
        if command.startswith("source {model}") and "-o" not in command:
            programs = [run(command, encoding, monkeypatch)[0] for encoding in ENCODINGS]
            for program in programs:
                ast.parse(program)  # Python takes bytes for UTF-8
            assert "größe" in programs[-1].decode() and b"W_grosse" in programs[0]
            shapes = [[type(node) for node in ast.walk(ast.parse(one))] for one in programs]
            assert all(shape == shapes[-1] for shape in shapes)


def test_what_is_written_can_be_read(folder, monkeypatch):
    monkeypatch.chdir(folder)
    told = run("explain {model} {data}", "ascii", monkeypatch)[0].decode("ascii")
    assert "eta" in told and "z_grosse = " in told and "\\u" not in told.replace("\\u5c64", "")
    told = run("explain {model} {data}", "cp1252", monkeypatch)[0].decode("cp1252")
    assert "größe" in told and "·" in told and "---" in told
    assert "R^2" in ascii_text("R²")
    rows = run("predict {model} {data}", "latin-1", monkeypatch)[0].decode("latin-1")
    assert rows.startswith("prediction,p(größe Omega),p(\\u5c64),p(-½ >= eta)")
    told = json.loads(run("diagnose {model} {data} --json", "ascii", monkeypatch)[0])
    assert told["model"] == "netz_ξ.safetensors"


def test_a_redirected_command_on_windows(folder):
    words = [sys.executable, "-c", "from glassnet.cli import main; main()", "explain"]
    words += ["netz_ξ.safetensors", "bäume_層.csv"]
    for encoding in ("cp1252", "ascii:replace"):
        settings = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
        found = subprocess.run(words, cwd=folder, env=settings, capture_output=True, timeout=60)
        assert found.returncode == 0 and not found.stderr
        text = found.stdout.decode(encoding.partition(":")[0])
        assert ("Netz_eta" in text) == (encoding == "cp1252")  # a way of the user's own is kept


def test_files_are_utf_8_whatever_the_stream_is(folder, monkeypatch):
    monkeypatch.chdir(folder)
    run("explain {model} {data} --html seite.html", "ascii", monkeypatch)
    run("source {model} -o prog.py", "ascii", monkeypatch)
    run("predict {model} {data} -o zahlen.csv", "cp1252", monkeypatch)
    assert "größe" in (folder / "seite.html").read_text(encoding="utf-8")
    assert "W_größe" in (folder / "prog.py").read_text(encoding="utf-8")
    assert "層" in (folder / "zahlen.csv").read_text(encoding="utf-8")


def test_the_summary_is_printed_in_every_encoding(folder, monkeypatch):
    net = gn.load(folder / "netz_ξ.safetensors")
    stream = io.TextIOWrapper(io.BytesIO(), "cp1252")
    monkeypatch.setattr(sys, "stdout", stream)
    net.summary()
    stream.flush()
    assert b"Netz_eta" in stream.buffer.getvalue()
    told = []
    net.summary(told.append)
    assert "Netz_η" in told[0]


def test_progress_is_written_in_every_encoding(folder, monkeypatch):
    def metric(y_true, y_pred):
        return 0.5

    metric.__name__ = "maß_η"
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(3)], seed=0)
    net.compile("sgd", "mse", [metric])
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stderr", stream)
    live = gn.callbacks.LiveCurves(["loss"], seconds=0)
    net.fit(X, np.eye(3)[LABELS], epochs=3, verbose=2, callbacks=[live])
    stream.flush()
    told = stream.buffer.getvalue().decode("ascii")
    assert "mass_eta 0.5" in told and "#" in told


def test_all_characters_of_the_house_have_a_readable_form():
    letters = "·₁²∂ΣΔ‖←ŷ±…−½δβᵀµ√∞₂μ→ηε≥≤⁻⊙⁴³▁▅█⁰¹Φ×–σλᵗ¼•⋮─═₀ₙ∑⌊⌋πₖᵏöüßé│┌█"
    for letter in letters:
        plain = ascii_text(letter)
        assert plain.isascii() and plain and "\\" not in plain, letter
    assert ascii_text("10⁻³ · W₁ᵀ") == "10^-3 * W1^T" and ascii_text("e\u0301a\u0308") == "ea"
    for encoding in ENCODINGS:
        text = "".join(map(chr, range(1, 0x3000))) + "\ud800\U0001f600"
        stream = io.TextIOWrapper(io.BytesIO(), encoding)
        written_for(text, stream).encode(encoding)


def test_names_of_a_program_stay_apart():
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, name="a·b"), gn.layers.Dense(1)])
    made = {}
    exec(ascii_program(net.source(forward_only=True)), made)
    np.testing.assert_allclose(made["predict"](X), net.predict(X), rtol=1e-5)
    assert ascii_program("ä = a + W_η - W_eta  # η") == "a_2 = a + W_eta_2 - W_eta  # eta"


def test_streams_that_are_none_or_closed(monkeypatch):
    closed = io.TextIOWrapper(io.BytesIO(), "ascii")
    closed.close()
    for stream in (None, closed, io.StringIO()):
        monkeypatch.setattr(sys, "stdout", stream)
        with readable_streams():
            pass
