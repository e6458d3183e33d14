"""The installer: it follows the settings of the person who runs it, and knows when it is done."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).parents[3] / "tools" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The installer, for a checkout that lies elsewhere."""
    spec = importlib.util.spec_from_file_location("bootstrap", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("VENV", "TOOLS", "UV_HOME"):
        monkeypatch.setattr(module, name, tmp_path / name)
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "SSL_CERT_FILE"):
        monkeypatch.delenv(variable, raising=False)
    return module


def listed(monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    """Let pip say that these are its settings."""
    answer = subprocess.CompletedProcess([], 0, stdout=lines)
    monkeypatch.setattr(subprocess, "run", lambda *_words, **_options: answer)


def test_an_index_that_pip_was_told_of_is_used(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(monkeypatch, "global.index-url='https://index.example/simple'\n")
    assert bootstrap.environment_for_uv()["UV_DEFAULT_INDEX"] == "https://index.example/simple"


def test_the_environment_wins_over_pip_s_files(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(
        monkeypatch, ":env:.index-url='https://b.example'\nglobal.index-url='https://a.example'\n"
    )
    assert bootstrap.environment_for_uv()["UV_DEFAULT_INDEX"] == "https://b.example"


def test_what_uv_was_told_itself_wins(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example")
    listed(monkeypatch, "global.index-url='https://index.example/simple'\n")
    assert bootstrap.environment_for_uv()["UV_DEFAULT_INDEX"] == "https://uv.example"


def test_settings_that_are_not_about_where_things_come_from_stay_pip_s(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(monkeypatch, "global.timeout='60'\nfreeze.timeout='10'\n")
    assert not [
        name for name in bootstrap.environment_for_uv() if "TIMEOUT" in name and "UV" in name
    ]


def test_what_is_installed_already_is_left_alone(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.VENV.mkdir()
    bootstrap.write_stamp(bootstrap.VENV, bootstrap.wanted_for("test"))
    monkeypatch.setattr(bootstrap, "_uv", pytest.fail)
    bootstrap.install_packages("test")
    bootstrap.install_packages("run")  # what tests need includes it


def test_an_installation_that_was_moved_or_cut_off_is_not_taken_for_one(
    bootstrap: ModuleType,
) -> None:
    bootstrap.VENV.mkdir()
    bootstrap.write_stamp(bootstrap.VENV, bootstrap.wanted_for("run") | {"at": "/elsewhere"})
    assert bootstrap.stamp_of(bootstrap.VENV) != bootstrap.wanted_for("run")
    (bootstrap.VENV / ".installed").write_text('{"profile": "r')
    assert bootstrap.stamp_of(bootstrap.VENV) == {}


def test_a_python_that_is_too_old_is_told_so(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(bootstrap.BootstrapError, match=r"needs Python 3\.11 or newer; .* is 3\.9"):
        bootstrap.check_python()


def test_what_debian_has_and_nobody_may_install_is_said(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda _program: None)
    bootstrap.install_debian_packages("run")
    assert "bubblewrap is not installed: media is decoded behind" in capsys.readouterr().err
