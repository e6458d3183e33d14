"""The reporters' page in a real browser: without scripts, on a telephone, for everybody."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from hotline.custody.actors import Process
from hotline.intake.models import Delivery
from hotline.intake.read import read
from hotline.vault.models import MediaItem
from hotline.webhooks import report_page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture
def browse(live_server: LiveServer, settings: Settings) -> Iterator[Callable[..., Any]]:
    """Let a function use a page; in a thread, since Playwright's loop and Django's ORM quarrel."""
    settings.PUBLIC_URL = live_server.url
    settings.DEMONSTRATION = True
    report_page.reports_let_through.clear()
    with ThreadPoolExecutor(1) as thread:

        def browse(visit: Callable[[Page], Any], **context: Any) -> Any:
            return thread.submit(_visit, live_server.url, visit, context).result(60)

        yield browse


def _visit(url: str, visit: Callable[[Page], Any], context: dict[str, Any]) -> Any:
    with sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=url, locale="en-GB", **context)
        try:
            return visit(page)
        finally:
            browser.close()


def test_a_report_goes_through_without_scripts_and_cookies(
    browse: Callable[..., Any], tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"drawn by code" * 10_000)

    def report(page: Page) -> tuple[str, str, list[Any]]:
        page.goto("/report")
        page.get_by_label("What did you see, and where?").fill("in a group")
        page.get_by_label("Pictures or videos").set_input_files(picture)
        page.get_by_role("button", name="Send the report").click()
        said = page.get_by_role("main").inner_text()
        page.locator(".code a").click()
        return said, page.get_by_role("main").inner_text(), page.context.cookies()

    said, standing, cookies = browse(report, java_script_enabled=False)
    assert "You can delete it now" in said
    assert "We have received it." in standing  # though no job has read it yet
    assert cookies == []
    assert MediaItem.objects.get().size == 130_000
    delivery = Delivery.objects.get()
    reference = read(delivery, actor=Process.WORKER).reports[0].reference
    assert reference in said


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible_and_fits(
    browse: Callable[..., Any], width: int, scheme: str
) -> None:
    def look(page: Page) -> list[Any]:
        found = []
        for path in ("/report", "/report/K7M-4QX"):
            page.goto(path)
            found += Axe().run(page).response["violations"]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append("wider than the screen")
        page.goto("/report")
        page.get_by_label("What did you see, and where?").fill("in a group")
        page.get_by_role("button", name="Send the report").click()
        found += Axe().run(page).response["violations"]
        return [one if isinstance(one, str) else one["id"] for one in found]

    viewport = {"width": width, "height": 844}
    assert browse(look, viewport=viewport, color_scheme=scheme) == []
