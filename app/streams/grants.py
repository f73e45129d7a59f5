"""By what right a stream is open: a key that was shown once may be revoked while it runs."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

CHECK_SECONDS = 5.0
"""Between two looks at the keys of all open streams; each key is asked for once."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client showed when it opened its stream."""

    name: str = ""
    """Of the API key."""
    digest: str = ""
    """Of the API key (`workers.api_keys.digest`)."""
    until: float = math.inf
    """When the sign-in ends that named the key, in epoch seconds."""


NO_KEY_NEEDED = Grant()


def ended(grants: Iterable[Grant], holds: Callable[[str], bool], *, now: float) -> set[Grant]:
    """Those of `grants` that are good no more.

    :param holds: whether the key with a digest is known and has not expired.
    :param now: epoch seconds.
    """
    keyed = {grant for grant in grants if grant.digest}
    gone = {digest for digest in {grant.digest for grant in keyed} if not holds(digest)}
    return {grant for grant in keyed if grant.digest in gone or grant.until <= now}
