"""Lines of several processes in one rotated file, and the ids they carry."""

import json
import logging
import multiprocessing
from pathlib import Path

import pytest

from config import load_settings
from config.correlation import CorrelationFilter, accepted_or_new, bind, unbind
from config.logs import configure_logging
from config.rotation import SharedRotatingFileHandler

PROCESSES, LINES = 4, 2000


def write_lines(path: str, process: int) -> None:
    handler = SharedRotatingFileHandler(path, max_bytes=20_000, kept=1000)
    log = logging.Logger("test")
    log.addHandler(handler)
    for number in range(LINES):
        log.info("%d:%d:%s", process, number, "x" * (number % 80))
    handler.close()


def test_no_line_is_lost_or_torn_while_several_processes_rotate(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    path = tmp_path / "api.log"
    writers = [context.Process(target=write_lines, args=(str(path), n)) for n in range(PROCESSES)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    files = [file for file in tmp_path.iterdir() if file.suffix != ".lock"]
    lines = [line for file in files for line in file.read_text().splitlines()]
    expected = {f"{p}:{n}:{'x' * (n % 80)}" for p in range(PROCESSES) for n in range(LINES)}
    assert len(files) > 10
    assert len(lines) == len(expected)
    assert set(lines) == expected


def test_only_so_many_old_files_are_kept(tmp_path: Path) -> None:
    handler = SharedRotatingFileHandler(str(tmp_path / "api.log"), max_bytes=10, kept=3)
    log = logging.Logger("test")
    log.addHandler(handler)
    for number in range(9):
        log.info("line number %d", number)
    handler.close()
    kept = {file.name: file.read_text().strip() for file in tmp_path.glob("api.log.?")}
    assert kept == {f"api.log.{n}": f"line number {9 - n}" for n in (1, 2, 3)}


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(None, id="absent"),
        pytest.param("", id="empty"),
        pytest.param("two words", id="space"),
        pytest.param('a"b', id="quote"),
        pytest.param("line\nbreak", id="line-break"),
        pytest.param("x" * 129, id="too-long"),
    ],
)
def test_an_id_that_could_forge_a_line_is_replaced(given: str | None) -> None:
    assert accepted_or_new(given) != given
    assert len(accepted_or_new(given)) == 32


def test_an_id_that_is_fit_is_kept() -> None:
    assert accepted_or_new("gateway-7:42.a_B") == "gateway-7:42.a_B"


def test_lines_carry_the_ids_in_both_forms(tmp_path: Path) -> None:
    record = logging.LogRecord("here", logging.INFO, "", 0, "done", (), None)
    bind(request_id="r1", task_id="t1")
    try:
        CorrelationFilter().filter(record)
        assert record.__dict__["ids"] == " [request=r1 task=t1]"
        root, before = logging.getLogger(), logging.getLogger().handlers[:]
        level = root.level
        environment = {"LOG_DIR": str(tmp_path), "LOG_FORMAT": "json"}
        configure_logging(load_settings(environment), role="worker-training")
        logging.getLogger("here").info("done")
        for handler in root.handlers:
            handler.flush()
        root.handlers[:], root.level = before, level
    finally:
        unbind()
    line = json.loads((tmp_path / "worker-training.log").read_text())
    assert {k: v for k, v in line.items() if k != "time"} == {
        "level": "INFO", "logger": "here", "message": "done", "role": "worker-training",
        "request_id": "r1", "task_id": "t1",
    }  # fmt: skip


@pytest.mark.parametrize("log_format", ["plain", "color", "json"])
def test_a_message_is_one_line_whatever_it_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    try:
        settings = load_settings({"LOG_DIR": str(tmp_path), "LOG_FORMAT": log_format})
        configure_logging(settings, role="api")
        logging.getLogger("test").info("column %s", "a\n2026-01-01 ERROR \x1b[2J\x85\u2028é")
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
        root.handlers[:] = before

    written = (capsys.readouterr().out, (tmp_path / "api.log").read_text())
    for text in written:
        assert len(text.strip().splitlines()) == 1
        assert "\x1b" not in text
        assert "é" in text or "\\u00e9" in text
