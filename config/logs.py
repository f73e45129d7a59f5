"""Logging: one line per event on stdout, and the same lines in `logs/<role>.log`."""

import logging
import logging.config
import sys

from pythonjsonlogger.core import RESERVED_ATTRS

from config.correlation import CorrelationFilter
from config.rotation import SharedRotatingFileHandler
from config.settings import Settings

FILE_BYTES = 10 * 2**20
FILES_KEPT = 5
LINE = "%(asctime)s %(levelname)-7s %(name)s:%(ids)s %(message)s"
COLORS = {logging.WARNING: "\x1b[33m", logging.ERROR: "\x1b[31m", logging.CRITICAL: "\x1b[1;31m"}
RESET = "\x1b[0m"


CONTROLS = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(32), *range(127, 160), 0x2028, 0x2029)
    if chr(code) != "\t"
}
"""Characters that begin a line of their own or steer a terminal, and what is written for them."""


class LineFormatter(logging.Formatter):
    """One line for each message, whatever text of a client's or a file's it holds.

    A traceback follows on lines of its own.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record).translate(CONTROLS)


class ColorFormatter(LineFormatter):
    """Warnings yellow, errors red; the rest is left to the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        color = COLORS.get(record.levelno)
        return f"{color}{line}{RESET}" if color else line


def configure_logging(settings: Settings, *, role: str) -> None:
    """Send the logs of this process to stdout and to `logs/<role>.log` (rotated).

    :param role: what this process is: `api`, `worker-training`, `beat` …
    """
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    level = "DEBUG" if settings.debug else "INFO"
    plain = {"()": LineFormatter, "fmt": LINE}
    json_lines = {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": "%(levelname)s %(name)s %(message)s %(request_id)s %(task_id)s",
        "timestamp": "time",  # UTC, ISO 8601
        "rename_fields": {"levelname": "level", "name": "logger"},
        "reserved_attrs": [*RESERVED_ATTRS, "ids"],
        "static_fields": {"role": role},
    }
    formatters = {
        "plain": plain,
        "color": {"()": ColorFormatter, "fmt": LINE},
        "json": json_lines,
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": formatters,
            "filters": {"correlation": {"()": CorrelationFilter}},
            "handlers": {
                "stdout": {
                    "class": "logging.StreamHandler",
                    "stream": sys.stdout,
                    "filters": ["correlation"],
                    "formatter": settings.log_format,
                },
                "file": {
                    "()": SharedRotatingFileHandler,
                    "filename": str(settings.log_dir / f"{role}.log"),
                    "max_bytes": FILE_BYTES,
                    "kept": FILES_KEPT,
                    "filters": ["correlation"],
                    "formatter": "json" if settings.log_format == "json" else "plain",
                },
            },
            "root": {"level": level, "handlers": ["stdout", "file"]},
            "loggers": {
                # Each of these says at INFO or DEBUG what ours say already, or secrets of the wire.
                "urllib3": {"level": "WARNING"},
                "kombu": {"level": "WARNING"},
                "amqp": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
            },
        }
    )
