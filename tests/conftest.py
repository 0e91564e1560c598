"""What all tests need."""

import signal

import pytest

import glassnet.ops  # noqa: F401  (all ops are registered before the first module of tests)
from glassnet.graph import REGISTRY


def pytest_configure(config):
    """Let Ctrl-C be heard: a shell that starts pytest in the background has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def how_hard_the_compiler_works(request):
    """Compile without optimisation, in half the time, what a test marked ``unoptimised`` runs.

    Slow tests of a module that has the mark are compiled as users have it.
    """
    find = request.node.get_closest_marker
    with pytest.MonkeyPatch.context() as patch:
        if find("unoptimised") and not find("slow"):
            patch.setenv("GLASSNET_OPTIMIZE", "0")
        yield


@pytest.fixture(scope="module", autouse=True)
def the_ops_stay_as_they_were():
    """Hold that a module of tests takes back the ops that it registers: others read them all."""
    before = dict(REGISTRY)
    yield
    left = {name for name, op in REGISTRY.items() if before.get(name) is not op}
    lost = before.keys() - REGISTRY.keys()
    REGISTRY.clear()
    REGISTRY.update(before)
    assert not left and not lost, f"ops left by this module: {left}, taken away: {lost}"
