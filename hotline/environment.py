"""Read the environment, the only way settings come in; a wrong value is one clear sentence.

Every secret `X` may also be given as `X_FILE`, the path of a file that holds it.
"""

import os
from pathlib import Path


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
