"""Every action of the custody log is explained to the person who reads it."""

from pathlib import Path

import pytest

from hotline.custody.actions import Action

PAGE = Path(__file__).parents[3] / "docs" / "custody.md"


@pytest.mark.parametrize("action", Action)
def test_an_action_is_documented(action: Action) -> None:
    assert f"| `{action}` |" in PAGE.read_text(encoding="utf-8")
