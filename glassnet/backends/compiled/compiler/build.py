"""From LLVM's language to machine code, and into this process; the cache keeps what was built."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glassnet.backends.compiled.compiler import blas, cache
from glassnet.backends.compiled.compiler.pieces import ENTRY, translated

__all__ = ["compiled", "from_assembly", "has_masks"]

_lock = threading.Lock()
_loaded: dict[str, Callable[..., None]] = {}

# Letters of an argument: a whole number, or a pointer to numbers of some type.
_C_TYPES = {"int64": ctypes.c_int64}


def compiled(
    source: str, arguments: Sequence[str], starts: Mapping[str, Sequence[int]] | None = None
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

    Raises
    ------
    CompileError
        If the source is outside the language.
    """
    layout = " ".join(f"{name}:{list(places)}" for name, places in (starts or {}).items())
    key = cache.key_of(source, " ".join(arguments), layout, str(blas.integer_bits()), _level())
    with _lock:
        if key not in _loaded:
            code = _kept(key) or _translated(key, source, arguments, starts)
            _loaded[key] = _callable(_load(code, f"{ENTRY}_{key}"), arguments)
        return _loaded[key]


def _kept(key: str) -> bytes | None:
    """Return the machine code of a program from the cache, its pieces loaded; None without it.

    Its file begins with the names of the pieces.
    """
    names, _, code = (cache.load(key) or b"").partition(b"\n")
    pieces = {name: cache.load(_key_of_piece(name)) for name in names.decode().split()}
    if not code or None in pieces.values():
        return None
    for name, piece in pieces.items():
        _load_piece(name, piece or b"")
    return code


def _translated(
    key: str,
    source: str,
    arguments: Sequence[str],
    starts: Mapping[str, Sequence[int]] | None,
) -> bytes:
    """Compile a source, and those of its pieces that the cache does not hold."""
    found = translated(source, arguments, starts, blas.integer_bits(), has_masks())
    for name, text in found.pieces.items():
        if name in _pieces:
            continue
        piece = cache.load(_key_of_piece(name))
        if piece is None:
            piece = _object(text)
            cache.store(_key_of_piece(name), text, piece, ".ll")
        _load_piece(name, piece)
    code = _object(found.text.replace(f"@{ENTRY}(", f"@{ENTRY}_{key}(", 1))
    cache.store(key, source, " ".join(found.pieces).encode() + b"\n" + code)
    return code


_pieces: set[str] = set()


def _key_of_piece(name: str) -> str:
    return cache.key_of(name, _level())


def _load_piece(name: str, code: bytes) -> None:
    if name not in _pieces:
        _load(code, name)
        _pieces.add(name)


def from_assembly(text: str, symbols: Mapping[str, int]) -> int:
    """Return the address of the function ``glassnet_entry`` written in LLVM's own language.

    Parameters
    ----------
    text : str
    symbols : mapping of str to int
        Addresses of the functions it calls.
    """
    import llvmlite.binding as llvm

    _prepare()
    for name, address in symbols.items():
        llvm.add_symbol(name, address)
    with _lock:
        _names.append(f"{ENTRY}_{len(_names)}")
        text = text.replace(f"@{ENTRY}(", f"@{_names[-1]}(", 1)
        return _load(_object(text), _names[-1])


_names: list[str] = []


def _callable(address: int, arguments: Sequence[str]) -> Callable[..., None]:
    kinds = [_C_TYPES.get(kind, ctypes.c_void_p) for kind in arguments]
    # A call through ctypes gives the interpreter lock away.
    return ctypes.CFUNCTYPE(None, *kinds)(address)


def _level() -> str:
    """Return how hard the compiler works: 0 to 3; less for tests that only compare numbers."""
    return os.environ.get("GLASSNET_OPTIMIZE", "3")


@functools.cache
def has_masks() -> bool:
    """Return whether a part of a vector can be switched off: a loop's remainder is one vector."""
    import llvmlite.binding as llvm

    return bool(llvm.get_host_cpu_features().get("avx512vl", False))


# LLVM ----------------------------------------------------------------------------------


@functools.cache
def _prepare() -> None:
    """Make LLVM ready, and tell it what the names of functions outside stand for."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    found = blas.find()
    llvm.add_symbol("glassnet_gemm_float32", found.single)
    llvm.add_symbol("glassnet_gemm_float64", found.double)
    llvm.add_symbol("glassnet_yield", _yielding())


def _yielding() -> int:
    """Return the address of the system's "let others run"."""
    if sys.platform == "win32":
        function = ctypes.windll.kernel32.SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


def _target() -> Any:
    """Return a description of this processor; an engine takes it over, so each gets its own."""
    import llvmlite.binding as llvm

    _prepare()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=min(int(_level()), 3),
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


@functools.cache
def _own_target() -> Any:
    return _target()


# Engines own the code they have loaded: they live as long as the process. Each holds one object:
# LLVM's loader mixes up the address tables of several.
_engines: list[Any] = []


def _load(code: bytes, name: str) -> int:
    """Bring an object into this process; return the address of a function in it."""
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)
    address = int(engine.get_function_address(name))
    llvm.add_symbol(name, address)  # other objects call it by this name
    return address


def _object(text: str) -> bytes:
    """Optimise a module and return its machine code."""
    import llvmlite.binding as llvm

    target = _own_target()
    module = llvm.parse_assembly(text)
    level = int(_level())
    options = llvm.create_pipeline_tuning_options(speed_level=level)
    options.loop_vectorization = options.loop_interleaving = options.loop_unrolling = level > 1
    # Straight-line vectors cost compile time and made every workload slower.
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(target.emit_object(module))
