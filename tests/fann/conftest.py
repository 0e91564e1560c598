import pytest

import glassnet.fann as libfann


@pytest.fixture(autouse=True)
def clean_settings():
    """Every test begins with glassnet's own arithmetic and a seed, and leaves no trace."""
    libfann.faithful(False)
    libfann.seed(0)
    yield
    libfann.faithful(False)
    libfann.seed(None)
