"""The keys as one API process knows them: looked up in Redis, remembered for seconds."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from redis.exceptions import RedisError

from workers.api_keys import ADMIN, METRICS, Key, digest

FRESH_SECONDS = 5.0
"""How long a process takes its word for a key; a revoked key lives that much longer."""
STALE_SECONDS = 300.0
"""How long keys seen before are taken while Redis does not answer: readings need no Redis."""
REMEMBERED = 10_000
"""Keys a process remembers, wrong ones included; past that it starts over."""


class Book(Protocol):
    """Where keys are kept (`workers.api_keys.Keys`)."""

    def find(self, hashed: str) -> Key | None: ...


class Keyring:
    """Keys by text or by digest.

    :param bootstrap: a key with every right that lies in the settings and nowhere else.
    :param metrics: likewise, a key for the figures alone.
    """

    def __init__(
        self,
        book: Book,
        *,
        bootstrap: str = "",
        metrics: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._clock = clock
        self._seen: dict[str, tuple[Key | None, float]] = {}
        self._set = {
            digest(text): Key(name, frozenset({scope}))
            for text, name, scope in (
                (metrics, "metrics", METRICS),
                (bootstrap, "bootstrap", ADMIN),
            )
            if text
        }

    def by_text(self, text: str) -> tuple[str, Key | None]:
        """The digest of a key that was presented, and the key where it is one."""
        hashed = digest(text)
        return hashed, self.by_digest(hashed)

    def by_digest(self, hashed: str) -> Key | None:
        """The key with this digest.

        :raises RedisError: Redis does not answer and the key was not seen lately.
        """
        for ours, key_of_settings in self._set.items():
            if secrets.compare_digest(hashed, ours):
                return key_of_settings
        now = self._clock()
        key, seen_at = self._seen.get(hashed, (None, float("-inf")))
        if now - seen_at < FRESH_SECONDS:
            return key
        try:
            found = self._book.find(hashed)
        except RedisError:
            if key is not None and now - seen_at < STALE_SECONDS:
                return key
            raise
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[hashed] = found, now
        return found

    def holds(self, hashed: str) -> bool:
        """Whether the key with this digest is still good; it is while Redis can't be asked."""
        try:
            key = self.by_digest(hashed)
        except RedisError:
            return True  # nothing is told to a stream meanwhile, and no other keys are known
        return key is not None and key.valid(datetime.now(UTC))

    def forget(self) -> None:
        """Ask Redis anew for every key."""
        self._seen.clear()
