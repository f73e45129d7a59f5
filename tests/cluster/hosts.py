"""Hosts without machines: network namespaces with names and addresses of their own on one bridge.

Between two of them there is a real TCP connection over a real (virtual) cable, which can be cut.
Needs root and iproute2.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.processes import needed

ROOT = Path(__file__).resolve().parents[2]
STOP_WITHIN = 20.0

AS_HOST = 'hostname "$0" && exec "$@"'
"""A namespace of the network has no name; `unshare --uts` gives one that programs see."""


class Host:
    """One namespace, the processes in it, and its cable to the bridge."""

    def __init__(self, network: "Network", name: str, number: int) -> None:
        self.name = name
        self.address = f"{network.prefix}.{number}"
        self._namespace = f"{network.mark}-{name}"
        self._cable = f"{network.mark}c{number}"
        self._folder = network.folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        ip("netns", "add", self._namespace)
        ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0",
           "netns", self._namespace)  # fmt: skip
        ip("link", "set", self._cable, "master", network.mark, "up")
        for command in (
            ("addr", "add", f"{self.address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"),
        ):
            ip("-n", self._namespace, *command)

    def start(self, process: str, command: list[str], environment: Mapping[str, str]) -> None:
        """Start a program on this host; its output goes to `<host>-<process>.out`."""
        inside = ["ip", "netns", "exec", self._namespace, "unshare", "--uts", "sh", "-c", AS_HOST]
        with (self._folder / f"{self.name}-{process}.out").open("ab") as out:
            self.processes[process] = subprocess.Popen(
                [*inside, self.name, *command], cwd=ROOT, env={**os.environ, **environment},
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def energy(self, *role: str, environment: Mapping[str, str]) -> None:
        """Start a role of the platform."""
        own = {"STATE_DIR": str(self._folder / self.name), **environment}
        self.start("-".join(role), [str(Path(sys.executable).parent / "energy"), *role], own)

    def cut(self) -> None:
        """Pull the cable: packets vanish, nobody is told."""
        ip("link", "set", self._cable, "down")

    def mend(self) -> None:
        ip("link", "set", self._cable, "up")

    def output(self, process: str) -> str:
        return (self._folder / f"{self.name}-{process}.out").read_text(errors="replace")

    def ask_to_stop(self) -> None:
        for process in self.processes.values():
            process.terminate()

    def remove(self) -> None:
        for process in self.processes.values():
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
        ip("netns", "del", self._namespace)


class Network:
    """A bridge, on which this process has an address too."""

    def __init__(self, folder: Path) -> None:
        needed("ip", "iproute2")
        self.folder = folder
        # Others on this machine may have such networks too: names and addresses of our own.
        self.mark = f"ef{secrets.token_hex(3)}"
        self.prefix = f"10.{200 + secrets.randbelow(50)}.{secrets.randbelow(250)}"
        self.hosts: list[Host] = []

    def __enter__(self) -> "Network":
        made = subprocess.run(
            ["ip", "link", "add", self.mark, "type", "bridge"], capture_output=True, text=True
        )
        if made.returncode != 0:
            pytest.skip(f"no network namespaces here (needs root): {made.stderr.strip()}")
        ip("addr", "add", f"{self.prefix}.1/24", "dev", self.mark)
        ip("link", "set", self.mark, "up")
        return self

    def host(self, name: str) -> Host:
        added = Host(self, name, 11 + len(self.hosts))
        self.hosts.append(added)
        return added

    def __exit__(self, *_: object) -> None:
        # The first host has Redis, and the others still have to write there when they end.
        for host in reversed(self.hosts):
            host.mend()
            host.ask_to_stop()
            host.remove()
        ip("link", "del", self.mark)


def ip(*arguments: str) -> None:
    """Run iproute2.

    :raises RuntimeError: it says why not.
    """
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
