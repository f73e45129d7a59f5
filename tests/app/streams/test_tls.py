"""Streams over gunicorn's own TLS, where raw bytes on the socket would be wrong."""

import ssl
import subprocess
from pathlib import Path

from tests.app.streams.harness import Job, Server, Stream, closing
from tests.processes import needed, until


def test_tls_falls_back_to_the_iterator(redis_url: str, job: Job, tmp_path: Path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [needed("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    server = Server(
        redis_url,
        tmp_path,
        workers=1,
        tls=ssl.create_default_context(cafile=str(certificate)),
        options=("--keyfile", str(key), "--certfile", str(certificate)),
        stream_writer="auto",
        stream_heartbeat_seconds=1,
    )
    try:
        stream = Stream(server, job.path).wait(1)
        gone = Stream(server, job.path).wait(1)
        with closing(stream, gone):
            job.step(1)
            stream.wait(2)
            gone.close()
            until(lambda: server.total("streams") == 1, "the one that left is noticed")
            job.end()
            stream.wait_closed()
            assert stream.steps == [1]
            assert stream.events[-1][1] == job.record
    finally:
        server.stop()
