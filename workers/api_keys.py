"""API keys: who may do what, on which meters, until when. Redis holds them hashed.

A key is 256 random bits, so one SHA-256 is all the hashing it needs: there is nothing to guess,
which is what slow password hashes are for.

| key of Redis      | holds                                                        |
|-------------------|--------------------------------------------------------------|
| `security:keys`   | hash: SHA-256 of a key, and who it is (JSON), without the key |
| `security:secret` | what sign-ins and stream tokens are signed with              |
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

from config import Settings, SettingsError
from config.errors import InvalidRequest
from config.redis_clients import connect

READ, WRITE, TRAIN, METRICS, ADMIN = "read", "write", "train", "metrics", "admin"
SCOPES = (READ, WRITE, TRAIN, METRICS, ADMIN)
"""What a key may be for; `admin` includes the others, which don't include one another."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

MARK = "ef_"
"""How every key begins, so that scanners for leaked secrets can know it."""
KEYS = "security:keys"
SECRET = "security:secret"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@:-]{0,63}")

START_PATIENCE = 30.0
"""Seconds that the API waits at its start for a Redis that starts beside it."""


@dataclass(frozen=True)
class Key:
    """What is known of a key; never the key itself."""

    name: str
    scopes: frozenset[str]
    created_at: datetime | None = None
    expires_at: datetime | None = None
    meters: str = ""
    """The beginning of `type/id` of the meters it reaches; empty for all."""

    def may(self, scope: str) -> bool:
        return scope in self.scopes or ADMIN in self.scopes

    def sees(self, meter: str) -> bool:
        """Whether it reaches the meter `type/id`."""
        return meter.startswith(self.meters)

    def valid(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at

    def to_dict(self) -> dict[str, Any]:
        """As it is stored and listed."""
        return {
            "name": self.name,
            "scopes": [scope for scope in SCOPES if scope in self.scopes],
            "meters": self.meters,
            "created_at": self.created_at and self.created_at.isoformat(),
            "expires_at": self.expires_at and self.expires_at.isoformat(),
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "Key":
        at = {
            name: facts[name] and datetime.fromisoformat(facts[name])
            for name in ("created_at", "expires_at")
        }
        return cls(facts["name"], frozenset(facts["scopes"]), meters=facts["meters"], **at)


def digest(text: str) -> str:
    """What stands for a key wherever it is kept."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class Keys:
    """The keys in Redis."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def create(self, key: Key) -> str:
        """Make a key; the text returned is shown once and kept nowhere.

        :raises InvalidRequest: the name, a scope or the expiry cannot be, or the name is taken.
        """
        _check(key)
        if any(known.name == key.name for known in self.all()):
            raise InvalidRequest(f"name: there is a key {key.name!r} already.", field="name")
        text = MARK + secrets.token_urlsafe(32)
        self._redis.hset(KEYS, digest(text), json.dumps(key.to_dict()))
        return text

    def find(self, hashed: str) -> Key | None:
        """The key with this digest, whether expired or not."""
        stored = cast(bytes | None, self._redis.hget(KEYS, hashed))
        return Key.from_dict(json.loads(stored)) if stored else None

    def all(self) -> list[Key]:
        """Every key, by name."""
        stored = cast(dict[bytes, bytes], self._redis.hgetall(KEYS))
        return sorted(
            (Key.from_dict(json.loads(facts)) for facts in stored.values()), key=lambda k: k.name
        )

    def revoke(self, name: str) -> bool:
        """Forget a key; False where there is none of this name.

        API processes that have seen it let it in for a few seconds more.
        """
        stored = cast(dict[bytes, bytes], self._redis.hgetall(KEYS))
        hashed = [field for field, facts in stored.items() if json.loads(facts)["name"] == name]
        return bool(hashed) and bool(self._redis.hdel(KEYS, *hashed))

    def secret(self) -> str:
        """What this installation signs with; made on first use, the same for all processes."""
        self._redis.set(SECRET, secrets.token_urlsafe(32), nx=True)
        return cast(bytes, self._redis.get(SECRET)).decode()


def keys_needed(settings: Settings) -> bool:
    """Whether the API asks for a key."""
    return settings.api_keys == "always" or settings.api_host not in LOOPBACK


def refuse_without_key(settings: Settings) -> None:
    """Keep the API from listening where others reach it while nobody could have a key.

    :raises SettingsError: no key exists and BOOTSTRAP_API_KEY is not set.
    """
    if not keys_needed(settings) or settings.bootstrap_api_key:
        return
    try:
        known = Keys(connect(settings, patience=START_PATIENCE)).all()
    except RedisError as error:
        raise SettingsError(f"REDIS_URL: no answer, so no API key is known ({error}).") from error
    if not known:
        raise SettingsError(
            f"API_HOST: {settings.api_host} can be reached by others and there is no API key yet; "
            "make one with `energy keys create NAME`, or set BOOTSTRAP_API_KEY."
        )


def _check(key: Key) -> None:
    if not NAME.fullmatch(key.name):
        raise InvalidRequest(f"name: {key.name!r} is not a name such as dashboard-1.", field="name")
    unknown = key.scopes - set(SCOPES)
    if unknown or not key.scopes:
        raise InvalidRequest(
            f"scopes: {', '.join(sorted(unknown)) or 'none given'}; of {', '.join(SCOPES)}.",
            field="scopes",
        )
    if key.expires_at and key.created_at and key.expires_at <= key.created_at:
        raise InvalidRequest("expires: lies in the past.", field="expires")
