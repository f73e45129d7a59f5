"""Whether training once more on the champion's readings would only make the champion again.

A training is a function of code, libraries, settings and data, and has its seed. Where none of
these has changed, what comes out is known, and need not be computed to be compared with.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml import Forecaster

SETTINGS = (
    "meter", "resolution_seconds", "quantiles", "max_horizon_hours", "seed", "versions",
    "similar_meters",
)  # fmt: skip
"""What a model's `meta.json` says of how it was made; `versions` are those of the libraries."""
CODE = "code"
"""Where `meta.json` has the digest of the code."""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """SHA-256 of the sources of `ml`: a release's number does not change with every change."""
    import ml

    return digest_of(Path(ml.__file__).parent)


def digest_of(package: Path) -> str:
    """SHA-256 of the names and sources of a package, with those of all packages in it.

    A model of another digest counts as made by another recipe: its next training is compared with
    it once more than was needed, and no more comes of it.
    """
    files = {file.relative_to(package).as_posix(): file for file in package.rglob("*.py")}
    digest = hashlib.sha256()
    for name, file in sorted(files.items()):
        digest.update(f"{name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def would_repeat(
    champion: "Forecaster", new: "Forecaster", readings: pd.Series, weather: pd.DataFrame | None
) -> bool:
    """Whether the recipe of `new`, on these readings and this weather, gives the champion."""
    from ml.fingerprint import fingerprint

    return (
        champion.meta.get(CODE) == code_digest()
        and all(champion.meta.get(name) == new.meta.get(name) for name in SETTINGS)
        and champion.meta.get("fingerprint") == fingerprint(readings, weather)
    )
