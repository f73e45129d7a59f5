"""A model on disk: XGBoost's own UBJSON files, plain arrays and one `meta.json`; nothing is ever
unpickled."""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from ml.ensemble import Ensemble
from ml.ensemble.bands import Band
from ml.errors import ModelCorrupt, ModelMismatch
from ml.learners import KINDS
from ml.meter import Meter

FORMAT = 3
META = "meta.json"


def save(
    folder: Path, meta: Mapping[str, Any], *, plain: Ensemble, weather: Ensemble | None
) -> None:
    """Write boosters first and `meta.json` last, so that what is listed there is there."""
    writer = _Writer(folder)
    parts = {
        "plain": _ensemble_to_dict(plain, writer),
        "weather": None if weather is None else _ensemble_to_dict(weather, writer),
    }
    document = {**meta, "format": FORMAT, "parts": parts, "files": writer.checksums}
    (folder / META).write_text(json.dumps(document, indent=1), encoding="utf-8")


def load(
    folder: Path, *, meter: Meter | None, nthread: int
) -> tuple[dict[str, Any], Ensemble, Ensemble | None]:
    """What `save` wrote; raises ModelCorrupt or ModelMismatch."""
    meta = _read_meta(folder)
    if meta.get("format") != FORMAT:
        raise ModelMismatch(
            f"the model has format {meta.get('format')}, this version reads {FORMAT}",
            hint="Train the meter again, or update the program.",
            detail={"format": meta.get("format"), "readable": FORMAT},
        )
    reader = _Reader(folder, meta.get("files", {}), nthread)
    try:
        if meter is not None:
            _check_meter(meta["meter"], meter)
        parts = meta.pop("parts")
        plain = _ensemble_from_dict(parts["plain"], reader)
        weather = (
            None if parts["weather"] is None else _ensemble_from_dict(parts["weather"], reader)
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _corrupt(folder / META, f"it lacks {error}") from error
    meta.pop("files")
    meta.pop("format")
    return meta, plain, weather


class _Writer:
    """Saves arrays, and each booster once, however many ensembles share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checksums: dict[str, str] = {}
        self._names: dict[int, str] = {}

    def booster(self, booster: xgboost.Booster) -> str:
        if id(booster) not in self._names:
            name = f"booster-{len(self._names):02d}.ubj"
            self._write(name, bytes(booster.save_raw("ubj")))
            self._names[id(booster)] = name
        return self._names[id(booster)]

    def network(self, weights: np.ndarray) -> str:
        content = io.BytesIO()
        np.save(content, weights, allow_pickle=False)
        number = sum(name.endswith(".npy") for name in self.checksums)
        name = f"network-{number:02d}.npy"
        self._write(name, content.getvalue())
        return name

    def _write(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)
        self.checksums[name] = hashlib.sha256(content).hexdigest()


class _Reader:
    """Loads each booster once and refuses a file whose bytes are not those that were saved."""

    def __init__(self, folder: Path, checksums: Mapping[str, str], nthread: int) -> None:
        self.folder = folder
        self.checksums = checksums
        self.nthread = nthread
        self._loaded: dict[str, xgboost.Booster] = {}

    def booster(self, name: str) -> xgboost.Booster:
        if name not in self._loaded:
            booster = xgboost.Booster()
            booster.load_model(bytearray(self._read(name)))
            booster.set_param({"nthread": self.nthread})
            self._loaded[name] = booster
        return self._loaded[name]

    def network(self, name: str) -> np.ndarray:
        found: np.ndarray = np.load(io.BytesIO(self._read(name)), allow_pickle=False)
        return found

    def _read(self, name: str) -> bytes:
        path = self.folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _corrupt(path, "it can't be read") from error
        if hashlib.sha256(content).hexdigest() != self.checksums[name]:
            raise _corrupt(path, "it is truncated or altered")
        return content


def _read_meta(folder: Path) -> dict[str, Any]:
    path = folder / META
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _corrupt(path, "it can't be read") from error
    except ValueError as error:
        raise _corrupt(path, "it is no JSON") from error
    if not isinstance(meta, dict):
        raise _corrupt(path, "it is no object")
    return meta


def _check_meter(saved: Mapping[str, Any], meter: Meter) -> None:
    have = (saved["meter_type"], saved["meter_id"])
    want = (meter.meter_type, meter.meter_id)
    if have != want:
        raise ModelMismatch(
            f"the model is of {'/'.join(have)}, not of {'/'.join(want)}",
            hint="Load the model of this meter, or train one.",
            detail={"model": "/".join(have), "asked": "/".join(want)},
        )


def _ensemble_to_dict(ensemble: Ensemble, writer: _Writer) -> dict[str, Any]:
    return {
        "heads": [{"kind": one.kind, **one.to_parts(writer)} for one in ensemble.learners],
        "weights": ensemble.weights.tolist(),
        "bands": [
            {
                "level": band.level,
                "boosters": [writer.booster(booster) for booster in band.boosters],
                "correction": band.correction.tolist(),
            }
            for band in ensemble.bands
        ],
    }


def _ensemble_from_dict(document: Mapping[str, Any], reader: _Reader) -> Ensemble:
    return Ensemble(
        learners=tuple(KINDS[item["kind"]].from_parts(item, reader) for item in document["heads"]),
        weights=np.array(document["weights"], float),
        bands=tuple(
            Band(
                item["level"],
                tuple(reader.booster(name) for name in item["boosters"]),
                np.array(item["correction"], float),
            )
            for item in document["bands"]
        ),
    )


def _corrupt(path: Path, why: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"{path.name} of the model is not sound: {why}",
        hint="Restore the file, go back to an earlier version, or train the meter again.",
        detail={"file": path.name},
    )
