"""What clients have missed: before they joined, and while Redis was away."""

from redis import Redis
from redis.exceptions import RedisError

from app.streams import wire
from app.streams.delivery import Delivery
from app.streams.followers import Client, Followers
from app.streams.shutdown import Stopping
from app.streams.subscription import Subscription
from app.streams.topics import Backlog, Topic
from app.streams.wire import EventId
from app.streams.writers import Listener
from config.errors import QueueUnavailable, UnknownJob

JOIN_TRIES = 5
"""Times a client starts over because Redis was lost while it read what it had missed."""


def read(redis: "Redis", topic: Topic, last: EventId | None) -> Backlog:
    """What is in the log now.

    :raises UnknownJob: nothing to follow.
    :raises QueueUnavailable: Redis did not answer.
    """
    try:
        return topic.backlog(redis, last)
    except RedisError as error:
        raise QueueUnavailable("The event log does not answer.") from error


def read_subscribed(
    redis: "Redis", subscription: Subscription, client: Client, last: EventId | None
) -> Backlog:
    """What is in the log, read while the subscription held from before to after.

    :raises Stopping: the client has left, or the process is about to end.
    """
    for _ in range(JOIN_TRIES):
        generation = subscription.wait(client.topic.channel)
        if client.closed:
            raise Stopping
        backlog = read(redis, client.topic, last)
        if client.closed:
            raise Stopping
        if generation == subscription.generation:
            return backlog
    raise QueueUnavailable("The event log was lost while it was read.", tries=JOIN_TRIES)


def tell_all(writer: Listener, backlog: Backlog) -> bool:
    """Send a whole stream that has ended; False where there is nothing left to send."""
    if not backlog.frames:
        return False
    writer.write(wire.PREAMBLE + backlog.frames)
    writer.finish()
    return True


def fill_gap(redis: "Redis", followers: Followers, delivery: Delivery) -> None:
    """Give every live client what was published while Redis was away.

    :raises RedisError: it is away again.
    """
    known: dict[tuple[Topic, EventId], Backlog | None] = {}
    for client in followers:
        if not client.live:
            continue
        missed = client.topic, client.cursor
        if missed not in known:
            known[missed] = _read_again(redis, *missed)
        backlog = known[missed]
        if client.closed:
            continue
        if backlog is None:
            # Redis came back without the job; asking again will tell the client so.
            delivery.finish(client)
            continue
        delivery.catch_up(client, backlog)
        delivery.take_turns()


def _read_again(redis: "Redis", topic: Topic, cursor: EventId) -> Backlog | None:
    try:
        return topic.backlog(redis, cursor)
    except UnknownJob:
        return None
