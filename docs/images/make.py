# ruff: noqa: INP001  # a script beside the picture it makes, not a package
"""Draw docs/images/console.png: the item page of a demonstration, with a drawn landscape in it.

`.venv/bin/python docs/images/make.py` starts the whole system on ports and data of its own,
forwards a sample picture from the stand-in phone, signs in as the first analyst, begins an
opinion and photographs the page in Chromium.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.system import System, running  # noqa: E402  # the repository is no installed package

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SIZE = {"width": 1280, "height": 1180}
ANSWERS = "d8n"  # the keys of: drawn, nobody, none of these


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as data, running(Path(data) / "data") as system:
        system.send("telegram", "reporter", sample="mountains", text="Somebody sent me this.")
        system.send("whatsapp", "another", sample="mountains")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(
                viewport={"width": SIZE["width"], "height": SIZE["height"]}, device_scale_factor=1.5
            )
            _photograph(page, system)
            browser.close()


def _photograph(page: Page, system: System) -> None:
    page.goto(system.links[0])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("needs your opinion").first.click()
    page.wait_for_url("**/items/*")  # and its scripts
    for key in ANSWERS:
        page.keyboard.press(key)
    expect(page.locator(".labels")).to_contain_text("inhope:")
    page.locator("summary", has_text="telegram").click()
    expect(page.locator(".said").first).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=HERE / "console.png")


if __name__ == "__main__":
    main()
