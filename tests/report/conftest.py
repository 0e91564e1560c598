"""Small trained runs to report on, and a reader for the pages."""

import copy
import dataclasses
from html.parser import HTMLParser

import numpy as np
import pytest

import glassnet as gn
from glassnet.report import TrainedRun, report_html


def trained(data, layers, loss, epochs=4, validate=True):
    """Train a small network and return the run."""
    (x, y), test = data.split()
    validation = None
    if validate:
        (x, y), validation = gn.datasets.train_test_split(x, y, 0.2)
    net = gn.Sequential([gn.layers.Normalization(), *layers], seed=0)
    is_classes = data.task == "classification"
    net.compile(gn.optimizers.Adam(0.01), loss, ["accuracy"] if is_classes else [])
    shaped = (lambda y: y) if loss.startswith("sparse") else (lambda y: y[:, None])
    pair = (validation[0], shaped(validation[1])) if validate else None
    history = net.fit(x, shaped(y), epochs=epochs, verbose=0, validation_data=pair)
    outputs = net.predict(test[0])
    if is_classes:
        scores = {"accuracy": gn.metrics.accuracy(test[1], outputs)}
    else:
        true = test[1][:, None]
        error = gn.metrics.mean_absolute_error(true, outputs)
        scores = {"r2": gn.metrics.r2(true, outputs), "mean_absolute_error": error}
    return TrainedRun(data, net, history, (x, y), test, validation, scores, seed=0)


@pytest.fixture(scope="session")
def iris_run():
    data = gn.datasets.info("iris")
    data = data.replace(class_names=("<script>alert(1)</script>", "a & b", '"quoted"'))
    layers = [gn.layers.Dense(8, "relu"), gn.layers.Dropout(0.1), gn.layers.Dense(3, "softmax")]
    return trained(data, layers, "sparse_categorical_crossentropy")


@pytest.fixture(scope="session")
def digits_run():
    data = gn.datasets.info("digits")
    layers = [gn.layers.Dense(16, "relu"), gn.layers.Dense(10, "softmax")]
    return trained(data, layers, "sparse_categorical_crossentropy")


@pytest.fixture(scope="session")
def diabetes_run():
    data = gn.datasets.info("diabetes")
    layers = [gn.layers.Dense(8, "tanh"), gn.layers.Dense(1), gn.layers.Rescaling(77.0, 152.0)]
    return trained(data, layers, "mean_squared_error", epochs=8)


@pytest.fixture(scope="session")
def xor_run():
    layers = [gn.layers.Dense(4, "tanh"), gn.layers.Dense(1, "sigmoid")]
    data = gn.datasets.info("xor")
    return trained(data, layers, "binary_crossentropy", epochs=300, validate=False)


@pytest.fixture(scope="session")
def small():
    """The function that trains a small network."""
    return trained


VOID = {"meta", "img", "br", "hr", "path", "use", "image", "rect"}


class Page(HTMLParser):
    """What a page holds: headings, tables, images, identifiers, text; and whether it is sound."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.images, self.labels, self.links = [], [], [], []
        self.identifiers, self.tables, self.rows = [], [], []
        self.words = []
        self.open = []
        self.feed(text)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "id" in found:
            self.identifiers.append(found["id"])
        self.links += [found[key] for key in ("src", "href") if key in found]
        if tag == "img":
            self.images.append(found)
        if tag == "svg" and found.get("role") == "img":
            self.labels.append("")
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, text):
        if "style" in self.open or not text.strip():
            return
        inside = self.open[-1] if self.open else ""
        if inside in ("h1", "h2", "h3"):
            self.headings.append(text)
        if inside == "title" and "svg" in self.open:
            self.labels[-1] = text
        if "table" in self.open and any(cell in self.open for cell in ("td", "th")):
            self.tables[-1][-1][-1] += text
        self.words.append(text)

    @property
    def text(self):
        return " ".join(self.words)


@pytest.fixture(scope="session")
def text_of():
    """Returns the page of a run as text; each run's page is made once."""
    made = {}

    def text(run):
        if id(run) not in made:
            made[id(run)] = run, report_html(run)  # a run that is kept keeps its identity
        return made[id(run)][1]

    return text


@pytest.fixture(scope="session")
def read():
    """Returns the page of a run, read."""
    return lambda run: Page(report_html(run))


@pytest.fixture(scope="session")
def page_of(text_of):
    """Returns the page of a run that no test changes, read; it is made once."""
    return lambda run: Page(text_of(run))


@pytest.fixture
def changed():
    """Returns a copy of a run with another history: its curves, and how it ended."""

    def change(run, history=None, stopped="all epochs done", best_epoch=None, **more):
        new = copy.copy(run.history)
        new.stopped = stopped
        if history is not None:
            new.history = {name: list(map(float, values)) for name, values in history.items()}
            new.epoch = list(range(len(next(iter(history.values())))))
        return dataclasses.replace(run, history=new, best_epoch=best_epoch, **more)

    return change


@pytest.fixture
def saying():
    """Returns a copy of a run whose network gives the outputs named."""

    def say(run, train, test):
        copy = dataclasses.replace(run)
        for name, y, values in (
            ("train_outputs", run.train[1], train),
            ("outputs", run.test[1], test),
        ):
            outputs = np.asarray(values(y), np.float64)
            copy.__dict__[name] = outputs
        return copy

    return say
