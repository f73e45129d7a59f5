"""Run by `test_joining`: Redis is lost between a client's reading of the log and its going live.

Prints what the client was sent. In a process of its own, because a hub needs patched sockets.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

import gevent  # noqa: E402

from app.streams.hub import Hub  # noqa: E402
from app.streams.topics import JobTopic  # noqa: E402
from config import Settings  # noqa: E402
from tests.app.streams.harness import Job  # noqa: E402


class Kept:
    """A writer that keeps everything."""

    def __init__(self):
        self.sent = b""

    def write(self, frame):
        self.sent += frame


class Unlucky(JobTopic):
    """Loses the subscription, and an event with it, after the log was read."""

    reads = 0

    def backlog(self, redis, last):
        read = super().backlog(redis, last)
        type(self).reads += 1
        if self.reads == 2:  # the first is before the subscription
            assert redis.client_kill_filter(_type="pubsub") == 1
            job.step(7)
            while redis.pubsub_numsub(self.channel)[0][1] == 0:
                gevent.sleep(0.01)
        return read


hub = Hub(Settings(redis_url=sys.argv[1]))
job = Job(hub.redis)
writer = Kept()
hub.join(Unlucky(job.id), None, writer)
job.step(8)
while b"step 8" not in writer.sent:
    gevent.sleep(0.01)
sys.stdout.write(writer.sent.decode())
