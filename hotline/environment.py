"""Read the environment, the only way settings come in; a wrong value is one clear sentence.

Every secret `X` may also be given as `X_FILE`, the path of a file that holds it.
"""

import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class EnvironmentVariableError(Exception):
    """A setting is missing or has a value that cannot be used."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")


def text(name: str, default: str = "") -> str:
    """Return the variable, or the default where it is absent or empty."""
    return os.environ.get(name, "").strip() or default


def number(name: str, default: int, *, at_least: int, at_most: int) -> int:
    """Return the variable as a whole number within its bounds."""
    given = text(name, str(default))
    try:
        value = int(given)
    except ValueError:
        raise EnvironmentVariableError(name, f"must be a whole number, not '{given}'.") from None
    if not at_least <= value <= at_most:
        problem = f"must be between {at_least} and {at_most}, not {value}."
        raise EnvironmentVariableError(name, problem)
    return value


def flag(name: str) -> bool:
    """Return whether the variable says yes."""
    given = text(name, "no").lower()
    if given not in {"yes", "no", "1", "0", "true", "false"}:
        raise EnvironmentVariableError(name, f"must be yes or no, not '{given}'.")
    return given in {"yes", "1", "true"}


def folder(name: str, default: Path) -> Path:
    """Return the variable as an absolute path; the folder need not exist yet."""
    path = Path(text(name, str(default))).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise EnvironmentVariableError(name, f"must be a folder, but '{path}' is a file.")
    return path


def secret(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file that `<name>_FILE` names."""
    file_name = text(f"{name}_FILE")
    if not file_name:
        return text(name, default)
    try:
        return Path(file_name).read_text(encoding="utf-8").strip()
    except OSError as error:
        problem = f"names '{file_name}', which cannot be read: {error.strerror}."
        raise EnvironmentVariableError(f"{name}_FILE", problem) from None


def data_folder() -> Path:
    """Return where this installation keeps what it must not lose."""
    return folder("BAKEN_DATA", ROOT / ".data")


def keys_folder() -> Path:
    """Return where the keys are."""
    return folder("BAKEN_KEYS", data_folder() / "keys")


def demonstration_file() -> Path:
    """Return where a demonstration keeps the settings that it made for itself."""
    return keys_folder() / "demonstration.json"


def borrow_from_demonstration() -> None:
    """Take from the demonstration on this data what the environment does not say.

    So that a command in a second terminal, or one more worker, has the same channels and ports.
    """
    if text("BAKEN_DEMONSTRATION") and not flag("BAKEN_DEMONSTRATION"):
        return
    path = demonstration_file()
    try:
        made: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["settings"]
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError):
        problem = f"holds '{path}', which cannot be read; remove it to have a new one made."
        raise EnvironmentVariableError("BAKEN_DATA", problem) from None
    for name, value in made.items():
        if not text(name) and not text(f"{name}_FILE"):
            os.environ[name] = value
