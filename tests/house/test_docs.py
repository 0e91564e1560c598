"""The documents are true: links lead somewhere, examples are Python and print what they say."""

import doctest
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
)

FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|\b(?:src|href)=\"([^\"]+)\"")
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def blocks(text, language):
    """The fenced blocks of a language, each as (line number, source)."""
    for match in FENCE.finditer(text):
        if match[2] == language:
            yield text[: match.start()].count("\n") + 2, match[3]


def anchors(text):
    """What the headings of a document can be linked by."""
    headings = re.findall(r"^#+ +(.+?) *#*$", FENCE.sub("", text), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in plain}


def dead_links(text, path):
    found = []
    for match in LINK.finditer(FENCE.sub("", text)):
        link = match[1] or match[2]
        if re.match(r"[a-z]+:", link):  # elsewhere
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name) if name else path
        if not target.exists():
            found.append(link)
        elif anchor and target.suffix == ".md":
            linked = text if target == path else target.read_text(encoding="utf-8")
            if anchor not in anchors(linked):
                found.append(link)
    return found


def examples(text, name):
    """The session (``>>>``) of a whole document as one doctest: its blocks share their names."""
    parser = doctest.DocTestParser()
    found = []
    for line, source in blocks(text, "python"):
        for example in parser.get_examples(source):
            example.lineno += line - 1
            found.append(example)
    return doctest.DocTest(found, {"__name__": "__main__"}, name, name, 0, text)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    path = ROOT / document
    assert not dead_links(path.read_text(encoding="utf-8"), path)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_python_blocks_are_python(document):
    for line, source in blocks((ROOT / document).read_text(encoding="utf-8"), "python"):
        if ">>>" not in source:
            compile("\n" * (line - 1) + source, document, "exec")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_examples_print_what_they_say(document, tmp_path, monkeypatch):
    test = examples((ROOT / document).read_text(encoding="utf-8"), document)
    monkeypatch.chdir(tmp_path)  # what an example writes is not left behind
    monkeypatch.setenv("COLUMNS", "100")
    said = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append)
    assert not result.failed, "".join(said)


SAMPLE = """# First steps, and `more`
[here](#first-steps-and-more) [there](other.md#part) [out](https://example.org/x)
```python
>>> 1 + 1
2
```
```python
>>> 1 + 2
4
```
"""


def test_the_checks_find_what_is_wrong(tmp_path):
    path = tmp_path / "sample.md"
    path.write_text(SAMPLE)
    assert dead_links(SAMPLE, path) == ["other.md#part"]
    (tmp_path / "other.md").write_text("## Part\n")
    assert not dead_links(SAMPLE, path)
    assert dead_links("[a](other.md#parts) [b](#no)", path) == ["other.md#parts", "#no"]
    said = []
    result = doctest.DocTestRunner().run(examples(SAMPLE, "sample"), out=said.append)
    assert (result.failed, result.attempted) == (1, 2)
    assert "line 8" in "".join(said)
