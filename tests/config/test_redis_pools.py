"""Connections from the pool are good ones, whatever happened to them while nobody looked."""

import select
from dataclasses import dataclass

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.redis_pools import PromptConnection, open_pool


@dataclass(frozen=True)
class Address:
    redis_url: str
    redis_master: str = ""


@pytest.fixture
def client(redis_url: str) -> Redis:
    """A client that never tries twice: a bad connection would show."""
    client = Redis.from_pool(open_pool(Address(redis_url), retry=Retry(NoBackoff(), 0)))
    client.ping()
    return client


def test_a_connection_that_the_server_closed_is_not_used(client: Redis, redis_url: str) -> None:
    closed = client.client_id()
    Redis.from_url(redis_url).client_kill_filter(_id=closed)
    assert client.echo("here") == b"here"
    assert client.client_id() != closed


def test_an_answer_that_nobody_read_is_not_taken_for_another(client: Redis) -> None:
    pool = client.connection_pool
    connection = pool.get_connection()
    assert isinstance(connection, PromptConnection)
    connection.send_command("ECHO", "old")
    select.select([connection._sock], [], [], 10)
    pool.release(connection)
    assert client.echo("new") == b"new"


def test_half_an_answer_read_ahead_is_not_taken_for_another(client: Redis) -> None:
    pool = client.connection_pool
    connection = pool.get_connection()
    connection.send_packed_command([b"PING\r\nPING\r\n"])
    assert connection.read_response() in (b"PONG", True)
    pool.release(connection)
    assert client.echo("new") == b"new"
