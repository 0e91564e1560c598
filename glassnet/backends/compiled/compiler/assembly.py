"""Text in LLVM's own language: instructions of one function, and what a module declares."""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.backends.compiled.compiler.kinds import Kind, Pointer, Value
from glassnet.backends.compiled.compiler.registers import Registers

__all__ = ["Assembly", "Module"]


class Module:
    """What the functions of one module share: declarations, constants and loop properties.

    Attributes
    ----------
    registers : Registers
        Of the processor that the module is for.
    needed : dict of str to str
        The text of the pieces that it calls, by name.
    """

    def __init__(self, registers: Registers) -> None:
        self.registers = registers
        self.needed: dict[str, str] = {}
        self.functions: list[str] = []
        self._declarations: dict[str, str] = {}
        self._constants: dict[str, str] = {}
        self._properties: dict[str, str] = {}
        self._loops: list[str] = []

    def declare(self, name: str, result: str, arguments: Sequence[str]) -> None:
        """Declare a function that is defined elsewhere."""
        self._declarations[name] = f"declare {result} @{name}({', '.join(arguments)})"

    def needs(self, name: str, text: str) -> None:
        """Say that a piece is called: a function in a module of its own."""
        self.needed[name] = text

    def stored(self, kind: str, text: str) -> str:
        """Return the address of a constant in memory."""
        key = f"{kind} {text}"
        if key not in self._constants:
            self._constants[key] = f"@c{len(self._constants)}"
        return self._constants[key]

    def loop(self, properties: Sequence[str]) -> str:
        """Return the metadata of a loop with these properties."""
        names = [self._properties.setdefault(p, f"!{len(self._properties)}") for p in properties]
        number = f"!{1000 + len(self._loops)}"
        self._loops.append(f"{number} = distinct !{{{', '.join([number, *names])}}}")
        return number

    def text(self) -> str:
        """Return the whole module."""
        constants = [
            f"{name} = private unnamed_addr constant {value}"
            for value, name in self._constants.items()
        ]
        properties = [f"{name} = !{{{text}}}" for text, name in self._properties.items()]
        parts = [*constants, *self._declarations.values(), *self.functions]
        return "\n".join([*parts, *self._loops, *properties, ""])


class Assembly:
    """The instructions of one function, written one after the other."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.lines: list[str] = []
        self.allocations: list[str] = []
        self.count = 0
        self.label = "entry"  # of the block that is being written

    def fresh(self, prefix: str = "v") -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def do(self, text: str) -> None:
        """Write an instruction without a result."""
        self.lines.append(f"  {text}")

    def value(self, text: str, kind: Kind | Pointer) -> Value:
        """Write an instruction and return its result."""
        name = f"%{self.fresh()}"
        self.lines.append(f"  {name} = {text}")
        return Value(name, kind)

    def block(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self.label = label

    def jump(self, label: str) -> None:
        self.do(f"br label %{label}")

    def branch(self, test: Value, then: str, otherwise: str) -> None:
        self.do(f"br i1 {test.text}, label %{then}, label %{otherwise}")

    def slot(self, llvm: str) -> str:
        """Return the address of a new local variable."""
        name = f"%{self.fresh('s')}"
        self.allocations.append(f"  {name} = alloca {llvm}")
        return name

    def call(self, name: str, result: Kind, arguments: Sequence[Value]) -> Value:
        """Call a function of numbers that is defined elsewhere."""
        self.module.declare(name, result.llvm, [argument.kind.llvm for argument in arguments])
        given = ", ".join(argument.typed for argument in arguments)
        return self.value(f"call {result.llvm} @{name}({given})", result)

    def function(self, head: str) -> str:
        """Return the finished function; ``head`` is all in front of its body."""
        return "\n".join([head + " {", "entry:", *self.allocations, *self.lines, "}"])
