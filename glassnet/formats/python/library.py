"""Functions that printed programs are given: random numbers as glassnet draws them, and the like.

The generator is that of :mod:`glassnet.random`; a test holds these texts against it.
"""

from __future__ import annotations

__all__ = ["LOOPS", "NUMPY"]

_THREEFRY = '''
def threefry(k0, k1, c0, c1):
    """Two random 32-bit numbers for a key and a counter (Salmon and others, 2011)."""
    keys = [k0, k1, k0 ^ k1 ^ 0x1BD11BDA]
    a, b = (c0 + k0) % 2**32, (c1 + k1) % 2**32
    for block in range(5):
        for r in ((13, 15, 26, 6), (17, 29, 16, 24))[block % 2]:
            a = (a + b) % 2**32
            b = ((b << r) % 2**32 | b >> (32 - r)) ^ a
        a = (a + keys[(block + 1) % 3]) % 2**32
        b = (b + keys[(block + 2) % 3] + block + 1) % 2**32
    return a, b
'''

NUMPY: dict[str, tuple[tuple[str, ...], str]] = {
    "threefry": ((), _THREEFRY),
    "random_bits": (
        ("threefry",),
        '''
def random_bits(stream, step, count):
    """`count` random 32-bit numbers; each stream has its own, and another at every step."""
    key = threefry(seed % 2**32, seed >> 32, zlib.crc32(stream.encode()), step)
    pairs = threefry(*key, np.arange((count + 1) // 2), 0)
    return np.stack(pairs, axis=1).ravel()[:count]
''',
    ),
    "random_uniform": (
        ("random_bits",),
        '''
def random_uniform(stream, step, shape):
    """Numbers from 0 to below 1."""
    return (random_bits(stream, step, np.prod(shape)) >> 8).reshape(shape) / FLOAT(2**24)
''',
    ),
    "shuffled": (
        ("random_bits",),
        '''
def shuffled(count, epoch):
    """The numbers 0 .. count - 1 in random order."""
    bits = random_bits("shuffle", epoch, 2 * count).reshape(-1, 2)
    return np.lexsort((bits[:, 1], bits[:, 0]))
''',
    ),
    "uniform": (
        ("random_bits",),
        '''
def uniform(stream, shape, low, high):
    """Numbers from low to below high, with all the digits there are."""
    a, b = random_bits(stream, 0, 2 * np.prod(shape)).reshape(-1, 2).T
    return low + (high - low) * (((a >> 5) * 2**26 + (b >> 6)) / 2**53).reshape(shape)
''',
    ),
    "normal": (
        ("uniform",),
        '''
def normal(stream, shape, mean, deviation):
    """Numbers of a normal distribution (Box and Muller, 1958)."""
    a, b = uniform(stream, (2, np.prod(shape)), 0, 1)
    draws = np.sqrt(-2 * np.log1p(-a)) * np.cos(2 * np.pi * b)
    return (mean + deviation * draws).reshape(shape)
''',
    ),
    "erf": ((), "\nerf = np.vectorize(math.erf, otypes=[FLOAT])  # the error function\n"),
    "scatter_add": (
        (),
        '''
def scatter_add(x, places, rows):
    """Row r is the sum of the rows x[i] with places[i] == r."""
    out = np.zeros((rows, *x.shape[places.ndim:]), x.dtype)
    np.add.at(out, places, x)
    return out
''',
    ),
}

LOOPS: dict[str, tuple[tuple[str, ...], str]] = {
    "threefry": ((), _THREEFRY),
    "random_bits": (
        ("threefry",),
        '''
def random_bits(stream, step, count):
    """`count` random 32-bit numbers; each stream has its own, and another at every step."""
    key = threefry(seed % 2**32, seed >> 32, stream, step)
    return [word for c in range((count + 1) // 2) for word in threefry(*key, c, 0)][:count]
''',
    ),
    "nested": (
        (),
        '''
def nested(numbers, *shape):
    """A row of numbers as lists within lists."""
    if len(shape) < 2:
        return numbers
    part = len(numbers) // shape[0]
    return [nested(numbers[i * part : (i + 1) * part], *shape[1:]) for i in range(shape[0])]
''',
    ),
    "random_uniform": (
        ("random_bits", "nested"),
        '''
def random_uniform(stream, step, *shape):
    """Numbers from 0 to below 1."""
    count = 1
    for size in shape:
        count *= size
    draws = [(bits >> 8) / 2**24 for bits in random_bits(stream, step, count)]
    return nested(draws, *shape) if shape else draws[0]
''',
    ),
    "shuffled": (
        ("random_bits",),
        '''
def shuffled(count, epoch):
    """The numbers 0 .. count - 1 in random order."""
    bits = random_bits(SHUFFLE, epoch, 2 * count)
    return sorted(range(count), key=lambda i: (bits[2 * i], bits[2 * i + 1]))
''',
    ),
    "uniform": (
        ("random_bits", "nested"),
        '''
def uniform(stream, low, high, *shape):
    """Numbers from low to below high, with all the digits there are."""
    count = 1
    for size in shape:
        count *= size
    bits = random_bits(stream, 0, 2 * count)
    units = [((bits[i] >> 5) * 2**26 + (bits[i + 1] >> 6)) / 2**53 for i in range(0, len(bits), 2)]
    return nested([low + (high - low) * unit for unit in units], *shape)
''',
    ),
    "normal": (
        ("uniform", "log", "cos"),
        '''
def normal(stream, mean, deviation, *shape):
    """Numbers of a normal distribution (Box and Muller, 1958)."""
    count = 1
    for size in shape:
        count *= size
    a, b = uniform(stream, 0, 1, 2, count)
    draws = [(-2 * log(1 - u)) ** 0.5 * cos(6.283185307179586 * v) for u, v in zip(a, b)]
    return nested([mean + deviation * draw for draw in draws], *shape)
''',
    ),
    "zeros": (
        (),
        '''
def zeros(rows, *more):
    """Lists within lists, full of zeros."""
    return [zeros(*more) if more else 0.0 for _ in range(rows)]
''',
    ),
    "exp": (
        (),
        """
def exp(x):
    return 2.718281828459045 ** min(x, 700)
""",
    ),
    "expm1": (("exp",), "\ndef expm1(x):\n    return exp(x) - 1\n"),
    "log": (
        ("exp",),
        '''
def log(x):
    """The y with exp(y) = x, by steps that grow ever better (Halley's)."""
    if x <= 0:
        return float("-inf") if x == 0 else float("nan")
    y = 0.0
    for _ in range(400):
        e = exp(y)
        step = 2 * (x - e) / (x + e)
        y += step
        if abs(step) < 1e-16 * (1 + abs(y)):
            break
    return y
''',
    ),
    "log1p": (("log",), "\ndef log1p(x):\n    return log(1 + x)\n"),
    "sqrt": ((), "\ndef sqrt(x):\n    return x**0.5\n"),
    "tanh": (
        ("exp",),
        """
def tanh(x):
    return 2 / (1 + exp(-2 * x)) - 1
""",
    ),
    "sign": ((), "\ndef sign(x):\n    return (x > 0) - (x < 0)\n"),
    "floor": ((), "\ndef floor(x):\n    return x // 1\n"),
    "sin": (
        (),
        '''
def sin(x):
    """The series x - x^3/3! + x^5/5! - ..., for x brought near 0."""
    x = x - 6.283185307179586 * ((x + 3.141592653589793) // 6.283185307179586)
    term, total = x, x
    for k in range(2, 40, 2):
        term *= -x * x / (k * (k + 1))
        total += term
    return total
''',
    ),
    "cos": (
        (),
        '''
def cos(x):
    """The series 1 - x^2/2! + x^4/4! - ..., for x brought near 0."""
    x = x - 6.283185307179586 * ((x + 3.141592653589793) // 6.283185307179586)
    term, total = 1.0, 1.0
    for k in range(1, 40, 2):
        term *= -x * x / (k * (k + 1))
        total += term
    return total
''',
    ),
    "erf": (
        ("exp",),
        '''
def erf(x):
    """The error function, by its series; beyond 6 it is 1 to the last digit."""
    if abs(x) > 6:
        return 1.0 if x > 0 else -1.0
    term, total = x, x
    for k in range(1, 200):
        term *= 2 * x * x / (2 * k + 1)
        total += term
    return 1.1283791670955126 * exp(-x * x) * total
''',
    ),
}
