"""Other processors and systems: LLVM makes machine code for them from the text of real programs.

It is not run. What it calls has to be there: functions that the library gives to the linker, C's
own, and the program's pieces.
"""

import re
from collections import defaultdict

import llvmlite.binding as llvm
import numpy as np
import pytest

import glassnet as gn
from glassnet.backends.compiled.compiler import build, waiting
from glassnet.backends.compiled.compiler.pieces import ENTRY
from glassnet.backends.compiled.compiler.registers import Registers

# C's library is in every process; `pow` takes a step's number to Adam's 1 - β₂ᵗ.
OF_C = {"memset", "memcpy", "memmove", "pow"}
# Triple, processor, and a register that only code for whole vectors names.
TARGETS = {
    "ARM, Linux": ("aarch64-unknown-linux-gnu", "generic", r"\bv\d+\.(2d|4s)\b"),
    "ARM, macOS": ("arm64-apple-darwin", "apple-m1", r"\bfm\w+\.(2d|4s)\b"),
    "ARM, Windows": ("aarch64-pc-windows-msvc", "generic", r"\bv\d+\.(2d|4s)\b"),
    "x86-64, macOS": ("x86_64-apple-darwin", "x86-64", r"\b(add|mul)p[sd]\b.*xmm"),
    "x86-64, Windows": ("x86_64-pc-windows-msvc", "x86-64-v3", r"\bvfm\w+p[sd]\b.*ymm"),
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The texts of a training and a prediction with their passes, by the processor's `is_x86`."""
    x, y = np.random.default_rng(0).normal(size=(300, 9)), np.arange(300) % 3

    def texts(is_x86):
        kept = {}
        with pytest.MonkeyPatch.context() as patch:
            translated = build.translated

            def noted(source, arguments, starts, bits, registers):
                with pytest.MonkeyPatch.context() as other:
                    other.setattr(waiting, "is_x86", lambda: is_x86)
                    found = translated(source, arguments, starts, bits, Registers())
                kept[found.text] = build.optimised
                for name, text in found.pieces.items():
                    kept[text] = build.finished if name in found.products else build.optimised
                return translated(source, arguments, starts, bits, registers)

            patch.setenv("GLASSNET_CACHE", str(tmp_path_factory.mktemp("cache")))
            patch.setattr(build, "_loaded", {})
            patch.setattr(build, "_pieces", defaultdict(dict))
            patch.setattr(build, "translated", noted)
            layers = [gn.layers.Dense(33, "tanh"), gn.layers.Dropout(0.1)]
            net = gn.Sequential([*layers, gn.layers.Dense(3, "softmax")], seed=0)
            net.compile("adam", "sparse_categorical_crossentropy")
            net.fit(x, y, verbose=0, backend="compiled")
            net.predict(x, backend="compiled")
        assert len(kept) > 10
        return kept

    return {is_x86: texts(is_x86) for is_x86 in (True, False)}


def machine(triple, cpu):
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    try:
        target = llvm.Target.from_triple(triple)
    except RuntimeError:
        pytest.skip(f"this llvmlite makes no code for {triple}")
    return target.create_target_machine(
        cpu=cpu, opt=3, reloc="pic", codemodel="jitdefault", jit=True
    )


def called(assembly):
    """Return the names that an assembly calls, jumps to, or holds the address of."""
    found = set(re.findall(r"^\s+(?:bl|b|callq?|jmpq?)\s+([A-Za-z_][\w$]*)", assembly, re.M))
    for line in re.findall(r"^\s+(?:adrp|leaq?|movq|movabsq)\s.*$", assembly, re.M):
        found |= set(re.findall(r"\b_?(?:glassnet|mem|piece_|product_|pow)\w*", line))
    found |= set(re.findall(r"^\s+\.globl\s+(_fltused)$", assembly, re.M))
    return {name for name in found if not name.startswith(("LBB", "L_", "CPI"))}


@pytest.mark.parametrize("name", TARGETS)
def test_code_for_other_processors(name, programs):
    triple, cpu, of_vectors = TARGETS[name]
    is_windows, is_macos = "windows" in triple, "apple" in triple
    names, vectors = set(), 0
    for text, change in programs[triple.startswith("x86")].items():
        target = machine(triple, cpu)
        module = llvm.parse_assembly(text)
        change(module, target)
        assert target.emit_object(module)
        assembly = target.emit_assembly(module)
        names |= called(assembly)
        vectors += len(re.findall(of_vectors, assembly))
    assert vectors > 20
    if is_macos:  # C's names begin with _ there
        assert all(one.startswith("_") for one in names)
        names = {one[1:] for one in names}
    names = {one for one in names if not one.startswith(("piece_", "product_"))} - OF_C - {ENTRY}
    outside = build.outside("win32" if is_windows else "darwin")
    assert names <= set(outside), names - set(outside)
    assert ("_fltused" in names) is (is_windows and triple.startswith("x86"))
