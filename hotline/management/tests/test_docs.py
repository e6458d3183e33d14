"""Every setting is explained to the person who sets it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SETTINGS = (ROOT / "hotline" / "settings.py").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r'environment\.[a-z_]+\(\s*"([A-Z_]+)"', SETTINGS)))
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def test_the_settings_are_found() -> None:
    assert {"DATABASE_URL", "BAKEN_PORT", "BAKEN_MAX_ATTACHMENT_MIB"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_is_documented(name: str) -> None:
    assert f"| `{name}`" in PAGE


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)`", PAGE, flags=re.MULTILINE))
    assert documented - {"BAKEN_DATA", "BAKEN_KEYS"} <= set(NAMES)
