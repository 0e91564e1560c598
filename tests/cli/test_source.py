"""``source``: a model becomes a program that runs by itself."""

import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture
def model(command, flowers):
    done = command("train", "flowers.csv", "--target", "kind", "--epochs", "3", "--json")
    assert done.code == 0, done.err
    return "flowers.safetensors"


def python(*arguments, **settings):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True, **settings
    ).stdout


def test_the_program_runs_and_goes_on_with_the_training(command, model, folder):
    done = command("source", model, "flowers.csv", "-o", "net.py", "--epochs", "2")
    assert done.code == 0, done.err
    assert "net.py" in done.out and "net.npz" in done.out
    out = python("-c", "import runpy; print(runpy.run_path('net.py')['W1'].tolist())")
    lines = out.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == ["epoch 4", "epoch 5"]
    data, net = np.load("net.npz"), gn.load(model)
    net.fit(data["x"], data["y"], epochs=2, batch_size=32, verbose=0, backend="numpy")
    np.testing.assert_allclose(eval(lines[-1]), net.get_weights()[2], rtol=1e-3, atol=1e-5)


def test_predict_alone(command, model, folder):
    done = command("source", model, "--forward-only", "-o", "answers.py")
    assert done.code == 0, done.err
    out = python(
        "-c", "import answers; print(answers.predict([[1, 2, 3, 4]]).tolist())", cwd=folder
    )
    expected = gn.load(model).predict([[1.0, 2.0, 3.0, 4.0]])
    np.testing.assert_allclose(eval(out), expected, rtol=1e-4)


def test_it_is_printed_where_no_file_is_named(command):
    assert command("train", "xor", "--layers", "3 tanh, 2 softmax", "--epochs", "5").code == 0
    done = command("source", "xor.safetensors", "xor", "--style", "loops")
    assert done.code == 0 and "import" not in done.out
    assert python("-I", "-c", done.out).startswith("loss ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--style", "loop"], "did you mean 'loops'"),
        (["--batch-size", "many"], "--batch-size 'many'"),
        (["flowers.csv", "--forward-only"], "--forward-only needs no DATA"),
        (["flowers.csv", "-o", "flowers.csv"], "holds the data"),
        (["-o", "flowers.safetensors"], "holds the model"),
        (["-o", "net.npz"], "should end in .py"),
        (["-o", "nowhere/net.py", "--forward-only"], "does not exist"),
    ],
)
def test_errors(command, model, arguments, message):
    done = command("source", model, *arguments)
    assert done.code != 0
    assert message in done.error


def test_help(command):
    told = command("source", "--help").out
    assert "glassnet source digits.safetensors digits -o net.py" in told
