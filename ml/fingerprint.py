"""A short name for the data that a model was trained on."""

import hashlib

import numpy as np
import pandas as pd


def fingerprint(readings: pd.Series, weather: pd.DataFrame | None) -> str:
    """SHA-256 of the instants and values, the same for the same data in the same order."""
    digest = hashlib.sha256()
    parts: list[pd.Series | pd.DataFrame] = [readings] if weather is None else [readings, weather]
    for part in parts:
        digest.update(np.ascontiguousarray(pd.util.hash_pandas_object(part).to_numpy()).tobytes())
    return digest.hexdigest()
