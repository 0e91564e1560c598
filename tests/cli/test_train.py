"""``glassnet train`` from beginning to end."""

import json

from glassnet.cli import main


def run(capfd, *arguments):
    """Run the command; return exit code, standard output and standard error."""
    try:
        main([str(one) for one in arguments])
        code = 0
    except SystemExit as end:
        code = end.code or 0
    captured = capfd.readouterr()
    return code, captured.out, captured.err


def test_digits_are_learned(capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capfd, "train", "digits", "--json")
    assert code == 0
    assert json.loads(out)["test"]["accuracy"] >= 0.97
    assert {path.name for path in tmp_path.iterdir()} == {
        "digits.safetensors",
        "digits-report.html",
    }
