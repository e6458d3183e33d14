"""Settings come from the environment: what is refused, and in which words."""

from pathlib import Path

import pytest

from hotline import environment
from hotline.environment import EnvironmentVariableError


def test_a_port_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEN_PORT", "eight")
    with pytest.raises(
        EnvironmentVariableError, match="BAKEN_PORT must be a whole number, not 'eight'"
    ):
        environment.number("BAKEN_PORT", 8000, at_least=1, at_most=65533)


@pytest.mark.parametrize("given", ["0", "65534", "-1"])
def test_a_port_without_room_for_the_next_two_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("BAKEN_PORT", given)
    with pytest.raises(EnvironmentVariableError, match=f"between 1 and 65533, not {given}"):
        environment.number("BAKEN_PORT", 8000, at_least=1, at_most=65533)


def test_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEN_DEMONSTRATION", "maybe")
    with pytest.raises(EnvironmentVariableError, match="must be yes or no, not 'maybe'"):
        environment.flag("BAKEN_DEMONSTRATION")


@pytest.mark.parametrize(
    ("given", "meant"), [("yes", True), ("1", True), ("no", False), ("", False)]
)
def test_yes_and_no_are_understood(
    monkeypatch: pytest.MonkeyPatch, given: str, *, meant: bool
) -> None:
    monkeypatch.setenv("BAKEN_DEMONSTRATION", given)
    assert environment.flag("BAKEN_DEMONSTRATION") is meant


def test_a_file_is_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BAKEN_DATA", str(tmp_path / "file"))
    with pytest.raises(EnvironmentVariableError, match=r"BAKEN_DATA must be a folder"):
        environment.data_folder()


def test_a_folder_is_the_same_from_wherever_it_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BAKEN_DATA", "here")
    assert environment.data_folder() == tmp_path / "here"


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hush\n")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN_FILE", str(tmp_path / "token"))
    assert environment.secret("TELEGRAM_BOT_TOKEN") == "hush"


def test_a_secret_file_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(
        EnvironmentVariableError, match=r"DATABASE_URL_FILE names .* cannot be read"
    ):
        environment.secret("DATABASE_URL")
