"""What must hold for the project as a whole: docs that say all, models that are migrated."""

import hashlib
import re
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[3]
READ = re.compile(r'(?:text|number|flag|folder|secret)\(\s*"([A-Z_]+)"')
SECRET = re.compile(r'secret\(\s*"([A-Z_]+)"')
SETTINGS = "".join(
    (ROOT / "hotline" / name).read_text(encoding="utf-8")
    for name in ("settings.py", "environment.py")
)
EXPLAINED = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(READ.findall(SETTINGS))))
def test_a_setting_is_explained(name: str) -> None:
    assert f"| `{name}`" in EXPLAINED


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"^\| `([A-Z_]+)`", EXPLAINED, re.MULTILINE)))
)
def test_an_explained_setting_exists(name: str) -> None:
    assert name in READ.findall(SETTINGS)


@pytest.mark.parametrize("name", sorted(set(SECRET.findall(SETTINGS))))
def test_a_secret_is_marked_as_one(name: str) -> None:
    (line,) = [line for line in EXPLAINED.splitlines() if line.startswith(f"| `{name}`")]
    assert "secret" in line


def test_the_pip_in_the_tree_is_the_one_that_was_published() -> None:
    (wheel,) = (ROOT / "tools").glob("pip-*.whl")
    noted = (ROOT / "tools" / "README.md").read_text(encoding="utf-8")
    assert wheel.name in noted
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in noted


@pytest.mark.django_db
def test_every_model_is_migrated() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
