"""The stream paths: Flask-SSE's blueprint, with replay and one subscription for all clients."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, g, request
from flask_sse import ServerSentEventsBlueprint
from redis import Redis

from app.streams import socket_writer, wire
from app.streams.grants import NO_KEY_NEEDED, Grant
from app.streams.hub import Hub
from app.streams.iterator_writer import IteratorWriter
from app.streams.shutdown import Stopping
from app.streams.topics import AllJobsTopic, JobTopic, Topic
from app.streams.writers import Writer
from config import Settings
from config.errors import InvalidRequest, QueueUnavailable, TooManyStreams

log = logging.getLogger(__name__)

RETRY_AFTER = 5
"""Seconds after which a client that was refused while resuming comes back."""

SILENT_HEARTBEATS = 3
"""Heartbeats a peer may leave unacknowledged before its connection counts as cut."""

MAX_IDS = 500
"""Jobs one connection can name; a batch has no such limit."""


class StreamsBlueprint(ServerSentEventsBlueprint):
    """Streams of job events that can be left and taken up again."""

    @property
    def redis(self) -> "Redis":
        """The process's one client, where the base class builds a pool at each access."""
        return _hub().redis

    def stream(self) -> Response:
        """All jobs over one connection, where the base class follows one channel."""
        return self.all_jobs_response()

    def job_response(self, job_id: str) -> Response:
        """The events of one job: a snapshot or what was missed, then live, closed at its end.

        204 for a client that has the last event already: EventSource then stops asking.

        :raises UnknownJob: the id was never issued, or the job expired.
        """
        return _respond(JobTopic(job_id))

    def all_jobs_response(
        self, *, ids: Iterable[str] | None = None, batch: str | None = None
    ) -> Response:
        """The events of all jobs, or of the jobs `ids` and the members of `batch`.

        :raises InvalidRequest: more ids than one connection may name.
        :raises UnknownJob: jobs are named, and none of them exists.
        """
        chosen = frozenset(ids or ())
        if len(chosen) > MAX_IDS:
            raise InvalidRequest(
                f"ids: at most {MAX_IDS} jobs.",
                hint="Leave ids out to follow all jobs, or name a batch.",
                field="ids",
                count=len(chosen),
            )
        return _respond(AllJobsTopic(chosen, batch or None))


bp = StreamsBlueprint("streams", __name__)


def _respond(topic: Topic) -> Response:
    last = wire.parse_last_id(
        request.headers.get("Last-Event-ID") or request.args.get("last_event_id")
    )
    hub = _hub()
    if request.method == "HEAD":
        topic.backlog(hub.redis, None)
        return Response(mimetype=wire.MIMETYPE, headers=wire.HEADERS)
    writer = _writer(request.environ, hub.settings)
    try:
        started = hub.join(topic, last, writer, grant=_grant())
    except Stopping:
        return _come_back()
    except (TooManyStreams, QueueUnavailable):
        # EventSource takes an error status for final: one that resumes is asked to wait instead.
        if last is not None:
            return _come_back()
        raise
    return writer.response() if started else Response(status=HTTPStatus.NO_CONTENT)


def _grant() -> Grant:
    key = g.get("key")  # of `app.security.access`
    return Grant(key.name, g.key_digest, g.key_until) if key else NO_KEY_NEEDED


def _come_back() -> Response:
    body = wire.retry(1000 * RETRY_AFTER)
    return Response(body, mimetype=wire.MIMETYPE, headers=wire.HEADERS)


def _writer(environ: Mapping[str, Any], settings: Settings) -> Writer:
    """The writer for one request; the iterator wherever the socket can't be written to."""
    kind, limit = settings.stream_writer, settings.stream_buffer_bytes
    patience = SILENT_HEARTBEATS * settings.stream_heartbeat
    if kind != "iterator" and socket_writer.possible(environ):
        return socket_writer.SocketWriter(limit=limit, patience=patience)
    if kind == "socket":
        log.warning("STREAM_WRITER=socket needs gunicorn, gevent and plain HTTP/1.x")
    return IteratorWriter(limit=limit, patience=patience, sock=environ.get("gunicorn.socket"))


def _hub() -> Hub:
    hub: Hub = current_app.extensions["streams"]
    return hub
