"""A second set of processes beside the one that is shot at: as a second machine would have them.

They show what the memory of a process does in half an hour, which one that is shot every two
minutes can't; and they take over what the shot ones held.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.platform import ROOT, STOP_WITHIN, Platform
from tests.processes import free_port

QUEUES = ("training", "forecasts", "maintenance")


@contextmanager
def twins(platform: Platform) -> Iterator[tuple[int, dict[str, int]]]:
    """The port of the second API, and the process ids by role; stopped when the block ends."""
    port = free_port()
    binaries = Path(sys.executable).parent
    commands = {"api": [str(binaries / "energy"), "api"]} | {
        f"worker-{queue}": [
            str(binaries / "celery"), "-A", "workers.main", "--quiet", "worker", "-Q", queue,
            "-n", f"twin-{queue}@%h", "-c", "1", "-O", "fair", "--without-mingle",
            "--without-gossip",
        ]
        for queue in QUEUES
    }  # fmt: skip
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    processes = {}
    try:
        for role, command in commands.items():
            own = {"API_PORT": str(port), "ENERGY_ROLE": role}
            with (platform.folder / f"twin-{role}.out").open("ab") as out:
                processes[role] = subprocess.Popen(
                    command, cwd=ROOT, env={**os.environ, **threads, **platform.environment, **own},
                    stdout=out, stderr=out, start_new_session=True,
                )  # fmt: skip
        yield port, {role: process.pid for role, process in processes.items()}
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
