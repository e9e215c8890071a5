"""Random numbers that are the same on every platform and with every version."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError


def random_numbers(seed: object, *key: Any, count: int) -> NDArray[np.uint64]:
    """`count` 64-bit numbers of the stream that belongs to the seed and the key."""
    if not (isinstance(seed, int | np.integer) and seed >= 0):
        raise AnalysisError("seed", got=repr(seed), expected="a whole number, 0 or more")
    digest = sha256("\x1f".join(map(str, key)).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    numbers: NDArray[np.uint64] = np.random.PCG64(np.random.SeedSequence([int(seed), *words])).random_raw(count)
    return numbers


def uniform_number(seed: int, *key: Any) -> float:
    """One number in [0, 1), of 53 bits."""
    return float(random_numbers(seed, *key, count=1)[0] >> np.uint64(11)) * 2.0**-53
