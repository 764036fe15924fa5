"""How papers round channels."""

import math


def divisible(value: float, by: int = 8) -> int:
    """Round to the nearest multiple of `by`, up again where that loses over 10 %.

    Source: Sandler et al. 2018, arXiv:1801.04381, the released `_make_divisible`.
    """
    if by < 1:
        raise ValueError(f"there are no multiples of {by}")
    rounded = max(by, math.trunc(value + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * value else rounded
