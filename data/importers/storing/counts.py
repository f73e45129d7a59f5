"""What each rise and fall of a counter means: consumption, a rollover, a reset, a glitch."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

USUAL = 0.99
"""Quantile of rises that stands for the usual ones, of which the factors below are multiples."""

JUMP_FACTOR = 50.0
"""A rise of more is another meter's count, not a consumption."""

ROLLOVER_FACTOR = 10.0
"""A counter passes its last digit by a consumption like others; a fall to zero may be a fault."""

RETURN_FACTOR = 2.0
"""A meter that was swapped comes past the old count too, years later, by a usual step."""

USUAL_NEEDS = 48
"""Rises needed before any can be called unusual."""

NOTABLE = 0.1
"""Of the count before it; a smaller rise is not worth looking up what is usual."""

ROLLOVER_SHARE = 0.9
"""A counter that wraps was in the last tenth of its digits before, in the first after."""

ROLLOVER_DIGITS = 4
"""No meter has fewer; a smaller count that falls has been reset."""


@dataclass(frozen=True)
class Judged:
    """Rises between counts, and which of them are no consumption.

    `reset` are falls, `glitch` rises back to the count before a fall, `jump` rises beyond all
    measure. `peak` is the count before a fall that nothing has come back to yet.
    """

    rise: Floats
    reset: Flags
    glitch: Flags
    jump: Flags
    peak: float | None


def judge(
    counts: Floats, peak: float | None, bounded: Flags, stored: Callable[[], Floats]
) -> Judged:
    """Judge the rises of counts in the order of time.

    :param peak: that of the counts before these.
    :param bounded: rises over one interval, not over a gap.
    :param stored: consumption of the meter before; asked where these counts are too few to tell.
    """
    before, rise = counts[:-1], np.diff(counts)
    # A counter with decimals falls by a rounding error now and then.
    noise = (rise < 0) & (-rise <= 1e-9 * np.maximum(np.abs(before), 1.0))
    rise = np.where(noise, 0.0, rise)
    fell = rise < 0
    back, lasting, peak = _falls(counts, fell, peak)
    wraps = lasting & _may_wrap(counts)
    usual = rise[(rise > 0) & ~back & bounded]
    notable = bounded & (rise > NOTABLE * before) & (before > 0)
    if len(usual) < USUAL_NEEDS and (wraps | back | notable).any():
        usual = np.concatenate([usual, stored()])
        usual = usual[usual > 0]
    limit = float(np.quantile(usual, USUAL)) if len(usual) else 0.0
    whole = rise + _top(before)
    wraps &= whole <= ROLLOVER_FACTOR * limit
    if fell.any() and wraps[np.flatnonzero(fell)[-1]]:
        peak = None
    jump = ~fell & ~back & (rise > JUMP_FACTOR * limit) & (len(usual) >= USUAL_NEEDS)
    return Judged(
        rise=np.where(wraps, whole, rise),
        reset=fell & ~wraps,
        glitch=back & (rise > RETURN_FACTOR * limit),
        jump=jump,
        peak=peak,
    )


def _falls(counts: Floats, fell: Flags, peak: float | None) -> tuple[Flags, Flags, float | None]:
    """Rises back over the count before a fall, falls with none after them, and what is left."""
    back, lasting = np.zeros(len(fell), dtype=bool), fell.copy()
    if peak is None and not fell.any():
        return back, lasting, None
    since = 0
    for at in range(len(fell)):
        if fell[at]:
            peak = max(float(counts[at]), -np.inf if peak is None else peak)
        elif peak is not None and counts[at + 1] >= peak:
            back[at], peak = True, None
            lasting[since:at] = False
            since = at
    return back, lasting, peak


def _may_wrap(counts: Floats) -> Flags:
    top = _top(counts[:-1])
    near_end = counts[:-1] >= ROLLOVER_SHARE * top
    return np.asarray(near_end & (counts[1:] <= (1 - ROLLOVER_SHARE) * top), dtype=bool)


def _top(counts: Floats) -> Floats:
    """What a counter of as many digits wraps at."""
    digits = np.maximum(np.ceil(np.log10(np.maximum(counts, 1.0))), ROLLOVER_DIGITS)
    return np.asarray(10.0**digits, dtype="float64")
