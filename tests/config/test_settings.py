"""Settings: where values come from, and what is said of wrong ones."""

import json
from pathlib import Path

import pytest

from config import ROOT, SettingsError, load_settings
from config.reference import PAGE, render


def test_the_environment_comes_before_the_files(tmp_path: Path) -> None:
    written = {"url": "http://file:8086", "bucket": "from_file", "timeout": 3}
    (tmp_path / "influxdb_config.json").write_text(json.dumps(written))
    given = {"CONFIG_DIR": str(tmp_path), "INFLUX_URL": "http://environment:8086"}

    settings = load_settings(given)

    assert settings.influx_url == "http://environment:8086"
    assert settings.influx_bucket == "from_file"
    assert settings.influx_timeout == 3.0
    assert settings.influx_verify_ssl is True


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert load_settings({"INFLUX_URL": "", "API_PORT": " "}).api_port == 8000


def test_paths_start_at_the_checkout() -> None:
    assert load_settings({}).state_dir == ROOT / "var"
    assert load_settings({"STATE_DIR": "/tmp/x"}).state_dir == Path("/tmp/x")


def test_without_redis_url_the_embedded_one_is_meant() -> None:
    embedded = load_settings({"REDIS_PORT": "7000"})
    given = load_settings({"REDIS_URL": "redis://127.0.0.1:7000/0"})

    assert embedded.redis_url == given.redis_url
    assert embedded.redis_embedded
    assert not given.redis_embedded


@pytest.mark.parametrize(
    ("environ", "named", "wanted"),
    [
        pytest.param({"API_PORT": "eighty"}, "API_PORT", "whole number", id="not-a-number"),
        pytest.param({"API_PORT": "70000"}, "API_PORT", "65535", id="no-port"),
        pytest.param({"DEBUG": "perhaps"}, "DEBUG", "true or false", id="not-a-bool"),
        pytest.param({"INFLUX_URL": "localhost"}, "INFLUX_URL", "http://", id="no-address"),
        pytest.param({"REDIS_URL": "http://x"}, "REDIS_URL", "redis://", id="not-redis"),
        pytest.param({"QUANTILES": "0.9,0.1"}, "QUANTILES", "0.1,0.5,0.9", id="no-median"),
        pytest.param({"QUANTILES": "low,high"}, "QUANTILES", "0.1,0.5,0.9", id="no-levels"),
        pytest.param({"LOG_FORMAT": "xml"}, "LOG_FORMAT", "json", id="no-such-format"),
        pytest.param({"HEARTBEAT_SECONDS": "0"}, "HEARTBEAT_SECONDS", "above 0", id="zero"),
        pytest.param({"HEARTBEAT_SECONDS": "nan"}, "HEARTBEAT_SECONDS", "above 0", id="nan"),
        pytest.param({"SIGN_IN_HOURS": "inf"}, "SIGN_IN_HOURS", "above 0", id="infinite"),
        pytest.param({"MAX_RETRIES": "-3"}, "MAX_RETRIES", "0 or", id="negative"),
        pytest.param({"HEARTBEAT_SECONDS": "40"}, "STALE_AFTER_SECONDS", "twice", id="always-dead"),
        pytest.param({"CORS_ORIGINS": "*"}, "CORS_ORIGINS", "by name", id="any-origin"),
        pytest.param({"CORS_ORIGINS": "https://*.x.org"}, "CORS_ORIGINS", "by name", id="wildcard"),
        pytest.param({"CORS_ORIGINS": "x.org"}, "CORS_ORIGINS", "https://", id="no-scheme"),
        pytest.param({"CORS_ORIGINS": "https://x/a"}, "CORS_ORIGINS", "https://", id="with-path"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(
    environ: dict[str, str], named: str, wanted: str
) -> None:
    with pytest.raises(SettingsError) as failure:
        load_settings(environ)

    text = str(failure.value)
    assert text.startswith(named)
    assert wanted in text
    assert "\n" not in text


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as failure:
        load_settings({"REDIS_URL": "http://user:hush@host"})
    assert "hush" not in str(failure.value)
    assert "hush" not in repr(
        load_settings({"INFLUX_TOKEN": "hush", "REDIS_URL": "redis://:hush@h"})
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("{", "is not JSON", id="cut"),
        pytest.param("[]", "one JSON object", id="a-list"),
        pytest.param('{"uri": "x"}', "unknown key 'uri'", id="unknown-key"),
        pytest.param('{"timeout": "long"}', "'timeout' has the wrong type", id="wrong-type"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "influxdb_config.json").write_text(content)
    with pytest.raises(SettingsError, match=r"influxdb_config\.json") as failure:
        load_settings({"CONFIG_DIR": str(tmp_path)})
    assert words in str(failure.value)


def test_a_third_commodity_is_one_entry(tmp_path: Path) -> None:
    entry = {
        "title": "Gas", "unit": "m3", "units": ["m3"], "may_be_negative": False,
        "minimum_night_flow": False, "weather": ["temperature"],
    }  # fmt: skip
    (tmp_path / "meter_types.json").write_text(json.dumps({"gas": entry}))
    assert load_settings({"CONFIG_DIR": str(tmp_path)}).meter_types["gas"].title == "Gas"


def test_the_reference_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m config.reference"
