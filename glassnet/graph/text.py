"""The text form of a program: readable, and it parses back to an equal program.

::

    program double
    input x: float32[n, 3]
    output y = v1
    v1: float32[n, 3] = multiply(x, 2.0:float32)
"""

from __future__ import annotations

import ast
import keyword
import re
from typing import Any

import numpy as np

from glassnet.errors import GraphError, suggestion
from glassnet.graph.dims import Dim, Shape
from glassnet.graph.node import Node, constant, find_op, input_node
from glassnet.graph.program import Program
from glassnet.quoting import python_name, python_text

__all__ = ["from_text", "to_text"]


def to_text(program: Program) -> str:
    """Return the program as text, one line a value."""
    names = _names(program)
    lines = [f"program {_quoted(program.name)}"]
    lines += [f"input {_typed(names[id(node)], node)}" for node in program.inputs.values()]
    for node in program.order():
        if node.op.name in ("input", "constant"):
            continue
        arguments = [_argument(child, names) for child in node.inputs]
        arguments += [f"{key}={_value_text(value)}" for key, value in node.attrs.items()]
        lines.append(f"{_typed(names[id(node)], node)} = {node.op.name}({', '.join(arguments)})")
    for name, node in program.outputs.items():
        lines.append(f"output {_key(name)} = {_argument(node, names)}")
    if program.totals:
        lines.append("totals " + ", ".join(map(_key, program.totals)))
    if program.rows:
        lines.append("rows " + ", ".join(map(_key, program.rows)))
    return "\n".join(lines) + "\n"


def _names(program: Program) -> dict[int, str]:
    """Give every value a unique name: the one people gave it, else v1, v2 ..."""
    names = {id(node): _quoted(name) for name, node in program.inputs.items()}
    taken = set(program.inputs)
    for node in program.order():
        if id(node) in names or node.is_constant:
            continue
        base = python_name(node.name) if node.name else ""
        name = base if _is_plain(base) else f"v{len(names)}"
        while name in taken:
            name = f"{name}_{len(names)}"
        taken.add(name)
        names[id(node)] = name
    return names


def _is_plain(name: str) -> bool:
    """Whether a name can be written without quotes, ``v1`` being kept for nameless values."""
    if keyword.iskeyword(name) or re.fullmatch(r"v\d+", name):
        return False
    return name == python_name(name)


def _quoted(name: str) -> str:
    return name if _is_plain(name) else python_text(name)


def _key(name: str) -> str:
    """Return the name of a result: those of weights hold dots, ``d.dense_1.kernel``."""
    return name if all(map(str.isidentifier, name.split("."))) else python_text(name)


def _is_quoted(name: str) -> bool:
    return len(name) > 1 and name[0] in "'\"" and name[0] == name[-1]


def _typed(name: str, node: Node) -> str:
    return f"{name}: {node.dtype}[{', '.join(str(dim) for dim in node.shape)}]"


def _argument(node: Node, names: dict[int, str]) -> str:
    if node.is_constant:
        value = node.attrs["value"]
        text = repr(value.tolist()) if isinstance(value, np.ndarray) else repr(value)
        return f"constant({text}, {node.dtype!r}, {tuple(node.shape)!r})"
    return names[id(node)]


def _value_text(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + "".join(f"{_value_text(part)}, " for part in value).rstrip() + ")"
    return repr(value)


_TYPE = re.compile(r"(\w+)\[([^\[\]]*)\]")
_LONGEST_SHOWN = 200  # of a line in a message
# What a text that is no program may lead to; Python's parser gives up on deep nesting.
_DAMAGE = (
    GraphError,
    ValueError,
    SyntaxError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    MemoryError,
)


def from_text(text: str) -> Program:
    """Parse the text form of a program.

    Raises
    ------
    GraphError
        With the number and text of the line that cannot be read.
    """
    parser = _Parser()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                parser.read(line.strip())
            except _DAMAGE as error:
                shown = line.strip()[:_LONGEST_SHOWN]
                why = str(error)[:_LONGEST_SHOWN] or type(error).__name__
                raise GraphError(f"line {number} of the program, {shown!r}: {why}") from error
    return Program(parser.name, parser.inputs, parser.outputs, parser.totals, parser.rows)


# A text in quotes, or a name up to what ends it.
_KEYS = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s",]+')


def _split_key(text: str) -> tuple[str, str]:
    match = _KEYS.match(text)
    if match is None or not text.startswith(" = ", match.end()):
        raise GraphError("expected 'output name = value'")
    return match[0], text[match.end() + 3 :]


def _key_of(text: str) -> str:
    return str(ast.literal_eval(text)) if text.startswith('"') else text


class _Parser:
    def __init__(self) -> None:
        self.name = "program"
        self.nodes: dict[str, Node] = {}
        self.inputs: list[Node] = []
        self.outputs: dict[str, Node] = {}
        self.totals: tuple[str, ...] = ()
        self.rows: tuple[str, ...] = ()

    def read(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "program":
            self.name = _key_of(rest)
        elif word == "input":
            self._input(rest)
        elif word == "output":
            key, value = _split_key(rest)
            self.outputs[_key_of(key)] = self._argument(ast.parse(value, mode="eval").body)
        elif word in ("totals", "rows"):
            setattr(self, word, tuple(map(_key_of, _KEYS.findall(rest))))
        else:
            self._operation(line)

    def _input(self, text: str) -> None:
        name, dtype, shape = self._typed(text)
        if not name.isidentifier():
            name = str(ast.literal_eval(name))
        node = input_node(name, shape, dtype)
        self.nodes[name] = node
        self.inputs.append(node)

    def _operation(self, line: str) -> None:
        left, _, right = line.partition(" = ")
        name, dtype, shape = self._typed(left)
        call = ast.parse(right, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise GraphError("expected 'name: dtype[shape] = op(arguments)'")
        inputs = tuple(self._argument(argument) for argument in call.args)
        attrs = {str(key.arg): _value(key.value) for key in call.keywords}
        op = find_op(call.func.id)
        # The rules must agree with what is written: the text is checked, not trusted.
        made = op.shape(*(node.shape for node in inputs), **attrs)
        kind = op.dtype(*(node.dtype for node in inputs), **attrs)
        if made != shape or kind != dtype:
            raise GraphError(f"{op.name} gives {kind}{list(made)}, not {dtype}{list(shape)}")
        label = "" if re.fullmatch(r"v\d+", name) else name
        self.nodes[name] = Node(op, inputs, attrs, shape, dtype, label)

    def _typed(self, text: str) -> tuple[str, str, Shape]:
        # The last colon, for a name in quotes may hold others.
        name, _, kind = text.strip().rpartition(": ")
        match = _TYPE.fullmatch(kind)
        if not match or not (re.fullmatch(r"\w+", name) or _is_quoted(name)):
            raise GraphError(f"expected 'name: dtype[shape]', got {text!r}")
        dims = _value(ast.parse(f"({match[2]},)" if match[2] else "()", mode="eval").body)
        return name, match[1], dims

    def _argument(self, tree: ast.expr) -> Node:
        name = tree.id if isinstance(tree, ast.Name) else getattr(tree, "value", None)
        if isinstance(name, str):
            if name not in self.nodes:
                raise GraphError(f"the value {name!r} is not known{suggestion(name, self.nodes)}")
            return self.nodes[name]
        if (
            isinstance(tree, ast.Call)
            and isinstance(tree.func, ast.Name)
            and tree.func.id == "constant"
        ):
            value, dtype, shape = (_value(part) for part in tree.args)
            return constant(np.array(value, dtype).reshape(shape) if shape else value, dtype)
        raise GraphError(f"cannot read the argument {ast.unparse(tree)}")


def _value(tree: ast.expr) -> Any:
    """Read a literal in which names stand for symbolic sizes, and inf and nan for themselves."""
    if isinstance(tree, ast.Constant):
        return tree.value
    if isinstance(tree, ast.Tuple):
        return tuple(_value(part) for part in tree.elts)
    if isinstance(tree, ast.List):
        return [_value(part) for part in tree.elts]
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return -_value(tree.operand)
    if isinstance(tree, ast.Name):
        return float(tree.id) if tree.id in ("inf", "nan") else Dim(tree.id)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
        return _value(tree.left) * _value(tree.right)
    raise GraphError(f"cannot read the value {ast.unparse(tree)}")
