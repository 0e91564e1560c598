"""Every published number holds on every way of computing that is made for speed."""

import pytest


@pytest.fixture(params=["numpy", "compiled"])
def backend(request):
    return request.param
