"""Waiting for a job's end through the hub: a stream that nobody reads.

A request that waits (`Prefer: wait`) costs a greenlet and an entry in the hub. Were it to ask
Redis itself, a hundred of them would hold all the connections that the process has.
"""

import time
from collections.abc import Callable

from gevent import monkey
from gevent.event import Event as Flag

from app.streams.hub import Hub
from app.streams.shutdown import Stopping
from app.streams.topics import JobTopic
from config.errors import QueueUnavailable, TooManyStreams


class Ending:
    """The `Listener` of a request that waits: forgets what it is told, but for the end."""

    def __init__(self) -> None:
        self.on_gone: Callable[[], None] = lambda: None
        self.over = Flag()

    def write(self, frame: bytes) -> None:
        pass

    def finish(self) -> None:
        self.over.set()

    def abort(self) -> None:
        self.over.set()


def wait_for_end(hub: Hub, job_id: str, seconds: float) -> bool:
    """Whether the stream of the job ended within `seconds`: as a rule with the job, look.

    False at once where the hub can take no more: nobody has a right to wait.

    :raises UnknownJob: there is no such job.
    """
    if not monkey.is_module_patched("socket"):  # nothing but gunicorn's worker has live streams
        return False
    deadline = time.monotonic() + seconds
    ending = Ending()
    try:
        hub.join(JobTopic(job_id), None, ending)
        return ending.over.wait(max(0.0, deadline - time.monotonic()))
    except (Stopping, TooManyStreams, QueueUnavailable):
        return False
    finally:
        ending.on_gone()
