"""Times of rows before their zone is resolved."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[Any]
Mask = NDArray[np.bool_]
Walls = NDArray[np.datetime64]

NAT = np.iinfo("int64").min
DAY = 86_400_000_000
"""Microseconds."""


@dataclass(frozen=True)
class Stamps:
    """Times of n rows, as datetime64[us]; NaT where unreadable.

    `wall` is what the clock showed, or UTC where `absolute`: there the text itself says which
    instant it is. `until` is the other end where the text had two; of the same kind as `wall`.
    """

    wall: Walls
    absolute: Mask
    until: Walls | None = None

    @property
    def readable(self) -> Mask:
        """Which of the rows have a time."""
        return ~np.isnat(self.wall)


def stamps_of(micros: NDArray[np.int64], absolute: Mask) -> Stamps:
    """Of microseconds since 1970, `NAT` where there are none."""
    wall = micros.view("datetime64[us]")
    return Stamps(wall, absolute & ~np.isnat(wall))
