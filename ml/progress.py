"""Progress of a training as one fraction that never falls."""

from collections.abc import Callable
from typing import Protocol


class Report(Protocol):
    """Any callable that is told how far the work is; what it raises stops the work."""

    def __call__(self, stage: str, fraction: float, **facts: object) -> None: ...


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
