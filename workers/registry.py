"""Model versions and their aliases, on any file system that fsspec knows.

    <MODEL_STORE_URL>/<meter_type>/<meter_id>/<version>/*.ubj, …, meta.json
    <MODEL_STORE_URL>/<meter_type>/<meter_id>/aliases.json

A version is immutable and exists once its `meta.json`, written last, does: object stores have no
rename, so "the last file is there" is what makes it whole. Aliases (`champion`, `previous`) move
by compare-and-set in Redis, so that of many trainings that end at once one wins and the others
know; `aliases.json` mirrors them for a Redis that lost its memory.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from fsspec.core import url_to_fs
from redis import Redis

from config.errors import ModelNotTrained, ModelStoreUnavailable, UnknownModel

META = "meta.json"
ALIASES = "aliases.json"

MOVE = """
local now = redis.call('HGET', KEYS[1], 'champion') or ''
if now ~= ARGV[1] then return 0 end
if now ~= '' then redis.call('HSET', KEYS[1], 'previous', now) end
redis.call('HSET', KEYS[1], 'champion', ARGV[2])
return 1
"""


class Registry:
    """Model versions of all meters."""

    def __init__(self, url: str, redis: "Redis") -> None:
        self._fs, self._root = url_to_fs(url, **({"auto_mkdir": True} if "://" not in url else {}))
        self._redis = redis
        self._move = redis.register_script(MOVE)

    def add(self, meter_type: str, meter_id: str, folder: Path) -> str:
        """Store the files of `folder` as a new version and return its name.

        :raises ModelStoreUnavailable: nothing is visible then.
        """
        version = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        names = sorted(path.name for path in folder.iterdir() if path.name != META)
        try:
            for name in [*names, META]:
                target = f"{self._folder(meter_type, meter_id)}/{version}/{name}"
                self._write(target, (folder / name).read_bytes())
        except OSError as error:
            raise ModelStoreUnavailable(f"The model could not be stored: {error}.") from error
        return version

    def versions(self, meter_type: str, meter_id: str) -> list[str]:
        """The whole versions of a meter, newest first."""
        base = self._folder(meter_type, meter_id)
        try:
            self._fs.invalidate_cache(base)
            if not self._fs.exists(base):
                return []
            found = self._fs.glob(f"{base}/*/{META}")
        except OSError as error:
            raise ModelStoreUnavailable(f"The model store cannot be read: {error}.") from error
        return sorted((path.split("/")[-2] for path in found), reverse=True)

    def meta(self, meter_type: str, meter_id: str, version: str) -> dict[str, Any]:
        """What is known of a version without loading it.

        :raises UnknownModel: there is no such version.
        """
        path = f"{self._folder(meter_type, meter_id)}/{version}/{META}"
        return cast(dict[str, Any], json.loads(self._read(path, version)))

    def fetch(self, meter_type: str, meter_id: str, version: str, into: Path) -> Path:
        """Copy the files of a version into the empty folder `into`.

        :raises UnknownModel: there is no such version.
        """
        base = f"{self._folder(meter_type, meter_id)}/{version}"
        try:
            if not self._fs.exists(f"{base}/{META}"):
                raise UnknownModel(f"There is no version {version!r} of this meter's model.")
            for path in self._fs.ls(base, detail=False):
                (into / Path(path).name).write_bytes(self._fs.cat_file(path))
        except OSError as error:
            raise ModelStoreUnavailable(f"The model store cannot be read: {error}.") from error
        return into

    def aliases(self, meter_type: str, meter_id: str) -> dict[str, str]:
        """`{"champion": version, "previous": version}`, as far as there are such."""
        key = _key(meter_type, meter_id)
        held = cast(dict[bytes, bytes], self._redis.hgetall(key))
        if held:
            return {name.decode(): version.decode() for name, version in held.items()}
        path = f"{self._folder(meter_type, meter_id)}/{ALIASES}"
        try:
            if not self._fs.exists(path):
                return {}
            mirrored: dict[str, str] = json.loads(self._fs.cat_file(path))
        except OSError as error:
            raise ModelStoreUnavailable(f"The model store cannot be read: {error}.") from error
        for name, version in mirrored.items():
            self._redis.hsetnx(key, name, version)
        return mirrored

    def champion(self, meter_type: str, meter_id: str) -> str:
        """The version that serves.

        :raises ModelNotTrained: the meter has none.
        """
        version = self.aliases(meter_type, meter_id).get("champion")
        if version is None:
            raise ModelNotTrained(f"Meter {meter_type}/{meter_id} has no trained model.")
        return version

    def promote(self, meter_type: str, meter_id: str, version: str, *, instead_of: str) -> bool:
        """Make `version` the champion if `instead_of` ("" for none) still is it."""
        moved = bool(self._move(keys=[_key(meter_type, meter_id)], args=[instead_of, version]))
        if moved:
            aliases = self.aliases(meter_type, meter_id)
            path = f"{self._folder(meter_type, meter_id)}/{ALIASES}"
            self._write(path, json.dumps(aliases).encode())
        return moved

    def forget(self, meter_type: str, meter_id: str) -> None:
        """Delete every version of a meter."""
        base = self._folder(meter_type, meter_id)
        try:
            if self._fs.exists(base):
                self._fs.rm(base, recursive=True)
        except OSError as error:
            raise ModelStoreUnavailable(f"The model cannot be deleted: {error}.") from error
        self._redis.delete(_key(meter_type, meter_id))

    def ping(self) -> str:
        """The protocol of the store (`file`, `s3` …), once it has answered.

        :raises ModelStoreUnavailable: the store cannot be listed.
        """
        try:
            self._fs.makedirs(self._root, exist_ok=True)
            self._fs.ls(self._root, detail=False)
        except OSError as error:
            raise ModelStoreUnavailable(f"The model store does not answer: {error}.") from error
        protocol = self._fs.protocol
        return protocol if isinstance(protocol, str) else protocol[0]

    def _folder(self, meter_type: str, meter_id: str) -> str:
        return f"{self._root}/{meter_type}/{meter_id}"

    def _read(self, path: str, version: str) -> bytes:
        try:
            return cast(bytes, self._fs.cat_file(path))
        except FileNotFoundError as error:
            raise UnknownModel(f"There is no version {version!r} of this meter's model.") from error
        except OSError as error:
            raise ModelStoreUnavailable(f"The model store cannot be read: {error}.") from error

    def _write(self, path: str, content: bytes) -> None:
        # In a transaction a local file is written under another name and renamed when whole.
        with self._fs.transaction, self._fs.open(path, "wb") as target:
            target.write(content)


def _key(meter_type: str, meter_id: str) -> str:
    return f"model:{meter_type}/{meter_id}"


def summary(version: str, meta: Mapping[str, Any], aliases: Mapping[str, str]) -> dict[str, Any]:
    """One line of a list of versions: what it is, which aliases point at it, how good it was."""
    named = sorted(alias for alias, of in aliases.items() if of == version)
    return {"version": version, "aliases": named, **meta}
