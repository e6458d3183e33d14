"""Install what Baken needs on a Debian that has python3, git and make, and nothing else.

Debian's python3 comes without pip and without ensurepip, so pip's own wheel lies beside this
file. It installs uv, by hash, into `.tools`; uv installs everything else, by hash, into
`.venv`. Standard library only, because nothing else exists yet. A stamp in each folder says
what is installed there: when it fits, there is nothing to do.
"""

# An older Python must get as far as the sentence that says it is too old.
from __future__ import annotations

import argparse
import ast
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
UV_HOME = TOOLS / "uv"
VENV = ROOT / ".venv"
PIP = next((ROOT / "tools").glob("pip-*.whl")) / "pip"
UV_LOCK = ROOT / "requirements-uv.lock"
LOCKS = {"run": ROOT / "requirements.lock", "test": ROOT / "requirements-dev.lock"}
OLDEST_PYTHON = (3, 11)
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

# What Debian has and PyPI has not: program -> what we do without it.
WITHOUT_BUBBLEWRAP = "media is decoded behind seccomp and resource limits only"
WITHOUT_CHROMIUM = "the tests that drive a browser are skipped"
DEBIAN_PACKAGES = {
    "run": {"bubblewrap": ("bwrap", WITHOUT_BUBBLEWRAP)},
    "test": {
        "bubblewrap": ("bwrap", WITHOUT_BUBBLEWRAP),
        "chromium": ("chromium", WITHOUT_CHROMIUM),
    },
}

# uv does not read pip's settings; whoever has set up an index for pip has set it up for us.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


class BootstrapError(Exception):
    """The installation cannot go on; the sentence says what to do."""


def main() -> int:
    """Install the profile that the command line names, or write the lock files."""
    parser = argparse.ArgumentParser(description="Install what Baken needs.")
    parser.add_argument("task", choices=[*LOCKS, "lock"])
    arguments, options = parser.parse_known_args()
    task = arguments.task
    os.umask(0o022)  # under root, PostgreSQL runs as another user and must be able to read it
    try:
        check_python()
        TOOLS.mkdir(exist_ok=True)
        with (TOOLS / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two `make`s at once take turns
            if task == "lock":
                write_locks(options)
            else:
                install_packages(task)
                install_debian_packages(task)
    except BootstrapError as error:
        _say(str(error))
        return 1
    except OSError as error:
        _say(f"Installing stopped: {error.strerror}: '{error.filename}'.")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def install_packages(profile: str) -> None:
    """Bring `.venv` to what the lock says, unless it is there already."""
    installed = stamp_of(VENV)
    if installed in (wanted_for(profile), wanted_for("test")):  # what tests need includes the rest
        return
    if installed.get("profile") == "test":
        profile = "test"  # `make run` after a change of the locks takes nothing away
    _say("Installing Python packages into .venv (once, and after each change of a lock file) …")
    uv = _uv()
    _make_environment(VENV)
    # Wheels only: a source package would run code of its own and fetch tools without a hash.
    exact = ["--require-hashes", "--only-binary", ":all:", "--quiet"]
    _run(
        uv,
        "pip",
        "sync",
        "--python",
        VENV / "bin/python",
        *exact,
        LOCKS[profile],
        env=environment_for_uv(),
    )
    _link_library()
    write_stamp(VENV, wanted_for(profile))


def install_debian_packages(profile: str) -> None:
    """Install Debian's part where we may; say plainly what is missing where we may not."""
    for package, (program, without) in DEBIAN_PACKAGES[profile].items():
        if shutil.which(program):
            continue
        tried = TOOLS / f"tried-{package}"
        if os.geteuid() == 0 and shutil.which("apt-get") and not tried.exists():
            _say(f"Installing Debian's {package} …")
            tried.touch()  # once: without a network each start would wait for it again
            _apt_install(package)
        if not shutil.which(program):
            how = f"apt-get install --no-install-recommends {package}"
            _say(f"{package} is not installed: {without}. As an administrator: {how}")


def write_locks(options: list[str]) -> None:
    """Resolve every requirements*.in; versions stay as they are unless `--upgrade` is given."""
    # No header and no origin: they would name this machine's index.
    style = ["--generate-hashes", "--no-header", "--no-annotate", "--python-version", "3.11"]
    uv, env = _uv(), environment_for_uv()
    for lock in (UV_LOCK, *LOCKS.values()):
        source = lock.with_suffix(".in")
        _run(uv, "pip", "compile", "--quiet", *style, *options, source, "-o", lock, env=env)


def check_python() -> None:
    """Raise BootstrapError where this Python is too old."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:2])
        message = f"Baken needs Python 3.11 or newer; {sys.executable} is {found}."
        raise BootstrapError(f"{message} Name another one: make run PYTHON=python3.11")


def _uv() -> Path:
    """Return the path of uv, installed by pip from its own lock."""
    wanted = {"digest": _digest(UV_LOCK), "python": _python()}
    if stamp_of(UV_HOME) != wanted:
        _make_environment(UV_HOME)
        exact = ["--require-hashes", "--only-binary", ":all:", "--quiet"]
        _run(
            UV_HOME / "bin/python",
            PIP,
            "install",
            "--disable-pip-version-check",
            *exact,
            "-r",
            UV_LOCK,
        )
        write_stamp(UV_HOME, wanted)
    return UV_HOME / "bin/uv"


def _make_environment(folder: Path) -> None:
    """Make a virtual environment, or make it anew where it belongs to another Python."""
    (folder / ".installed").unlink(missing_ok=True)  # until the end it counts as unfinished
    works = _succeeds(folder / "bin/python", "-c", _is_here(folder))
    if not works:
        _run(sys.executable, "-m", "venv", "--without-pip", "--clear", folder)


def _is_here(folder: Path) -> str:
    """Return a program that succeeds in an environment of this folder and this Python."""
    version = tuple(sys.version_info[:3])
    return (
        f"import sys; sys.exit(sys.prefix != {str(folder)!r} or sys.version_info[:3] != {version})"
    )


def _link_library() -> None:
    """Make `import baken` and the command `.venv/bin/baken` work from the tree."""
    python = VENV / "bin/python"
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    source = ROOT / "baken" / "src"
    packages = VENV / "lib" / version / "site-packages"
    (packages / "baken.pth").write_text(f"{source}\n", encoding="utf-8")
    command = VENV / "bin" / "baken"
    # Through sh, because a `#!` line knows neither spaces nor long paths.
    command.write_text(f'#!/bin/sh\nexec "{python}" -m baken "$@"\n', encoding="utf-8")
    command.chmod(0o755)


def environment_for_uv() -> dict[str, str]:
    """Return the environment for uv: its own settings first, then what pip is told."""
    env = dict(os.environ)
    if CERTIFICATES.exists():  # an organisation's own authority stands there
        env.setdefault("UV_NATIVE_TLS", "1")
        env.setdefault("UV_SYSTEM_CERTS", "1")
    env.setdefault("UV_PYTHON_DOWNLOADS", "never")
    # As pip does: any index may have the file. The hash decides, so no index can slip one in.
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    for key, value in _pip_settings().items():
        if key in UV_NAMES:
            env.setdefault(UV_NAMES[key], value)
    return env


def _pip_settings() -> dict[str, str]:
    """Return pip's settings as pip itself understands them: files first, then the environment."""
    command = [str(UV_HOME / "bin/python"), str(PIP), "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    settings: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):
        for line in listed.stdout.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(section) and value:
                settings[name.removeprefix(section)] = str(ast.literal_eval(value)).strip()
    if "find-links" in settings:
        settings["find-links"] = ",".join(settings["find-links"].split())
    return settings


def _apt_install(package: str) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    if not _succeeds(*install, env=env):
        # A fresh system has no package lists yet.
        _succeeds("apt-get", "update", "-qq", env=env)
        _succeeds(*install, env=env)


def wanted_for(profile: str) -> dict[str, str]:
    """Return the stamp of an installation that is as the locks of today say."""
    locks = [LOCKS["run"], LOCKS[profile], Path(__file__)]
    digest = "".join(_digest(path) for path in locks)
    return {"profile": profile, "digest": digest, "python": _python(), "at": str(VENV)}


def _python() -> str:
    """Return which Python this is; an environment made by another one is made anew."""
    return f"{Path(sys.base_prefix)} {'.'.join(str(part) for part in sys.version_info[:3])}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def stamp_of(folder: Path) -> dict[str, str]:
    """Return what is installed in a folder; nothing where an installation was cut off."""
    try:
        stamp: dict[str, str] = json.loads((folder / ".installed").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp


def write_stamp(folder: Path, stamp: dict[str, str]) -> None:
    """Write down that the installation in a folder is whole."""
    (folder / ".installed").write_text(json.dumps(stamp), encoding="utf-8")


def _succeeds(*command: object, env: dict[str, str] | None = None) -> bool:
    """Run a command quietly; return whether it succeeded."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, env=env, capture_output=True, check=False)  # noqa: S603  # ours
    except OSError:
        return False
    return done.returncode == 0


def _run(*command: object, env: dict[str, str] | None = None) -> None:
    """Run a command that must succeed; its own words go to the terminal."""
    words = [str(word) for word in command]
    if subprocess.run(words, cwd=ROOT, env=env, check=False).returncode:  # noqa: S603  # ours
        name = Path(words[0]).name
        raise BootstrapError(f"Installing stopped: {name} failed, see above. Then run it again.")


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


if __name__ == "__main__":
    sys.exit(main())
