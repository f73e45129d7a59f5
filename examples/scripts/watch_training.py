#!/usr/bin/env python3
"""Start a training and watch it, with nothing but requests.

python examples/scripts/watch_training.py demo_household
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

import requests

SILENCE_S = 40
"""The server sends a comment every 15 seconds: a stream silent for longer is broken."""


def main() -> int:
    """Train a meter; print each event; exit with 0 where the training succeeded."""
    parser = argparse.ArgumentParser(description="Start a training and watch it.")
    parser.add_argument("meter_id")
    parser.add_argument("--meter-type", default="electricity")
    parser.add_argument("--api", default="http://127.0.0.1:8000", help="default: %(default)s")
    options = parser.parse_args()

    meter = {"meter_id": options.meter_id, "meter_type": options.meter_type}
    answer = requests.post(f"{options.api}/trainmodel/", json=meter, timeout=SILENCE_S)
    started = answer.json()
    if not answer.ok:
        print(f"{started['message']} {started['hint']}", file=sys.stderr)
        return 1
    job: dict[str, Any] = {}
    for event in events(options.api + started["stream_url"]):
        job |= event  # the first event is the whole job, later ones hold what changed
        print(f"{job['status']:>9} {job['progress']:5.1f} %  {job['message']}")
    if job["error"]:
        print(f"{job['error']['message']} {job['error']['hint']}", file=sys.stderr)
    return 0 if job["status"] == "succeeded" else 1


def events(url: str) -> Iterator[dict[str, Any]]:
    """The events of a job until it ends, when the server closes the stream."""
    response = requests.get(url, stream=True, timeout=SILENCE_S)
    response.raise_for_status()
    for line in response.iter_lines():
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


if __name__ == "__main__":
    sys.exit(main())
