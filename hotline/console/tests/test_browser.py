"""What only a browser can tell: the held key, the live queue, the keyboard, accessibility."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils.timezone import now
from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from hotline.accounts.models import Analyst
from hotline.accounts.sign_in import make_link
from hotline.assessment.assess import assess
from hotline.assessment.models import Assessment, QueueEntry
from hotline.assessment.schema import Facets, facets_from
from hotline.custody.actions import Action
from hotline.custody.models import CustodyEntry
from hotline.registry.models import EntryState, HashEntry, HashList
from hotline.vault.models import MediaItem

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ADULT = facets_from({"depiction": "real", "ages": ["adult"], "conduct": ["none"]})

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium: apt-get install chromium"),
]
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs its event loop in this thread; Django would refuse to query beside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complains of: script errors, a broken content policy. There is none."""
    said: list[str] = []
    yield said
    assert said == []


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer, complaints: list[str]) -> Iterator[Visit]:
    """Open a page of the console as somebody, in a window of its own."""
    contexts = []

    def open_page(
        analyst: Analyst | None, path: str, *, width: int = 1280, scheme: str = "light"
    ) -> Page:
        size = ViewportSize(width=width, height=900)
        context = browser.new_context(
            base_url=live_server.url,
            viewport=size,
            color_scheme="dark" if scheme == "dark" else "light",
            has_touch=width < 500,
            is_mobile=width < 500,
        )
        contexts.append(context)
        if analyst:
            client = Client()
            client.force_login(analyst)
            value = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda line: complaints.append(line.text) if line.type == "error" else None
        )
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def looks(action: Action) -> list[dict[str, object]]:
    entries = CustodyEntry.objects.filter(action=action).order_by("position")
    return list(entries.values_list("details", flat=True))


def test_the_link_signs_in_with_one_button(visit: Visit, alice: Analyst) -> None:
    page = visit(None, f"/sign-in/link/{make_link(alice)}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_new_report_appears_by_itself(
    visit: Visit, alice: Analyst, request: pytest.FixtureRequest
) -> None:
    page = visit(alice, "/queue")
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    request.getfixturevalue("item")
    expect(page.get_by_text("needs your opinion")).to_be_visible(timeout=2000)


def test_rows_are_walked_and_opened_by_keys_while_the_queue_lives(
    visit: Visit, alice: Analyst, item: MediaItem, note: QueueEntry
) -> None:
    page = visit(alice, "/queue")
    rows = page.locator(".row")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    with page.expect_response(lambda answer: answer.status == 304):
        page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    chosen = rows.nth(0).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{chosen}")
    assert str(item.pk) in page.url or str(note.pk) in page.url


def test_a_queue_whose_session_ended_leads_to_the_sign_in_page(
    visit: Visit, alice: Analyst, complaints: list[str]
) -> None:
    page = visit(alice, "/queue")
    page.context.clear_cookies()
    page.wait_for_url("**/sign-in")
    complaints.clear()  # The browser reports the 401 that sent it there.


def test_the_picture_shows_only_while_space_is_held(
    visit: Visit, alice: Analyst, item: MediaItem
) -> None:
    page = visit(alice, f"/items/{item.pk}")
    clear = page.locator(".clear")
    expect(page.locator(".still")).to_be_visible()
    expect(clear).to_have_count(0)
    page.keyboard.down(" ")
    expect(clear).to_be_visible()
    assert (clear.get_attribute("src") or "").startswith("blob:")
    with page.expect_response("**/hidden") as said:
        page.keyboard.up(" ")
    expect(clear).to_have_count(0)
    assert said.value.status == 204
    assert {"reason": "reveal"} in looks(Action.MEDIA_OPENED)
    assert len(looks(Action.MEDIA_HIDDEN)) == 1


def test_the_memory_of_the_picture_is_given_back(
    visit: Visit, alice: Analyst, item: MediaItem, complaints: list[str]
) -> None:
    page = visit(alice, f"/items/{item.pk}")
    page.keyboard.down(" ")
    expect(page.locator(".clear")).to_be_visible()
    address = page.locator(".clear").get_attribute("src")
    page.keyboard.up(" ")
    load = """address => new Promise(tell => {
        const picture = new Image();
        picture.onload = () => tell("there");
        picture.onerror = () => tell("gone");
        picture.src = address;
    })"""
    assert page.evaluate(load, address) == "gone"
    complaints.clear()  # The browser reports that the address leads nowhere.


@pytest.mark.parametrize("way_out", ["Escape", "blur", "hidden"])
def test_every_way_out_hides_at_once(
    visit: Visit, alice: Analyst, item: MediaItem, way_out: str
) -> None:
    page = visit(alice, f"/items/{item.pk}")
    page.keyboard.down(" ")
    expect(page.locator(".clear")).to_be_visible()
    if way_out == "Escape":
        page.keyboard.press("Escape")
    elif way_out == "blur":
        page.evaluate("window.dispatchEvent(new Event('blur'))")
    else:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".clear")).to_have_count(0)


@pytest.mark.parametrize("where", [".hold", ".frame"])
def test_a_pressed_pointer_reveals_and_letting_go_anywhere_hides(
    visit: Visit, alice: Analyst, item: MediaItem, where: str
) -> None:
    page = visit(alice, f"/items/{item.pk}")
    page.locator(where).hover()
    page.mouse.down()
    expect(page.locator(".clear")).to_be_visible()
    page.mouse.move(5, 5)
    page.mouse.up()
    expect(page.locator(".clear")).to_have_count(0)


def touch(page: Page, where: str) -> CDPSession:
    """Put a finger down and return what lifts it."""
    page.locator(where).scroll_into_view_if_needed()
    box = page.locator(where).bounding_box()
    assert box is not None
    finger = page.context.new_cdp_session(page)
    at = [{"x": box["x"] + 20, "y": box["y"] + 10}]
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    return finger


def test_a_finger_on_the_button_reveals_until_it_lifts(
    visit: Visit, alice: Analyst, item: MediaItem
) -> None:
    page = visit(alice, f"/items/{item.pk}", width=390)
    finger = touch(page, ".hold")
    expect(page.locator(".clear")).to_be_visible()
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator(".clear")).to_have_count(0)


def test_a_finger_that_scrolls_over_the_picture_reveals_nothing(
    visit: Visit, alice: Analyst, item: MediaItem
) -> None:
    page = visit(alice, f"/items/{item.pk}", width=390)
    touch(page, ".frame")
    expect(page.locator(".held")).to_have_count(0)
    assert {"reason": "reveal"} not in looks(Action.MEDIA_OPENED)


def test_an_item_is_assessed_by_keys_alone(visit: Visit, alice: Analyst, item: MediaItem) -> None:
    page = visit(alice, f"/items/{item.pk}")
    for key in "r37sn":
        page.keyboard.press(key)
    page.keyboard.press("s")
    expect(page.locator(".labels")).to_contain_text("inhope:baseline")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("A second analyst is asked now")).to_be_visible()
    said = Assessment.objects.get()
    assert said.item == item
    assert (said.facets["ages"], said.facets["conduct"]) == (["7-10", "adult"], ["sexual-act"])


def test_what_is_typed_in_the_note_chooses_nothing(
    visit: Visit, alice: Analyst, item: MediaItem
) -> None:
    page = visit(alice, f"/items/{item.pk}")
    page.get_by_text("Add a note").click()
    page.get_by_label("Note for colleagues").press_sequentially("real space")
    expect(page.locator("#opinion :checked")).to_have_count(0)
    expect(page.locator(".clear")).to_have_count(0)


def test_what_the_reporter_wrote_opens_on_demand(
    visit: Visit, alice: Analyst, item: MediaItem
) -> None:
    page = visit(alice, f"/items/{item.pk}")
    expect(page.get_by_text("I found this in a chat.")).to_have_count(0)
    page.get_by_text("what they wrote").click()
    expect(page.get_by_text("I found this in a chat.")).to_be_visible()


@pytest.fixture
def everything(
    item: MediaItem, note: QueueEntry, hash_list: HashList, baseline: Facets
) -> dict[str, str]:
    """One of each screen, with something on it."""
    alice, bob = (Analyst.objects.create(username=name) for name in ("grace", "henry"))
    entry = QueueEntry.objects.get(item=item)
    assess(entry, baseline, analyst=alice)
    assess(entry, ADULT, analyst=bob)
    listed = HashEntry.objects.create(
        hash_list=hash_list,
        position=1,
        entry_id=item.pk,
        version=1,
        state=EntryState.LISTED,
        at=now(),
        fingerprints=[{"algorithm": "pdq", "value": "ab" * 32, "quality": 100}],
        labels=["inhope:baseline", "nl:art-252"],
    )
    return {
        "queue": "/queue",
        "item": f"/items/{item.pk}",
        "note": f"/notes/{note.pk}",
        "list": "/list",
        "entry": f"/list/{listed.entry_id}",
        "stuck": "/stuck",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_screen_is_accessible_and_fits(
    visit: Visit, carol: Analyst, everything: dict[str, str], width: int, scheme: str
) -> None:
    page = visit(carol, "/queue", width=width, scheme=scheme)
    for path in (*everything.values(), "/sign-in/link/x"):
        page.goto(path)
        for closed in page.locator("details > summary").all():
            closed.click()
        expect(page.locator(".texts:empty")).to_have_count(0)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) == 0, f"{path} scrolls sideways"
