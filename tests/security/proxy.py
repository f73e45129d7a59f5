"""A TCP proxy that is as slow as a test wants it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress


class SlowProxy:
    """Forwards between its port and another; each piece waits `delay` seconds first."""

    def __init__(self, target: Callable[[], int]) -> None:
        self.delay = 0.0
        self._target = target
        self._passing = threading.Event()
        self._passing.set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        self.delay = seconds
        try:
            yield
        finally:
            self.delay = 0.0

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Connections stay open and nothing passes, as behind a firewall that drops packets."""
        self._passing.clear()
        try:
            yield
        finally:
            self._passing.set()

    def run(self) -> None:
        with suppress(OSError):  # closed from outside: the end
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def close(self) -> None:
        self._passing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self._target()))
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                self._passing.wait()
                time.sleep(self.delay)
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def slow_proxy(target: Callable[[], int]) -> Iterator[SlowProxy]:
    """A proxy to the port that `target` names at each connection."""
    proxy = SlowProxy(target)
    thread = threading.Thread(target=proxy.run, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(5)
