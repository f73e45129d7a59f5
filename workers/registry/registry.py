"""Model versions and their aliases: what is stored (`versions`) and what serves (`aliases`).

    <MODEL_STORE_URL>/<meter_type>/<meter_id>/aliases.json, audit.jsonl

mirror what Redis holds, for a Redis that lost its memory. Whoever changes an alias writes the
mirror and looks again: if it has changed in between, the mirror is written again, so the last
writer always leaves the newest state.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from redis import Redis

from config.errors import ChampionMoved, ModelNotTrained, UnknownModel
from workers.ledger import Ledger
from workers.ledger.flags import clean_slate
from workers.registry.aliases import ANY, Action, Aliases
from workers.registry.disk_use import disk_use_of, set_disk_use
from workers.registry.versions import Versions

MIRROR = "aliases.json"
AUDIT_MIRROR = "audit.jsonl"
WORKER = "worker"
"""Who acts when no person asked."""
FORGOTTEN = "models:forgotten"
"""Redis set: meters whose models were deleted, until a night has looked whether more came."""
UNFINISHED_AFTER = timedelta(days=1)
"""No saving takes so long: what is not whole by then never will be."""
SHOWN = (
    "meter", "resolution_seconds", "max_horizon_hours", "quantiles", "seed", "train_start",
    "train_end", "readings", "scale", "never_negative", "yearly", "weather_columns",
    "quality", "versions", "features", "source", "chosen", "similar_meters", "weather_trust",
    "metrics", "baseline_metrics", "fingerprint", "seconds", "release", "contest", "bytes",
)  # fmt: skip
"""What is told of a version's `meta.json`, as `app.models.schemas.VersionSchema` describes it; the
bulk of it is for the program alone, and other releases have written other things."""


Clock = Callable[[], datetime]


def current() -> datetime:
    """The clock on the wall, in UTC; a replay has another."""
    return datetime.now(UTC)


class Registry:
    """Model versions of all meters.

    Every method raises ModelStoreUnavailable where the store does not answer.
    """

    def __init__(self, url: str, redis: "Redis", *, clock: Clock = current) -> None:
        self._clock = clock
        self.versions_store = Versions(url)
        self._redis = redis
        self._aliases = Aliases(redis)

    def add(
        self,
        meter_type: str,
        meter_id: str,
        folder: Path,
        *,
        facts: Mapping[str, Any] | None = None,
    ) -> str:
        """Store the files of `folder` as a new version and return its name; see `Versions.add`."""
        version = self.versions_store.add(
            meter_type, meter_id, folder, facts=facts, now=self._clock()
        )
        self.measure(meter_type, meter_id)
        return version

    def versions(self, meter_type: str, meter_id: str) -> list[str]:
        """The whole versions of a meter, newest first."""
        return self.versions_store.names(meter_type, meter_id)

    def meta(self, meter_type: str, meter_id: str, version: str) -> dict[str, Any]:
        """What is known of a version without loading it. Raises UnknownModel."""
        return self.versions_store.meta(meter_type, meter_id, version)

    def fetch(self, meter_type: str, meter_id: str, version: str, into: Path) -> Path:
        """Copy the files of a version into the empty folder `into`. Raises UnknownModel."""
        return self.versions_store.fetch(meter_type, meter_id, version, into)

    def aliases(self, meter_type: str, meter_id: str) -> dict[str, str]:
        """`{"champion": version, "previous": …, "challenger": …}`, as far as there are such."""
        held = self._aliases.read(meter_type, meter_id)
        if held.revision == 0 and not held.aliases:
            self._restore(meter_type, meter_id)
            held = self._aliases.read(meter_type, meter_id)
        return held.aliases

    def audit(self, meter_type: str, meter_id: str) -> list[dict[str, Any]]:
        """`{time, who, action, from, to, reason}` of every change of an alias, oldest first."""
        self.aliases(meter_type, meter_id)
        return self._aliases.audit(meter_type, meter_id)

    def champion(self, meter_type: str, meter_id: str) -> str:
        """The version that serves.

        :raises ModelNotTrained: the meter has none.
        """
        version = self.aliases(meter_type, meter_id).get("champion")
        if version is None:
            raise ModelNotTrained(f"Meter {meter_type}/{meter_id} has no trained model.")
        return version

    def promote(
        self,
        meter_type: str,
        meter_id: str,
        version: str,
        *,
        instead_of: str = ANY,
        who: str = WORKER,
        reason: str = "",
    ) -> bool:
        """Make `version` the champion if `instead_of` ("" for none) still is it.

        :returns: False where another version became champion in the meantime.
        """
        try:
            self._move(
                meter_type, meter_id, Action.PROMOTE, version,
                instead_of=instead_of, who=who, reason=reason,
            )  # fmt: skip
        except ChampionMoved:
            return False
        return True

    def promote_existing(
        self, meter_type: str, meter_id: str, version: str, *, who: str, reason: str
    ) -> None:
        """Make a version of the list the champion, because somebody says so: with a clean slate.

        :raises UnknownModel: there is no such version.
        """
        if not self.versions_store.exists(meter_type, meter_id, version):
            raise UnknownModel(f"There is no version {version!r} of this meter's model.")
        self.promote(meter_type, meter_id, version, who=who, reason=reason)
        self._trust(meter_type, meter_id)

    def challenge(self, meter_type: str, meter_id: str, version: str, *, reason: str) -> None:
        """Keep `version` beside the champion that it did not beat."""
        self._move(meter_type, meter_id, Action.CHALLENGE, version, who=WORKER, reason=reason)

    def rollback(
        self, meter_type: str, meter_id: str, *, instead_of: str = ANY, who: str, reason: str
    ) -> None:
        """Let the previous champion serve again, with a clean slate; again undoes it.

        :param instead_of: the champion that is meant, so that asking twice rolls back once.
        :raises ChampionMoved: another version became champion in the meantime.
        :raises NoPreviousVersion: there is none.
        """
        self._move(
            meter_type, meter_id, Action.ROLLBACK, instead_of=instead_of, who=who, reason=reason
        )
        self._trust(meter_type, meter_id)

    def retire(self, meter_type: str, meter_id: str, version: str, *, reason: str) -> None:
        """Let no alias point at a version that cannot serve; it stays for whoever looks into it."""
        self._move(meter_type, meter_id, Action.RETIRE, version, who=WORKER, reason=reason)

    def prune(self, meter_type: str, meter_id: str, *, keep: int) -> list[str]:
        """Delete what is neither named by an alias nor among the `keep` newest.

        :returns: the versions that were deleted.
        """
        self.aliases(meter_type, meter_id)
        gone = self.versions(meter_type, meter_id)[keep:]
        gone += self.versions_store.unfinished(
            meter_type, meter_id, before=self._clock() - UNFINISHED_AFTER
        )
        deleted = [one for one in gone if self._aliases.doom(meter_type, meter_id, one)]
        for version in deleted:
            self.versions_store.delete(meter_type, meter_id, version)
            self._aliases.deleted(meter_type, meter_id, version)
        if deleted:
            self.measure(meter_type, meter_id)
        return deleted

    def measure(self, meter_type: str, meter_id: str) -> int:
        """Count the bytes of a meter's files anew."""
        size = self.versions_store.size(meter_type, meter_id)
        set_disk_use(self._redis, f"{meter_type}/{meter_id}", size)
        return size

    def account(self, meter_type: str, meter_id: str) -> dict[str, Any]:
        """Everything about a meter's models that a person may want to see."""
        aliases = self.aliases(meter_type, meter_id)
        audit = self.audit(meter_type, meter_id)
        reasons = {entry["to"]: entry["reason"] for entry in audit if entry["to"]}
        found = {
            one: self._meta_if_kept(meter_type, meter_id, one)
            for one in self.versions(meter_type, meter_id)
        }
        return {
            "meter_type": meter_type,
            "meter_id": meter_id,
            "champion": aliases.get("champion"),
            "aliases": {**dict.fromkeys(("champion", "previous", "challenger")), **aliases},
            "versions": [
                summary(one, meta, aliases) | {"reason": reasons.get(one)}
                for one, meta in found.items()
                if meta is not None
            ],
            "audit": audit[::-1],
            "bytes": disk_use_of(self._redis, f"{meter_type}/{meter_id}"),
        }

    def _meta_if_kept(self, meter_type: str, meter_id: str, version: str) -> dict[str, Any] | None:
        """What is known of a version; None where it was pruned since it was listed."""
        try:
            return self.meta(meter_type, meter_id, version)
        except UnknownModel:
            return None

    def forget(self, meter_type: str, meter_id: str) -> None:
        """Delete every version of a meter."""
        self._redis.sadd(FORGOTTEN, f"{meter_type}/{meter_id}")
        self.versions_store.forget(meter_type, meter_id)
        self._aliases.forget(meter_type, meter_id)
        set_disk_use(self._redis, f"{meter_type}/{meter_id}", 0)

    def forgotten(self) -> list[tuple[str, str]]:
        """Type and id of the meters that `forget` was called for, until `settle_forgotten`.

        Nothing else says that a meter was deleted: one that the catalogue does not have may be
        in the store of yesterday's settings, and its models must not be lost.
        """
        held = cast(set[bytes], self._redis.smembers(FORGOTTEN))
        return sorted(cast(Any, tuple(name.decode().split("/", 1))) for name in held)

    def settle_forgotten(self, meter_type: str, meter_id: str) -> None:
        """Of this meter, no more models can come."""
        self._redis.srem(FORGOTTEN, f"{meter_type}/{meter_id}")

    def ping(self) -> str:
        """The protocol of the store (`file`, `s3` …), once it has answered."""
        return self.versions_store.ping()

    def mirror(self, meter_type: str, meter_id: str) -> None:
        """Write what Redis holds into the store, until it has stayed the same meanwhile."""
        base = self.versions_store.folder(meter_type, meter_id)
        written = None
        while (held := self._aliases.read(meter_type, meter_id)) != written:
            log = self._aliases.audit(meter_type, meter_id)
            lines = "".join(f"{json.dumps(entry)}\n" for entry in log)
            self.versions_store.write(f"{base}/{AUDIT_MIRROR}", lines.encode())
            self.versions_store.write(f"{base}/{MIRROR}", json.dumps(held.aliases).encode())
            written = held

    def _move(
        self,
        meter_type: str,
        meter_id: str,
        action: Action,
        version: str = "",
        *,
        instead_of: str = ANY,
        who: str,
        reason: str,
    ) -> None:
        self.aliases(meter_type, meter_id)  # a Redis that lost its memory is told first
        moved = self._aliases.move(
            meter_type, meter_id, action, version,
            instead_of=instead_of, who=who, reason=reason, now=self._clock(),
        )  # fmt: skip
        if moved:
            self.mirror(meter_type, meter_id)

    def _trust(self, meter_type: str, meter_id: str) -> None:
        """Whom a person chooses answers, until a week of its own speaks against it."""
        clean_slate(Ledger(self._redis), f"{meter_type}/{meter_id}")

    def _restore(self, meter_type: str, meter_id: str) -> None:
        base = self.versions_store.folder(meter_type, meter_id)
        mirrored = self.versions_store.read(f"{base}/{MIRROR}")
        if mirrored is None:
            return
        log = self.versions_store.read(f"{base}/{AUDIT_MIRROR}") or b""
        entries = [json.loads(line) for line in log.decode().splitlines()]
        self._aliases.restore(meter_type, meter_id, json.loads(mirrored), entries)


def summary(version: str, meta: Mapping[str, Any], aliases: Mapping[str, str]) -> dict[str, Any]:
    """One line of a list of versions: what it is, which aliases point at it, how good it was."""
    named = sorted(alias for alias, of in aliases.items() if of == version)
    shown = {name: meta[name] for name in SHOWN if name in meta}
    return {"version": version, "aliases": named, **shown}
