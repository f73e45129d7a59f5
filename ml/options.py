"""The settings of a training."""

from dataclasses import dataclass
from datetime import timedelta

from ml.errors import OutOfRange

MEDIAN = 0.5


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """Settings of `train` and `backtest`; the defaults suit a single hourly meter.

    Raises OutOfRange where a value makes no sense.
    """

    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)
    """Levels to forecast, rising, with 0.5 among them and a level on either side of it."""
    max_horizon: timedelta = timedelta(days=31)
    """Longest time between the last reading and a target."""
    memory: timedelta = timedelta(days=3 * 365)
    """Readings older than this before the latest one are not learnt from."""
    nthread: int = 1
    """Threads for XGBoost; several meters at once are better served by several processes."""
    seed: int = 7
    """Seed of every random draw: the same readings and seed give the same model."""

    def __post_init__(self) -> None:
        levels = self.quantiles
        sound = all(0 < level < 1 for level in levels) and list(levels) == sorted(set(levels))
        if not sound or MEDIAN not in levels or levels[0] == MEDIAN or levels[-1] == MEDIAN:
            raise OutOfRange(
                f"quantiles {levels} are not usable",
                hint="Give rising levels between 0 and 1 with 0.5 inside, such as (0.1, 0.5, 0.9).",
                detail={"quantiles": list(levels)},
            )
        if not timedelta(0) < self.max_horizon <= timedelta(days=92):
            raise OutOfRange(
                f"max_horizon of {self.max_horizon} is not usable",
                hint="Give more than nothing and at most 92 days.",
                detail={"max_horizon_hours": self.max_horizon.total_seconds() / 3600},
            )
        if self.nthread < 1:
            raise OutOfRange(
                "nthread must be 1 or more", hint="Give 1.", detail={"nthread": self.nthread}
            )
