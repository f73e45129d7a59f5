"""What the digest of the sources takes in."""

import hashlib
from pathlib import Path

import pytest

import ml
from workers.training.recipe import code_digest, digest_of


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with one inside it, and what is left behind by running it."""
    for name in ("__init__.py", "top.py", "inner/__init__.py", "inner/deep/learner.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {name}\n")
    (tmp_path / "notes.txt").write_text("none of it")
    return tmp_path


@pytest.mark.parametrize("name", ["top.py", "inner/__init__.py", "inner/deep/learner.py"])
def test_every_source_counts_however_deep_it_lies(package: Path, name: str) -> None:
    before = digest_of(package)
    (package / name).write_text("# another\n")
    assert digest_of(package) != before


def test_a_source_that_moves_into_a_package_counts(package: Path) -> None:
    before = digest_of(package)
    (package / "top.py").rename(package / "inner/top.py")
    assert digest_of(package) != before


def test_what_is_no_source_does_not_count(package: Path) -> None:
    before = digest_of(package)
    (package / "notes.txt").write_text("more of it")
    (package / "inner/__pycache__").mkdir()
    (package / "inner/__pycache__/top.cpython-313.pyc").write_bytes(b"compiled")
    assert digest_of(package) == before


def test_files_side_by_side_have_the_digest_that_they_always_had(package: Path) -> None:
    """So that models of an earlier release, made by the same sources, count as made by them."""
    (package / "inner/__init__.py").unlink()
    (package / "inner/deep/learner.py").unlink()
    expected = hashlib.sha256(b"__init__.py\0# __init__.py\ntop.py\0# top.py\n").hexdigest()
    assert digest_of(package) == expected


def test_the_recipe_is_that_of_all_of_ml() -> None:
    assert code_digest() == digest_of(Path(ml.__file__).parent)
