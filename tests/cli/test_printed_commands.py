"""Every command that is printed anywhere runs: in pages, help, messages and reports.

The texts are searched for commands, so that a new one is run too. The files they name are small
ones of the same names; a program of ``glassnet example`` gets its arguments and does nothing more.
"""

from __future__ import annotations

import ast
import functools
import html
import importlib
import re
import shlex
import signal
import warnings
from pathlib import Path

import pytest
import typer.main

import glassnet as gn
from glassnet.cli.app import app

ROOT = Path(__file__).parents[2]
NAMES = sorted(typer.main.get_command(app).commands)
COMMAND = re.compile(rf"\bglassnet (?:{'|'.join(NAMES)})\b")
# Words of usage lines, and what stands for them.
STAND_INS = {"MODEL": "and.safetensors", "DATA": "digits", "NAME": "xor", "[options]": "--help"}
XOR = "4 2 1\n-1 -1\n-1\n-1 1\n1\n1 -1\n1\n1 1\n-1\n"


def documents():
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("docs/notebooks/*.py")]
    return [path for path in found if path.name != "CHANGELOG.md"] + [ROOT / "Makefile"]


@functools.cache
def strings_of(path):
    return list(_strings_of(path))


def _strings_of(path):
    """Every text of a module with commands; one with places to fill in has ``{}`` there."""
    source = path.read_text(encoding="utf-8")
    if "glassnet " not in source:
        return
    tree = ast.parse(source)
    inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
            inside |= {id(part) for part in node.values}
            yield "".join(parts)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.value


def commands_in(text):
    """The commands of a text: those in backquotes, else to the end of the line."""
    for line in text.splitlines():
        for quoted in re.findall(r"`+(glassnet [^`]+)`+", line):
            if COMMAND.match(quoted):
                yield quoted
        bare = COMMAND.search(re.sub(r"`[^`]*`", "", line))
        is_line = line.lstrip(" $\t").removeprefix("$(BIN)/").startswith("glassnet ")
        if bare and (is_line or "{}" in line):
            yield line[line.index("glassnet ") :]


def plain(command):
    """A command without comments, pipes and what follows it."""
    command = re.split(r"\s#\s|\s{2,}|\s&&\s|\s\|\s", command)[0].strip().rstrip(".:;")
    return [STAND_INS.get(word, word) for word in shlex.split(command)[1:]]


@functools.cache
def all_commands():
    found = {}
    for path in documents():
        for one in commands_in(path.read_text(encoding="utf-8")):
            found.setdefault(shlex.join(plain(one)), path.name)
    for path in sorted((ROOT / "glassnet").rglob("*.py")):
        for text in strings_of(path):
            for one in commands_in(text):
                if "{}" not in one:
                    found.setdefault(shlex.join(plain(one)), path.name)
    return sorted(found)


def places_to_fill():
    """The modules that put a command together from parts."""
    return {
        path.relative_to(ROOT / "glassnet").as_posix()
        for path in (ROOT / "glassnet").rglob("*.py")
        for text in strings_of(path)
        for command in commands_in(text)
        if "{}" in command
    }


def test_the_search_finds_commands():
    found = all_commands()
    assert len(found) > 30
    for one in (
        "train digits",
        "explain digits.safetensors digits --row 3",
        "example rashid --png my-digit.png",
        "export net.safetensors --to fann",
        "example trask-learning-rates",
    ):
        assert one in found


def test_commands_that_are_put_together_have_a_test_here():
    known = {
        "cli/messages.py",  # test_going_on_as_it_is_told
        "examples/__main__.py",  # what stands before its errors
        "examples/_options.py",  # the name of a program in its own help
        "report/mistakes.py", "report/page.py",  # test_commands_of_the_report
    }  # fmt: skip
    assert places_to_fill() == known


# --- running them


def main_code(words):
    """Run the command and return its exit code."""
    from glassnet.cli import main

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            main(words)
    except SystemExit as end:
        return end.code or 0
    return 0


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A folder with the files that the commands name."""
    folder = tmp_path_factory.mktemp("shelf")
    data = gn.datasets.info("iris")
    names = ["setosa", "versicolor", "virginica"]
    lines = [",".join([*map(str, x), names[y]]) for x, y in zip(data.x, data.y, strict=True)]
    head = "sepal_length,sepal_width,petal_length,petal_width,species"
    for name in ("flowers.csv", "new.csv", "new-flowers.csv"):
        (folder / name).write_text("\n".join([head, *lines]), encoding="utf-8")
    prices = [f"{n % 7},{n % 5},{3.5 * (n % 7) - n % 5}" for n in range(40)]
    (folder / "houses.csv").write_text("\n".join(["rooms,age,price", *prices]), encoding="utf-8")
    (folder / "and.data").write_text(XOR, encoding="ascii")
    return folder


@pytest.fixture
def run(shelf, monkeypatch, capfd):
    """Runs a command as it is printed; trainings are cut short."""

    def call(words, **settings):
        words = list(words)
        if words[0] == "train" and "--epochs" not in words and "--resume" not in words:
            words += ["--epochs", str(settings.get("epochs", 1))]
        code = main_code(words)
        captured = capfd.readouterr()
        allowed = (0, 3) if words[0] == "diagnose" else (0,)
        assert code in allowed, f"{words}: {captured.err}"
        return captured

    monkeypatch.chdir(shelf)
    return call


@pytest.fixture(scope="module")
def made(shelf):
    """Makes the models that commands name, once."""

    @functools.cache
    def make(name):
        ways = {
            "digits.safetensors": ["digits"],
            "net.safetensors": ["and.data"],
            "and.safetensors": ["and.data"],
            "iris.safetensors": ["iris"],
            "xor.safetensors": ["xor"],
            "flowers.safetensors": ["flowers.csv", "--target", "species"],
            "and.net": ["and.data"],
            "digits.checkpoint.safetensors": ["digits"],
        }
        way = ways[name]
        output = Path(name).with_suffix(".safetensors").name
        if "checkpoint" in name:
            _interrupted(shelf, way)
            return
        assert main_code(["train", *way, "--epochs", "1", "--json", "-o", output]) == 0
        if name.endswith(".net"):
            assert main_code(["export", output, "--to", "fann"]) == 0

    return make


def _interrupted(folder, way):
    """Leave the checkpoint of a training that Ctrl-C ended."""
    from glassnet.cli.checkpoint import TimedCheckpoint

    with pytest.MonkeyPatch.context() as patch:

        def stop(self):
            self.training.save(self.path)
            self.epochs = self.training.epoch
            signal.raise_signal(signal.SIGINT)

        patch.setattr(TimedCheckpoint, "on_settled", stop)
        assert main_code(["train", *way, "--epochs", "3"]) == 130


@pytest.mark.parametrize("line", all_commands())
def test_it_runs(run, made, shelf, line, monkeypatch):
    words = plain(f"glassnet {line}")
    if len(words) == 1:
        assert words[0] in NAMES
        words.append("--help")
    for word in words:
        if word.endswith((".safetensors", ".net")) and words[words.index(word) - 1] not in (
            "-o",
            "--output",
        ):
            made(word)
    if words[0] == "example" and words[1] not in ("list", "--help"):
        _only_its_arguments(words[1], monkeypatch)
    said = run(words)
    assert said.out or said.err


def _only_its_arguments(name, monkeypatch):
    from glassnet.examples import module_of

    module = importlib.import_module(module_of(name))
    real = module.main

    @functools.wraps(real)
    def stand_in(**chosen):
        print(chosen)

    monkeypatch.setattr(module, "main", stand_in)


# --- commands made of the names of the moment

FILES = [
    "my flowers (2026).csv",
    "-flowers.csv",
    "$(touch gone).csv",
    "flowers.data.csv",
    "a'b.csv",
    "größe.csv",
]


def commands_of(page):
    return [html.unescape(one) for one in re.findall(r"glassnet (?:predict|explain) [^<]*", page)]


@pytest.mark.parametrize("task", ["species", "petal_width"])
@pytest.mark.parametrize("name", FILES)
def test_commands_of_the_report(run, shelf, name, task):
    (shelf / "sub").mkdir(exist_ok=True)
    text = (shelf / "flowers.csv").read_text(encoding="utf-8")
    if task != "species":  # numbers only
        text = "\n".join(line.rsplit(",", 1)[0] for line in text.splitlines())
    (shelf / "sub" / name).write_text(text, encoding="utf-8")
    (shelf / name).write_text(text, encoding="utf-8")
    for data, options in ((f"sub/{name}", ["-o", "sub/net.safetensors"]), (name, [])):
        data = f"./{data}" if data.startswith("-") else data
        run(["train", data, "--target", task, *options], epochs=2)
        model = Path(options[1] if options else f"{Path(name).stem}.safetensors")
        page = model.with_name(f"{model.stem}-report.html").read_text(encoding="utf-8")
        explain, predict = sorted(commands_of(page), key=lambda one: "predict" in one)
        assert shlex.split(explain)[2:4] == [
            f"./{model}" if str(model)[0] == "-" else str(model),
            data,
        ]
        assert run(shlex.split(explain)[1:]).out
        assert run([word.replace("new.csv", data) for word in shlex.split(predict)[1:]]).out
    assert not (shelf / "gone").exists()


def test_a_model_is_called_as_its_data_are(run, shelf):
    said = run(["train", "and.data"]).out
    assert "and.safetensors" in said and "and.data.safetensors" not in said


def test_going_on_as_it_is_told(shelf, monkeypatch, capfd, run):
    monkeypatch.chdir(shelf)
    (shelf / "two words.csv").write_text((shelf / "flowers.csv").read_text(encoding="utf-8"))
    for way in (["iris"], ["two words.csv", "--target", "species"]):
        capfd.readouterr()
        _interrupted(shelf, way)
        told = re.search(
            r"To go on: (glassnet train .*)", capfd.readouterr().err.replace("\n", " ")
        )
        run(shlex.split(told[1])[1:])


@pytest.mark.parametrize("data", ["iris", "xor", "houses.csv"])
def test_options_that_a_verdict_advises(run, data):
    from glassnet.cli.request import Request
    from glassnet.cli.run import Run
    from glassnet.report import verdict

    options = set()
    for layers in (None, {"iris": "1 relu, 3 softmax", "xor": "1 sigmoid"}.get(data, "1")):
        for epochs in (1, 40):
            one = Run(Request(data=data, layers=layers, epochs=epochs))
            one.prepare()
            one.finish()
            for line in verdict(one.told).advice:
                options |= set(re.findall(r'--[a-z]+ (?:"[^"]+"|\w+)', line))
    assert options
    for option in options:
        run(["train", data, *shlex.split(option)])
