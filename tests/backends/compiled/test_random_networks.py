"""Random networks: the same bits on one, two and three threads, and NumPy's numbers."""

import pytest

from tests.backends.compiled.random_networks import difference

# These told a race when there was one: a number was overwritten before a late thread read it.
ONCE_WRONG = [6, 31, 47, 84]


@pytest.mark.parametrize("seed", [*ONCE_WRONG, 200])
def test_bits_do_not_depend_on_the_number_of_threads(seed):
    assert difference(seed, repeats=3) == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300, 360))
def test_more_of_them(seed):
    assert difference(seed, repeats=3) == ""
