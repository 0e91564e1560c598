"""From generated source to something that can be called.

Numba translates the source once; the machine code goes into the cache. Calling it needs
llvmlite alone, so a process that finds its program in the cache never imports Numba.
"""

from __future__ import annotations

import ctypes
import functools
import re
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glassnet.backends.numba import blas, cache, processor

__all__ = ["CompileError", "compiled", "from_assembly"]


class CompileError(Exception):
    """A program cannot be compiled; NumPy takes over."""


_ENTRY = "glassnet_entry"
# Numbers of our metadata nodes, above all of Numba's.
_NODES = 900000
_lock = threading.Lock()
# Engines own the code they loaded: they live as long as the process.
_loaded: dict[str, Callable[..., None]] = {}

# Letters of an argument: a whole number, or a pointer to numbers of some type.
_C_TYPES = {"int64": ctypes.c_int64}


def compiled(source: str, arguments: Sequence[str]) -> Callable[..., None]:
    """Return the function ``run`` of the source as machine code.

    Parameters
    ----------
    source : str
        Python source that defines ``run``, in the subset Numba compiles.
    arguments : sequence of str
        Type of each argument: ``int64`` or ``*float64`` for a pointer.
    """
    key = cache.key_of(source, " ".join(arguments), str(blas.integer_bits()))
    with _lock:
        if key not in _loaded:
            code = cache.load(key)
            if code is None:
                code = _translate(source, arguments)
                cache.store(key, source, code)
            _loaded[key] = _callable(_address(code), arguments)
        return _loaded[key]


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
    module = llvm.parse_assembly(text)
    module.verify()
    return _address(_optimised(module))


def _callable(address: int, arguments: Sequence[str]) -> Callable[..., None]:
    kinds = [_C_TYPES.get(kind, ctypes.c_void_p) for kind in arguments]
    # A call through ctypes gives the interpreter lock away.
    return ctypes.CFUNCTYPE(None, *kinds)(address)


@functools.cache
def _prepare() -> None:
    """Make LLVM ready, and tell it what the names of the matrix products stand for."""
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
        opt=3,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


_engines: list[Any] = []


def _address(code: bytes) -> int:
    """Load machine code into this process."""
    import llvmlite.binding as llvm

    target = _target()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)
    return engine.get_function_address(_ENTRY)


def _translate(source: str, arguments: Sequence[str]) -> bytes:
    """Compile the source with Numba and return machine code for this processor."""
    import llvmlite.binding as llvm
    import numba
    from numba import types
    from numba.core.compiler import Flags, compile_extra
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import cpu_target

    from glassnet.backends.numba.intrinsics import build

    _prepare()

    def kind(text: str) -> Any:
        return types.CPointer(getattr(types, text[1:])) if text[0] == "*" else getattr(types, text)

    scope: dict[str, Any] = build()
    scope |= {
        name: getattr(numba, name) for name in ("float32", "float64", "int64", "uint32", "uint8")
    }
    exec(compile(source, "<glassnet>", "exec"), scope)
    flags: Any = Flags()
    flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    flags.no_compile = True  # optimising is done below, once
    flags.error_model = "numpy"
    flags.noalias = True  # nothing that is written can be reached through two arguments
    target = cpu_target
    for context in (target.typing_context, target.target_context):
        context.refresh()  # lanes may have been made known to Numba a moment ago
    kinds = tuple(kind(text) for text in arguments)
    result = compile_extra(
        target.typing_context, target.target_context, scope["run"], kinds, types.void, flags, {}
    )
    text = result.library.get_llvm_str()
    if re.search(r"^declare [^\n]*@\"?_Z", text, re.M):
        # It calls functions that Numba keeps in libraries of their own: let Numba link them.
        with global_compiler_lock:
            result.library.finalize()
        text = result.library.get_llvm_str()
    module = llvm.parse_assembly(_with_entry(text, arguments))
    module.verify()
    return _optimised(module)


def _optimised(module: Any) -> bytes:
    """Optimise a module and return its machine code."""
    import llvmlite.binding as llvm

    target = _target()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.loop_interleaving = options.loop_unrolling = True
    # Straight-line vectors cost compile time and made every workload slower.
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)
    return target.emit_object(module)


def _with_entry(text: str, arguments: Sequence[str]) -> str:
    """Add a function of a known name that calls Numba's; generated code raises nothing."""
    inner = re.search(r"^define [^\n]*?i32 @(_Z[^\s(]+|\"_Z[^\"]*\")\(", text, re.M)
    if inner is None:
        raise CompileError("Numba's code has another form than expected")
    given = [f"{'i64' if kind == 'int64' else 'ptr'} %a{n}" for n, kind in enumerate(arguments)]
    passed = ", ".join(["ptr %result", "ptr %error", *given])
    return _with_rolled_loops(text) + (
        f"define void @{_ENTRY}({', '.join(given)}) {{\n"
        "  %result = alloca ptr\n  %error = alloca ptr\n"
        f"  %code = call i32 @{inner[1]}({passed})\n  ret void\n}}\n"
    )


def _with_rolled_loops(text: str) -> str:
    """Tell LLVM not to unroll the loops that are marked by a call of ``rolled()``.

    It would unroll a short inner loop first and then find nothing to vectorise but the outer
    one, whose elements lie far apart. Where the processor can, the remainder of a ``masked()``
    loop is one vector under a mask: of 10 numbers in vectors of 8, two would be computed singly.
    """
    rolled, mask = f"!{_NODES}", f"!{_NODES + 1}"
    wishes = {"rolled": rolled, "masked": f"{rolled}, {mask}" if processor.has_masks() else rolled}
    lines: list[str] = []
    ends: list[str] = []
    marked = ""
    for line in text.split("\n"):
        found = re.search(r"call .*@glassnet_(rolled|masked)\(\)", line)
        if found:
            marked = wishes[found[1]]
            continue
        if marked and re.match(r"\s*br ", line):
            node = f"!{_NODES + 2 + len(ends)}"
            line = f"{line}, !llvm.loop {node}"
            ends.append(f"{node} = distinct !{{{node}, {marked}}}")
            marked = ""
        lines.append(line)
    ends.append(f'{rolled} = !{{!"llvm.loop.unroll.disable"}}')
    ends.append(f'{mask} = !{{!"llvm.loop.vectorize.predicate.enable", i1 true}}')
    return "\n".join([*lines, *ends, ""])
