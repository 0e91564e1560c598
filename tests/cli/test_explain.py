"""``explain``: every number of one pass, on the command line."""

import re

import pytest

import glassnet as gn


@pytest.fixture
def model(command, flowers):
    done = command(
        "train", "flowers.csv", "--target", "kind", "--layers", "4 tanh, 3 softmax", "--json",
        "--epochs", "3",
    )  # fmt: skip
    assert done.code == 0
    return "flowers.safetensors"


def test_a_row_is_told_step_by_step(command, model):
    done = command("explain", model, "flowers.csv", "--row", "3")
    assert done.code == 0 and not done.err
    for title in ("Forward pass", "Loss", "Backward pass", "Update"):
        assert f"\n{title}" in done.out
    assert "\x1b[" not in done.out
    assert command("explain", model, "flowers.csv", "--row", "4").out != done.out


def test_the_numbers_are_those_of_python(command, model, flowers):
    data = gn.datasets.read_table(flowers, "kind")
    net = gn.load(model)
    e = net.explain(data.x[3], data.y[3])
    e.sample = "row 3 of flowers.csv"
    assert command("explain", model, "flowers.csv", "--row", "3").out.rstrip(
        "\n"
    ) == e.text().replace("text(unfold=True)", "--unfold")
    told = command("explain", model, "flowers.csv", "--row", "3", "--why", "W1", "0", "1").out
    assert told.rstrip("\n") == str(e.why("W1", (0, 1)))
    assert command("explain", model, "flowers.csv", "--row", "3", "--why", "W1[0,1]").out == told


def test_unfolded_text_is_longer(command, model):
    short = command("explain", model, "flowers.csv").out
    long = command("explain", model, "flowers.csv", "--unfold").out
    assert "written out by --unfold." in short and "unfold=True" not in short
    assert "more" in short and not re.search(r"… and \d+ more", long)
    assert len(long) > len(short)


def test_page_and_latex(command, model, folder):
    done = command("explain", model, "flowers.csv", "--html", "why.html")
    assert "why.html" in done.out
    assert "<details" in (folder / "why.html").read_text(encoding="utf-8")
    assert command("explain", model, "flowers.csv", "--latex").out.startswith(r"\paragraph")
    why = command("explain", model, "flowers.csv", "--latex", "--why", "b1", "0").out
    assert why.startswith(r"\begin{align*}")


def test_without_a_target_there_is_the_forward_pass(command, model, folder, flowers):
    header, *lines = [line.rsplit(",", 1)[0] for line in flowers.read_text().splitlines()]
    (folder / "new.csv").write_text("\n".join([header, *lines]))
    done = command("explain", model, "new.csv")
    assert done.code == 0 and "the forward pass only" in done.err
    assert "Forward pass" in done.out and "\nLoss" not in done.out


def test_what_cannot_be_is_said(command, model):
    assert (
        "150 rows, counted from 0" in command("explain", model, "flowers.csv", "--row", "150").error
    )
    assert "--why W1 0 1" in command("explain", model, "flowers.csv", "--why", "W1", "a").error
    assert "one argument too many" in command("explain", model, "flowers.csv", "7").error
    assert "did you mean 'W1'" in command("explain", model, "flowers.csv", "--why", "w1", "0").error
    refused = command("explain", model, "flowers.csv", "--html", model)
    assert refused.code == 1 and "model" in refused.error


def test_the_report_names_rows_as_explain_counts_them(command, model, folder, flowers):
    done = command(
        "train", "flowers.csv", "--target", "kind", "--epochs", "3", "--report", "r.html"
    )
    assert done.code == 0, done.err
    page = (folder / "r.html").read_text(encoding="utf-8")
    row = re.search(r"(glassnet explain \S+ \S+ --row (\d+))", page)
    data = gn.datasets.read_table(flowers, "kind")
    told = command("explain", model, "flowers.csv", "--row", row[2]).out
    x = ", ".join(f"{number:g}" for number in data.x[int(row[2])])
    assert f"x = [{x}]" in told
    worst = re.search(r"Worst mistakes.*?<tbody>(.*?)</tr>", page, re.S)[1]
    assert re.search(r'<th scope="row">(\d+)<', worst)[1] == row[2]
    cells = {float(cell) for cell in re.findall(r">(-?[\d.]+)<", worst)}
    assert set(data.x[int(row[2])].tolist()) <= cells


def test_the_title_names_model_and_row_and_the_answer_the_class(command, model, flowers):
    data = gn.datasets.read_table(flowers, "kind")
    text = command("explain", model, "flowers.csv", "--row", "3").out
    assert text.startswith("One pass of flowers (")
    assert "step by step: row 3 of flowers.csv" in text.splitlines()[0]
    label = gn.load(model).predict_labels(data.x[3:4])[0]
    target = data.class_names[int(data.y[3])]
    assert f"prediction: {label}, probability " in text and f"; target: {target}" in text
