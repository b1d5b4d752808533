"""Prints sobol.json: SciPy's unscrambled Sobol' points, as 32-bit words, in ten dimensions.

python3 sobol.py > sobol.json     (SciPy 1.17)
"""

import json

from scipy.stats import qmc

DIMENSIONS = 10
POINTS = 4096


def words(points):
    return [[int(value * 2**32) for value in point] for point in points]


def fnv1a(values):
    """The 64-bit FNV-1a hash of 32-bit words, the highest byte of each first."""
    digest = 0xCBF29CE484222325
    for value in values:
        for shift in (24, 16, 8, 0):
            digest = (digest ^ (value >> shift & 255)) * 0x100000001B3 % 2**64
    return format(digest, "016x")


def sobol():
    return qmc.Sobol(DIMENSIONS, scramble=False, bits=32)


first = words(sobol().random(POINTS))
# Point 2^k is made of the direction numbers k and, but for k = 0, k - 1.
powers = [words(sobol().fast_forward(2**k).random(1))[0] for k in range(25)]
print(
    json.dumps(
        {
            "points": POINTS,
            "digests": [fnv1a(column) for column in zip(*first)],
            "powers_of_two": powers,
        }
    ).replace("], [", "],\n  [")
)
