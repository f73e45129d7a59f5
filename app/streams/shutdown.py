"""Ending the streams when the process is told to end.

gunicorn has no hook for the signal itself, and at its `worker_exit` it is too late: it waits for
streams that wait for nobody, or has already closed them. So the signal is heard beside gunicorn.
"""

import atexit
import signal
from collections.abc import Callable
from types import FrameType

import gevent

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Stopping(Exception):
    """This process takes no more streams; control flow, not a fault."""


def on_shutdown(stop: Callable[[], None]) -> None:
    """Call `stop` when the process is told to end; whoever listened before still hears of it.

    To be called in the main thread of a process that serves.
    """
    atexit.register(stop)
    for number in SIGNALS:
        _listen(number, stop)


def _listen(number: signal.Signals, stop: Callable[[], None]) -> None:
    before = signal.getsignal(number)

    def handle(received: int, frame: FrameType | None) -> None:
        gevent.spawn(stop)  # a signal handler may run in the middle of anything
        if callable(before):
            before(received, frame)

    # Without a handler the signal ends the process at once, and that stays so.
    if callable(before):
        signal.signal(number, handle)
