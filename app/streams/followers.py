"""Who follows what in this process."""

from collections import Counter
from collections.abc import Iterator

from app.streams.grants import NO_KEY_NEEDED, Grant
from app.streams.topics import Topic
from app.streams.wire import START, Event, EventId
from app.streams.writers import Listener

BEATS = 60
"""Groups in which clients get their heartbeat: ten thousand at once would delay events."""


class Client:
    """One open stream."""

    __slots__ = ("beat", "closed", "cursor", "grant", "pending", "topic", "writer")

    def __init__(self, topic: Topic, writer: Listener, grant: Grant = NO_KEY_NEEDED) -> None:
        self.topic = topic
        self.grant = grant
        self.writer = writer
        self.cursor: EventId = START
        """The newest event the client has: nothing up to it is sent again."""
        self.pending: list[Event] | None = []
        """Events that came while the log was read; None once live."""
        self.beat = 0
        self.closed = False

    @property
    def live(self) -> bool:
        return self.pending is None and not self.closed


class Followers:
    """The clients of each channel, and of each heartbeat."""

    def __init__(self) -> None:
        self._channels: dict[str, set[Client]] = {}
        self._beats: list[set[Client]] = [set() for _ in range(BEATS)]
        self._owned: Counter[str] = Counter()
        self._entered = 0
        self.count = 0

    def __contains__(self, channel: str) -> bool:
        return channel in self._channels

    def __iter__(self) -> Iterator[Client]:
        """Everyone, as of now: clients may come and go during the iteration."""
        return iter([client for clients in self._channels.values() for client in clients])

    @property
    def channels(self) -> int:
        return len(self._channels)

    def owned(self, owner: str) -> int:
        """Streams that a key has open."""
        return self._owned[owner]

    def of(self, channel: str) -> tuple[Client, ...]:
        return tuple(self._channels.get(channel, ()))

    def beats(self) -> Iterator[tuple[Client, ...]]:
        """The groups of one round of heartbeats, each as of when it is its turn."""
        for group in self._beats:
            yield tuple(group)

    def enter(self, client: Client) -> bool:
        """Whether it is the first of its channel."""
        self._entered += 1
        self.count += 1
        self._owned[client.grant.name] += 1
        client.beat = self._entered % BEATS
        self._beats[client.beat].add(client)
        channel = client.topic.channel
        first = channel not in self._channels
        self._channels.setdefault(channel, set()).add(client)
        return first

    def leave(self, client: Client) -> bool:
        """Whether it was the last of its channel."""
        client.closed = True
        self.count -= 1
        self._owned[client.grant.name] -= 1
        if not self._owned[client.grant.name]:
            del self._owned[client.grant.name]
        self._beats[client.beat].discard(client)
        channel = client.topic.channel
        followers = self._channels[channel]
        followers.discard(client)
        if followers:
            return False
        del self._channels[channel]
        return True
