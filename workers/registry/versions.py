"""Model artifacts on any file system that fsspec knows.

    <MODEL_STORE_URL>/<meter_type>/<meter_id>/<version>/*.ubj, *.npy, meta.json

A version is immutable and exists once its `meta.json`, written last, does: object stores have no
rename, so "the last file is there" is what makes it whole. For the same reason `meta.json` is the
first to go when a version is deleted.
"""

import json
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from config.errors import ModelStoreUnavailable, UnknownModel

META = "meta.json"
STAMP = "%Y%m%dT%H%M%S%fZ"
"""Names sort by age; microseconds, because a rollback must find the newest of one second too."""


def made_at(version: str) -> datetime:
    """When a version was stored, as its name says; the beginning of time for another name."""
    try:
        return datetime.strptime(version.split("-")[0], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


class Versions:
    """The artifacts of all meters. Every method raises ModelStoreUnavailable."""

    def __init__(self, url: str) -> None:
        self._fs, self._root = url_to_fs(url, **({"auto_mkdir": True} if "://" not in url else {}))

    def add(
        self,
        meter_type: str,
        meter_id: str,
        folder: Path,
        *,
        facts: Mapping[str, Any] | None,
        now: datetime,
    ) -> str:
        """Store the files of `folder` as a new version, named by `now`, and return its name.

        :param facts: what the platform knows of it; goes into `meta.json` beside what is there.
        """
        version = f"{now.astimezone(UTC):{STAMP}}-{secrets.token_hex(3)}"
        base = f"{self.folder(meter_type, meter_id)}/{version}"
        names = sorted(path.name for path in folder.iterdir() if path.name != META)
        size = sum((folder / name).stat().st_size for name in names)
        meta = json.loads((folder / META).read_bytes())
        for name in names:
            self.write(f"{base}/{name}", (folder / name).read_bytes())
        self.write(f"{base}/{META}", json.dumps({**meta, **(facts or {}), "bytes": size}).encode())
        return version

    def names(self, meter_type: str, meter_id: str) -> list[str]:
        """The whole versions of a meter, newest first."""
        base = self.folder(meter_type, meter_id)
        with self._answering():
            self._fs.invalidate_cache(base)
            found = self._fs.glob(f"{base}/*/{META}") if self._fs.exists(base) else []
        return sorted((path.split("/")[-2] for path in found), reverse=True)

    def meta(self, meter_type: str, meter_id: str, version: str) -> dict[str, Any]:
        """What is known of a version without loading it.

        :raises UnknownModel: there is no such version.
        """
        found = self.read(f"{self.folder(meter_type, meter_id)}/{version}/{META}")
        if found is None:
            raise _unknown(version)
        try:
            return cast(dict[str, Any], json.loads(found))
        except ValueError:
            # A damaged version is listed, so that it can be seen and rolled back from.
            return {"corrupt": True}

    def fetch(self, meter_type: str, meter_id: str, version: str, into: Path) -> Path:
        """Copy the files of a version into the empty folder `into`.

        :raises UnknownModel: there is no such version.
        """
        base = f"{self.folder(meter_type, meter_id)}/{version}"
        with self._answering():
            self._fs.invalidate_cache(base)
            if not self._fs.exists(f"{base}/{META}"):
                raise _unknown(version)
            for path in self._fs.ls(base, detail=False):
                (into / path.rsplit("/", 1)[-1]).write_bytes(self._fs.cat_file(path))
        return into

    @contextmanager
    def opened(self, meter_type: str, meter_id: str, version: str) -> Iterator[Path]:
        """A folder with the files of a version: its own on a local disk, else a copy.

        :raises UnknownModel: there is no such version.
        """
        own = Path(self.folder(meter_type, meter_id)) / version
        if isinstance(self._fs, LocalFileSystem):
            if not (own / META).exists():
                raise _unknown(version)
            yield own
            return
        with tempfile.TemporaryDirectory(prefix="model-") as name:
            yield self.fetch(meter_type, meter_id, version, Path(name))

    def exists(self, meter_type: str, meter_id: str, version: str) -> bool:
        """Whether the version is there and whole."""
        return self.read(f"{self.folder(meter_type, meter_id)}/{version}/{META}") is not None

    def delete(self, meter_type: str, meter_id: str, version: str) -> None:
        """Delete a version; a reader finds it whole or not at all."""
        base = f"{self.folder(meter_type, meter_id)}/{version}"
        with self._answering():
            self._fs.invalidate_cache(base)
            if self._fs.exists(f"{base}/{META}"):
                self._fs.rm(f"{base}/{META}")
            self._fs.invalidate_cache(base)
            if self._fs.exists(base):
                self._fs.rm(base, recursive=True)

    def unfinished(self, meter_type: str, meter_id: str, *, before: datetime) -> list[str]:
        """Versions that were begun before that instant and never became whole."""
        base = self.folder(meter_type, meter_id)
        with self._answering():
            self._fs.invalidate_cache(base)
            inside = self._fs.ls(base, detail=True) if self._fs.exists(base) else []
        begun = {
            entry["name"].rstrip("/").split("/")[-1]
            for entry in inside
            if entry["type"] == "directory"
        }
        old = {name for name in begun if name < f"{before.astimezone(UTC):{STAMP}}"}
        return sorted(old - set(self.names(meter_type, meter_id)))

    def files(self, meter_type: str, meter_id: str) -> list[str]:
        """Every file of a meter, in and beside its versions: paths for `read`, ascending."""
        base = self.folder(meter_type, meter_id)
        with self._answering():
            self._fs.invalidate_cache(base)
            return sorted(self._fs.find(base)) if self._fs.exists(base) else []

    def size(self, meter_type: str, meter_id: str) -> int:
        """Bytes that a meter's files take."""
        base = self.folder(meter_type, meter_id)
        with self._answering():
            self._fs.invalidate_cache(base)
            return int(self._fs.du(base)) if self._fs.exists(base) else 0

    def meters(self) -> list[tuple[str, str]]:
        """Type and id of every meter that has files."""
        with self._answering():
            self._fs.invalidate_cache()
            found = self._fs.glob(f"{self._root}/*/*/") if self._fs.exists(self._root) else []
        parts = [path.rstrip("/").split("/")[-2:] for path in found]
        return sorted((meter_type, meter_id) for meter_type, meter_id in parts)

    def forget(self, meter_type: str, meter_id: str) -> None:
        """Delete every file of a meter."""
        base = self.folder(meter_type, meter_id)
        with self._answering():
            self._fs.invalidate_cache(base)
            if self._fs.exists(base):
                self._fs.rm(base, recursive=True)

    def ping(self) -> str:
        """The protocol of the store (`file`, `s3` …), once it has answered."""
        with self._answering():
            self._fs.makedirs(self._root, exist_ok=True)
            self._fs.invalidate_cache()
            # Listing, not just asking: an object store with wrong keys answers `exists` with no.
            self._fs.find(self._root, maxdepth=1)
        protocol = self._fs.protocol
        return protocol if isinstance(protocol, str) else protocol[0]

    def folder(self, meter_type: str, meter_id: str) -> str:
        return f"{self._root}/{meter_type}/{meter_id}"

    def read(self, path: str) -> bytes | None:
        """A small file, or None where it is not there."""
        with self._answering():
            try:
                return cast(bytes, self._fs.cat_file(path))
            except FileNotFoundError:
                return None

    def write(self, path: str, content: bytes) -> None:
        # In a transaction a local file is written under another name and renamed when whole.
        with self._answering(), self._fs.transaction, self._fs.open(path, "wb") as target:
            target.write(content)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except UnknownModel:
            raise
        except Exception as error:
            # Each kind of store raises its own errors (botocore's are no OSError), and none of
            # them can be imported here: they belong to packages that may not be installed.
            # An OSError's whole text has paths of this machine, which no client needs.
            words = getattr(error, "strerror", None) or error
            raise ModelStoreUnavailable(f"The model store does not answer: {words}.") from error


def _unknown(version: str) -> UnknownModel:
    return UnknownModel(f"There is no version {version!r} of this meter's model.")
