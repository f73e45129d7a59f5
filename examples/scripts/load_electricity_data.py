#!/usr/bin/env python3
"""Load a CSV file of readings through the API.

    python examples/scripts/load_electricity_data.py readings.csv --meter-id office \
        --unit kWh --timezone Europe/Rome --country IT

The file needs a column of times and one of values; their names are found. Doing it twice does no
harm: a reading that is there already is replaced.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import requests

TIMEOUT_S = 300
"""Years of readings at 15 minutes are stored within seconds; a slow disk may take its time."""


def main() -> int:
    """Make the meter, send the file, tell what was stored."""
    options = parse_arguments()
    meter = f"{options.api.rstrip('/')}/meters/{options.meter_type}/{options.meter_id}"
    facts = {"unit": options.unit, "timezone": options.timezone, "country": options.country}
    try:
        send("PUT", meter, json={name: value for name, value in facts.items() if value})
        summary = send(
            "POST",
            f"{meter}/readings",
            data=options.file.read_bytes(),
            headers={"Content-Type": "text/csv"},
        )
    except (OSError, RuntimeError) as error:  # requests' own errors are OSErrors
        print(error, file=sys.stderr)
        return 1
    print(f"{summary['accepted']} readings stored, {summary['refused']} rows left out")
    for problem in summary.get("problems", []):
        print(f"  {problem}")
    return 0


def send(method: str, url: str, **content: Any) -> dict[str, Any]:
    """Call the API and return its answer.

    :raises RuntimeError: the API refused; its message and hint in words.
    """
    answer = requests.request(method, url, timeout=TIMEOUT_S, **content)
    body: dict[str, Any] = answer.json()
    if not answer.ok:
        raise RuntimeError(f"{body['code']}: {body['message']} {body['hint']}")
    return body


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Load a CSV file of readings through the API.")
    parser.add_argument("file", type=Path, help="CSV file")
    parser.add_argument("--meter-id", required=True)
    parser.add_argument("--meter-type", default="electricity")
    parser.add_argument("--unit", help="unit of the values, e.g. kWh (default: the type's)")
    parser.add_argument("--timezone", default="UTC", help="of naive times (default: %(default)s)")
    parser.add_argument("--country", help="for public holidays, e.g. IT")
    parser.add_argument("--api", default="http://127.0.0.1:8000", help="default: %(default)s")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
