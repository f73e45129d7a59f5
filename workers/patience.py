"""How long scheduled work waits for a store that is away.

Short waits first, for a restart; then long ones, for an outage that somebody has to mend: a
forecast at six in the morning is late, and still better than none.
"""

SHORT_WAIT, SHORT_TRIES = 30.0, 20
"""Ten minutes of them."""
LONG_WAIT, LONG_TRIES = 300.0, 72
"""Six hours: from midnight to when people come to work."""
MOST_TRIES = SHORT_TRIES + LONG_TRIES


def wait_after(tries: int) -> float:
    """Seconds to wait after so many tries."""
    return SHORT_WAIT if tries <= SHORT_TRIES else LONG_WAIT
