"""nginx in front of an API whose address changes, as it does with each new release's container."""

import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.deploy.compose import NGINX, ROOT
from tests.processes import free_port, needed, until

OLD, NEW = "127.0.0.2", "127.0.0.3"

_HEADER = struct.Struct(">HHHHHH")
_ANSWER = struct.Struct(">HHHIH4s")
_FOUND, _TO_THE_QUESTION, _A, _IN, _TTL = 0x8180, 0xC00C, 1, 1, 600


class NameServer:
    """Answers every question with one address, as Docker's does for the service that is asked for."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]

    def serve(self) -> None:
        while True:
            question, client = self.socket.recvfrom(512)
            if not question:  # the test is over
                return
            (number, *_), asked = _HEADER.unpack_from(question), question[_HEADER.size :]
            answer = _ANSWER.pack(
                _TO_THE_QUESTION, _A, _IN, _TTL, 4, socket.inet_aton(self.address)
            )
            self.socket.sendto(_HEADER.pack(number, _FOUND, 1, 1, 0, 0) + asked + answer, client)


@contextmanager
def name_server(address: str) -> Iterator[NameServer]:
    server = NameServer(address)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", server.port))
        thread.join()
        server.socket.close()


class Echo(BaseHTTPRequestHandler):
    """Says at which address it was reached, and for what."""

    def do_GET(self) -> None:
        body = f"{self.connection.getsockname()[0]} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def api(address: str, port: int) -> Iterator[None]:
    with ThreadingHTTPServer((address, port), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def nginx(folder: Path, names: NameServer, api_port: int) -> Iterator[str]:
    """nginx with the file of the compose profile; the address at which it listens."""
    port = free_port()
    site = (ROOT / "deploy/nginx/energy.conf").read_text()
    for there, here in (
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("api:8000", f"api:{api_port}"),
        ("127.0.0.11", f"127.0.0.1:{names.port}"),
        ("valid=5s", "valid=1s"),
    ):
        assert there in site
        site = site.replace(there, here)
    (folder / "energy.conf").write_text(site)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    process = subprocess.Popen(
        [needed("nginx", "nginx"), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


@pytest.mark.parametrize(
    "path",
    ["/meters/?limit=2", "/forecast/result/a%2Fb", "/jobs/stream?ids=a,b", "/jobs/1/stream"],
)
def test_requests_follow_the_api_to_its_new_address(tmp_path: Path, path: str) -> None:
    port = free_port()
    with ExitStack() as running:
        names = running.enter_context(name_server(OLD))
        running.enter_context(api(NEW, port))
        before = running.enter_context(ExitStack())
        before.enter_context(api(OLD, port))
        url = running.enter_context(nginx(tmp_path, names, port)) + path

        def reached() -> str:
            try:
                return httpx.get(url).text
            except httpx.TransportError:  # nginx is still starting
                return ""

        # As it was sent: what is looked up anew must not change what is asked for.
        until(lambda: reached() == f"{OLD} {path}", "the API is reached")
        before.close()
        names.address = NEW
        until(lambda: reached() == f"{NEW} {path}", "the new container is reached")
