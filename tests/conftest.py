"""The running system and the browser that the journeys use."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.system import System, running

CHROMIUM = shutil.which("chromium") or ""
QUIET = [
    "--no-sandbox",  # Chromium refuses its own sandbox to root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    # Not under pytest's folder: another run beside this one would tidy it away.
    folder = Path(tempfile.mkdtemp(prefix="baken-journey-"))
    with running(folder / "data") as started:
        yield started
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()
