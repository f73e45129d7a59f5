"""Progress of a training as one fraction that never falls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Report(Protocol):
    """Any callable that is told how far the work is; what it raises stops the work."""

    def __call__(self, stage: str, fraction: float, **facts: object) -> None: ...


@dataclass(frozen=True)
class Plan:
    """The fractions of a training that are done when a part of it is; each above the one before."""

    checked: float = 0.02
    drawn: float = 0.05
    probed: float = 0.35
    """It is known what the weather is worth (where there is none, nothing stops here)."""
    fitted: float = 0.85
    borrowed: float = 0.86
    """What is learnt from similar meters is fitted too."""
    calibrated: float = 0.95


PLAN = Plan()


class Progress:
    """Maps the rounds of all boosters onto one stretch of the whole."""

    def __init__(self, report: Report | None) -> None:
        self._report = report
        self._reached = 0.0

    def tell(self, stage: str, fraction: float, **facts: object) -> None:
        self._reached = max(self._reached, min(fraction, 1.0))
        if self._report is not None:
            self._report(stage, self._reached, **facts)

    def rounds(
        self, stage: str, *, start: float, end: float, total: int, label: str
    ) -> Callable[[], None]:
        """A callable for each round done, `total` of them from `start` to `end`."""
        done = 0

        def one_more() -> None:
            nonlocal done
            done += 1
            self.tell(
                stage,
                start + (end - start) * done / total,
                message=f"{label}: round {done} of {total}",
                round=done,
                rounds=total,
            )

        return one_more
