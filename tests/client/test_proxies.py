"""The Python client where something else than the API answers: a proxy, another program."""

import inspect
import json

import pytest

from client import ApiError, AsyncClient, Client, ClientError
from tests.client.scripted import ENDED, STARTED, Answer, Scripted, watched

HTML = (200, {"Content-Type": "text/html"}, b"<html>Welcome</html>")


@pytest.mark.parametrize("how", ["sync", "async"])
def test_watching_goes_on_behind_a_proxy_that_cannot_reach_the_api_for_a_while(
    server: Scripted, how: str
) -> None:
    server.answers = [STARTED, (502, {}, b""), (504, {}, b"<html>"), ENDED]
    assert watched(server.url, how=how) == {"status": "succeeded", "progress": 100}
    assert len(server.asked) == 4


@pytest.mark.parametrize("how", ["sync", "async"])
def test_an_error_that_lasts_is_told_in_the_end(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("client.protocol.PATIENCE", 0.5)
    server.answers = [(503, {}, json.dumps({"code": "store_unavailable"}).encode())]
    with pytest.raises(ApiError) as told:
        watched(server.url, how=how)
    assert told.value.code == "store_unavailable"
    assert len(server.asked) > 1


def test_a_server_that_asks_for_time_gets_it(server: Scripted) -> None:
    server.answers = [(429, {"Retry-After": "2"}, b"{}"), ENDED]
    watched(server.url, how="sync")
    first, second = server.asked
    assert second - first >= 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HTML, id="a-page"),
        pytest.param((500, {}, b"[]"), id="an-error-that-is-a-list"),
        pytest.param((404, {}, b'{"detail": "Not Found"}'), id="another-programs-error"),
        pytest.param((302, {"Location": "/login"}, b""), id="a-sign-in-page"),
    ],
)
def test_what_is_not_the_apis_is_an_error_with_a_remedy(server: Scripted, answer: Answer) -> None:
    server.answers = [answer]
    with Client(server.url) as api:
        for call in (api.jobs, lambda: api.train("water", "a"), lambda: api.job("one").wait()):
            with pytest.raises(ClientError) as told:
                call()
            assert str(answer[0]) in str(told.value)
            assert "address" in told.value.hint


def test_an_answer_without_content_is_no_error(server: Scripted) -> None:
    server.answers = [(204, {}, b"")]
    with Client(server.url) as api:
        assert api.call("DELETE", "/meters/water/a") == {}


def test_both_clients_do_the_same() -> None:
    def offered(kind: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert offered(AsyncClient) == offered(Client)
