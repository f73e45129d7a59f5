"""What can go wrong in a forecast, as one tree.

    ForecastingError
    ├── InsufficientHistory   insufficient_history   too few readings to learn from
    ├── BadQuality            bad_quality            readings that nothing can be learnt from
    ├── OutOfRange            out_of_range           an argument outside what is supported
    ├── BeyondHorizon         beyond_horizon         a target too long after the last reading
    ├── ModelCorrupt          model_corrupt          files missing, truncated or altered
    └── ModelMismatch         model_mismatch         another meter's model, or a newer format

Each carries a stable `code`, a sentence for a person, what to do next, and the numbers.
"""

from collections.abc import Mapping


class ForecastingError(Exception):
    """Base of every error this package raises on purpose."""

    code = "forecasting_error"

    def __init__(
        self, message: str, *, hint: str = "", detail: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = dict(detail or {})


class InsufficientHistory(ForecastingError):
    """Too few readings; `detail` has `have_hours`, `need_hours` and `usable_from`."""

    code = "insufficient_history"


class BadQuality(ForecastingError):
    """The readings hold nothing to learn from; `detail` has the shares that say so."""

    code = "bad_quality"


class OutOfRange(ForecastingError):
    """An argument is outside what is supported; `detail` has the value and the limits."""

    code = "out_of_range"


class BeyondHorizon(ForecastingError):
    """A target lies further after the last reading than the model was made for."""

    code = "beyond_horizon"


class ModelCorrupt(ForecastingError):
    """A saved model is incomplete, truncated or altered; `detail` names the file."""

    code = "model_corrupt"


class ModelMismatch(ForecastingError):
    """A sound model that is not the one asked for: other meter, other resolution, newer format."""

    code = "model_mismatch"
