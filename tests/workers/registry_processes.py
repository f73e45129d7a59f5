"""Processes that save models: many at once, or one that is killed on the way.

python -m tests.workers.registry_processes race URL REDIS_URL ARTIFACT COUNT
python -m tests.workers.registry_processes killed URL REDIS_URL ARTIFACT STEPS
"""

import multiprocessing
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from redis import Redis

from workers.registry import Registry
from workers.registry.versions import Versions

METER = ("water", "m1")


def save(url: str, redis_url: str, artifact: str, meter: tuple[str, str] = METER) -> None:
    """What a training does at its end: store, then move the alias if nobody else has."""
    with Redis.from_url(redis_url) as redis:
        registry = Registry(url, redis)
        before = registry.aliases(*meter).get("champion", "")
        version = registry.add(*meter, Path(artifact))
        if not registry.promote(*meter, version, instead_of=before, reason=f"pid {os.getpid()}"):
            registry.challenge(*meter, version, reason="another was faster")


def save_and_die(url: str, redis_url: str, artifact: str, step: int) -> None:
    """Save, and be killed by SIGKILL in the moment after the `step`th write."""
    write, written = Versions.write, 0

    def write_and_die(self: Versions, path: str, content: bytes) -> None:
        nonlocal written
        write(self, path, content)
        written += 1
        if written == step:
            os.kill(os.getpid(), signal.SIGKILL)

    Versions.write = write_and_die  # type: ignore[method-assign]
    save(url, redis_url, artifact, ("water", f"killed-{step}"))


def main() -> None:
    what, url, redis_url, artifact, count = sys.argv[1:]
    if url.startswith("s3:"):
        import_module("s3fs")  # once, not in each of twenty children
    fork = multiprocessing.get_context("fork")
    target = save_and_die if what == "killed" else save
    children = [
        fork.Process(
            target=target, args=(url, redis_url, artifact, *([step] if what == "killed" else []))
        )
        for step in range(1, int(count) + 1)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    sys.stdout.write(" ".join(str(child.exitcode) for child in children))


if __name__ == "__main__":
    main()
