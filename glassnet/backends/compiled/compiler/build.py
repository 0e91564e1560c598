"""From LLVM's language to machine code, and into this process; the cache keeps what was built."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glassnet.backends.compiled.compiler import blas, cache
from glassnet.backends.compiled.compiler.pieces import ENTRY, translated
from glassnet.backends.compiled.compiler.registers import Registers, registers_of

__all__ = ["compiled", "from_assembly", "registers"]

_lock = threading.Lock()
_loaded: dict[str, Callable[..., None]] = {}

# Letters of an argument: a whole number, or a pointer to numbers of some type.
_C_TYPES = {"int64": ctypes.c_int64}


def compiled(
    source: str,
    arguments: Sequence[str],
    starts: Mapping[str, Sequence[int]] | None = None,
    is_short: bool = False,
) -> Callable[..., None]:
    """Return the function ``run`` of a source as machine code.

    Parameters
    ----------
    source : str
        See :mod:`translate` for the language.
    arguments : sequence of str
        Type of each argument: ``int64`` or ``*float64`` for a pointer.
    starts : mapping of str to sequence of int, optional
        Where the arrays begin in the memory that each pointer leads to.
    is_short : bool, default False
        Whether pieces are put back into the function, for they take hardly longer than a call.

    Raises
    ------
    CompileError
        If the source is outside the language.
    """
    layout = " ".join(f"{name}:{list(places)}" for name, places in (starts or {}).items())
    key = cache.key_of(source, " ".join(arguments), layout, str(blas.integer_bits()), str(is_short),
                       _level())  # fmt: skip
    with _lock:
        if key not in _loaded:
            program = _kept(key) or _translated(key, source, arguments, starts, is_short)
            _loaded[key] = _callable(program.load(), arguments)
        return _loaded[key]


@dataclass
class _Program:
    """Machine code of a program and, by name, of its pieces; None for those loaded before."""

    code: bytes
    pieces: dict[str, bytes | None]

    def load(self) -> int:
        """Bring it into this process; return the address of its function."""
        new = {name: code for name, code in self.pieces.items() if code is not None}
        here = _pieces[_level()]
        known = {name: here[name] for name in self.pieces if name not in new}
        found = _linked([*new.values(), self.code], [ENTRY, *new], known | outside())
        here.update({name: found[name] for name in new})
        return found[ENTRY]


# Addresses of the pieces in this process, by level and name.
_pieces: defaultdict[str, dict[str, int]] = defaultdict(dict)


def _kept(key: str) -> _Program | None:
    """Return a program from the cache; None if it, or one of its pieces, is not there.

    Its file begins with the names of the pieces.
    """
    names, _, code = (cache.load(key) or b"").partition(b"\n")
    pieces: dict[str, bytes | None] = {}
    here = _pieces[_level()]
    for name in names.decode().split():
        pieces[name] = None if name in here else cache.load(_key_of_piece(name))
        if pieces[name] is None and name not in here:
            return None
    return _Program(code, pieces) if code else None


def _translated(
    key: str,
    source: str,
    arguments: Sequence[str],
    starts: Mapping[str, Sequence[int]] | None,
    is_short: bool,
) -> _Program:
    """Compile a source, and those of its pieces that the cache does not hold."""
    found = translated(source, arguments, starts, blas.integer_bits(), registers())
    if is_short:
        code = _object(found.text, optimised, found.pieces.values())
        cache.store(key, source, b"\n" + code)
        return _Program(code, {})
    here = _pieces[_level()]
    pieces = {name: None if name in here else _piece(name, text, name in found.products)
              for name, text in found.pieces.items()}  # fmt: skip
    code = _object(found.text, optimised)
    cache.store(key, source, " ".join(pieces).encode() + b"\n" + code)
    return _Program(code, pieces)


def _piece(name: str, text: str, is_product: bool) -> bytes:
    """Return the machine code of a piece: from the cache, or compiled from its text."""
    code = cache.load(_key_of_piece(name))
    if code is None:
        code = _object(text, finished if is_product else optimised)
        cache.store(_key_of_piece(name), text, code, ".ll")
    return code


def _key_of_piece(name: str) -> str:
    return cache.key_of(name, _level())


def from_assembly(text: str, symbols: Mapping[str, int]) -> int:
    """Return the address of the function ``glassnet_entry`` written in LLVM's own language.

    Parameters
    ----------
    text : str
    symbols : mapping of str to int
        Addresses of the functions it calls.
    """
    with _lock:
        return _linked([_object(text, optimised)], [ENTRY], symbols)[ENTRY]


def _callable(address: int, arguments: Sequence[str]) -> Callable[..., None]:
    kinds = [_C_TYPES.get(kind, ctypes.c_void_p) for kind in arguments]
    # A call through ctypes gives the interpreter lock away.
    return ctypes.CFUNCTYPE(None, *kinds)(address)


def _level() -> str:
    """Return how hard the compiler works: 0 to 3; less for tests that only compare numbers.

    It may change within a process: programs, pieces and the target are kept for each level.
    """
    return os.environ.get("GLASSNET_OPTIMIZE", "3")


@functools.cache
def registers() -> Registers:
    """Return the vector registers of this processor."""
    import llvmlite.binding as llvm

    return registers_of(llvm.get_host_cpu_features())


# LLVM ----------------------------------------------------------------------------------


# Code for Windows names this number, which C's linker looks for, and never reads it.
_fltused = ctypes.c_int(0)


@functools.cache
def outside(platform: str = sys.platform) -> dict[str, int]:
    """Return the addresses of what machine code needs on a system, C's own library aside."""
    products = blas.find()
    found = {
        "glassnet_gemm_float32": products.single,
        "glassnet_gemm_float64": products.double,
        "glassnet_yield": _yielding(),
    }
    if platform == "win32":
        found["_fltused"] = ctypes.addressof(_fltused)
    return found


def _yielding() -> int:
    """Return the address of the system's "let others run"."""
    if sys.platform == "win32":
        function = ctypes.windll.kernel32.SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


@functools.cache
def _target(level: int) -> Any:
    """Return LLVM's description of this processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return _new_target(level)


def _new_target(level: int) -> Any:
    import llvmlite.binding as llvm

    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=min(level, 3),
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


@functools.cache
def _linker() -> Any:
    import llvmlite.binding as llvm

    _target(3)
    return llvm.create_lljit_compiler(_new_target(3))  # it takes its description over


# Machine code stays in memory as long as its library is kept: for ever.
_libraries: list[Any] = []


def _linked(
    objects: Sequence[bytes], names: Sequence[str], symbols: Mapping[str, int]
) -> dict[str, int]:
    """Bring objects into this process as one library; return the addresses of functions in it."""
    import llvmlite.binding as llvm

    library = llvm.JITLibraryBuilder()
    for code in objects:
        library.add_object_img(code)
    for name in names:
        library.export_symbol(name)
    for name, address in symbols.items():
        library.import_symbol(name, address)
    library.add_current_process()
    found = library.link(_linker(), f"glassnet_{len(_libraries)}")
    _libraries.append(found)
    return {name: int(found[name]) for name in names}


def _object(text: str, change: Callable[[Any, Any], None], within: Iterable[str] = ()) -> bytes:
    """Optimise a module and return its machine code; ``within`` are pieces to be put into it."""
    import llvmlite.binding as llvm

    target = _target(int(_level()))
    module = llvm.parse_assembly(text)
    for piece in within:
        # noalias and align of a piece's arguments outlive its inlining.
        module.link_in(
            llvm.parse_assembly(piece.replace(") nounwind {", ") alwaysinline nounwind {"))
        )
    change(module, target)
    return bytes(target.emit_object(module))


def optimised(module: Any, target: Any) -> None:
    """Change a module as hard as the environment says."""
    import llvmlite.binding as llvm

    level = int(_level())
    options = llvm.create_pipeline_tuning_options(speed_level=level)
    options.loop_vectorization = options.loop_interleaving = options.loop_unrolling = level > 1
    # Straight-line vectors cost compile time and made every workload slower.
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)


def finished(module: Any, target: Any) -> None:
    """Bring a module to registers that is written in vectors: all else is as it should be."""
    import llvmlite.binding as llvm

    passes = llvm.create_new_function_pass_manager()
    passes.add_sroa_pass()
    passes.add_loop_rotate_pass()
    builder = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options())
    for function in module.functions:
        if not function.is_declaration:
            passes.run(function, builder)
