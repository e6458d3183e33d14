"""From a forwarded photo to a site that recognises it, through the real processes.

One story, told in the order in which it happens; each part goes on where the last one ended.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pictures import landscape, to_jpeg
from tests.system import ROOT, System, free_port

pytestmark = pytest.mark.journey

REFERENCE = r"[0-9A-Z]{3}-[0-9A-Z]{3}"
FACETS = ("Real", "3 to 6", "Sexual act", "Unknown", "None seen")
PICTURE = landscape(21, (1600, 1200))


def eventually(holds: Callable[[], bool], *, seconds: float = 30) -> float:
    """Wait until it holds and return how long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it did not come to pass"
        time.sleep(0.02)
    return time.monotonic() - began


def baken(*words: str) -> "subprocess.CompletedProcess[str]":
    """Type the partner's command."""
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "baken", *words],
        env={"PYTHONPATH": str(ROOT / "baken" / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def phone(system: System, browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(system.phone)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def analysts(system: System, browser: Browser) -> Iterator[tuple[Page, Page]]:
    """Two analysts, each signed in with the link that was printed."""
    pages = []
    for link in system.links:
        page = browser.new_page()
        page.goto(link)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Queue")).to_be_visible()
        pages.append(page)
    yield pages[0], pages[1]
    for page in pages:
        page.context.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "landscape.jpg"
    path.write_bytes(to_jpeg(PICTURE, 90))
    return path


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The picture as another site's user would upload it."""
    path = tmp_path_factory.mktemp("pictures") / "upload.jpg"
    path.write_bytes(to_jpeg(PICTURE.resize((1000, 750)), 60))
    return path


def check(system: System, path: Path) -> dict[str, object]:
    """Ask the check server about a file, as a partner does."""
    done = baken("check", str(path), "--server", system.edge, "--key", system.key, "--json")
    assert done.returncode in {0, 1}, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def is_match(system: System, path: Path) -> bool:
    fingerprints = baken("hash", str(path), "--json")
    pdq = json.loads(fingerprints.stdout)["pdq"]
    value = pdq["value"] if isinstance(pdq, dict) else pdq
    body = {"fingerprints": [{"algorithm": "pdq", "value": value}]}
    headers = {"Authorization": f"Bearer {system.key}"}
    answer = httpx.post(f"{system.edge}/v1/check", json=body, headers=headers)
    answer.raise_for_status()
    return bool(answer.json()["results"][0]["match"])


def forward(phone: Page, app: str, path: Path, *, as_another: bool = False) -> None:
    phone.get_by_role("tab", name=app).click()
    if as_another:
        phone.get_by_role("button", name="As another person").click()
    phone.get_by_label("Own file").set_input_files(path)
    phone.get_by_role("button", name="Forward to the hotline").click()


def say(page: Page) -> None:
    """Open the first row of the queue and say what it is."""
    page.locator(".rows .row").first.click()
    for answer in FACETS:
        page.locator("#opinion").get_by_text(answer, exact=True).click()
    page.get_by_role("button", name="Say so").click()


def test_1_the_reporter_forwards_a_photo_and_hears_that_it_can_be_deleted(
    system: System, phone: Page, analysts: tuple[Page, Page], original: Path, copy: Path
) -> None:
    assert not is_match(system, copy)
    forward(phone, "WhatsApp", original)
    chat = phone.get_by_role("log", name="Chat with the hotline")
    expect(chat).to_contain_text("verwijderen")
    expect(analysts[0].locator(".rows .row")).to_have_count(1)
    phone.get_by_role("button", name="STATUS").first.click()
    expect(chat).to_contain_text("gekeken")


def test_2_the_item_opens_blurred_and_shows_itself_only_while_held(
    analysts: tuple[Page, Page],
) -> None:
    page = analysts[0]
    page.locator(".rows .row").first.click()
    expect(page.locator("img.still")).to_be_visible()
    expect(page.locator("img.clear")).to_have_count(0)
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.down("Space")
    expect(page.locator("img.clear")).to_be_visible(timeout=10_000)
    page.keyboard.up("Space")
    expect(page.locator("img.clear")).to_have_count(0)
    page.goto(page.url.split("/items")[0] + "/queue")


def test_3_two_analysts_agree_blindly_and_a_site_recognises_a_copy_within_a_second(
    system: System, analysts: tuple[Page, Page], original: Path, copy: Path
) -> None:
    first, second = analysts
    say(first)
    expect(first.locator(".rows .row")).to_have_count(0)
    second.locator(".rows .row").first.click()
    expect(second.get_by_text("inhope:baseline")).to_have_count(0)  # nothing of the first opinion
    second.goto(second.url.split("/items")[0] + "/queue")
    assert not is_match(system, copy)
    say(second)
    eventually(lambda: is_match(system, copy))
    assert is_match(system, original)
    (result,) = [
        one
        for one in check(system, copy)["results"]  # type: ignore[attr-defined]  # it is a list
        if one["algorithm"] == "pdq"
    ]
    (found,) = result["matches"]
    assert (found["list"], found["kind"], found["version"]) == ("baseline", "near", 1)
    assert found["distance"] <= 31
    assert found["action"] == "review"


def test_4_the_reporter_hears_what_came_of_it(phone: Page) -> None:
    chat = phone.get_by_role("log", name="Chat with the hotline")
    expect(chat).to_contain_text("lijst")


@pytest.mark.parametrize("app", ["Telegram", "Signal"])
def test_5_the_same_picture_over_another_app_is_recognised_and_nobody_looks(
    phone: Page, analysts: tuple[Page, Page], original: Path, app: str
) -> None:
    phone.get_by_label("Re-encoded: quality 40, half size").check()
    forward(phone, app, original, as_another=True)
    chat = phone.get_by_role("log", name="Chat with the hotline")
    expect(chat).to_contain_text("lijst" if app == "Signal" else "list")
    for page in analysts:
        page.goto(page.url.split("/items")[0].split("/queue")[0] + "/queue")
        expect(page.get_by_text("Nothing waits for you.")).to_be_visible()


def test_6_a_partner_keeps_a_copy_and_serves_checks_from_it(
    system: System, copy: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "list"
    done = baken("sync", str(folder), "--server", system.edge, "--key", system.key, "--once")
    assert done.returncode == 0, done.stderr
    port = free_port()
    own = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "baken", "edge", "--from", str(folder), "--port", str(port)],
        env={"PYTHONPATH": str(ROOT / "baken" / "src"), "PATH": "/usr/bin:/bin"},
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: _answers(port), seconds=30)
        media = httpx.post(f"http://127.0.0.1:{port}/v1/check/media", content=copy.read_bytes())
        assert any(one["match"] for one in media.json()["results"])
    finally:
        own.terminate()
        assert own.wait(15) in {0, -15}


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_7_a_retraction_reaches_the_check_server_within_a_second(
    system: System, analysts: tuple[Page, Page], copy: Path
) -> None:
    page = analysts[0]
    page.get_by_role("link", name="List").click()
    page.locator(".rows .row").first.click()
    page.get_by_text("Retract this entry").click()
    page.get_by_label("Reason").fill("It is a drawn landscape.")
    page.get_by_role("button", name="Retract now").click()
    expect(page.locator("h2 .chip")).to_have_text("Retracted")
    eventually(lambda: not is_match(system, copy))


def test_8_the_custody_log_of_it_all_is_whole(system: System) -> None:
    done = system.manage("verify_custody")
    assert done.returncode == 0, done.stderr
    assert "is whole" in done.stdout


def test_9_no_log_holds_what_could_hurt_somebody(system: System, original: Path) -> None:
    kept = json.loads((system.data / "keys" / "demonstration.json").read_text())
    tokens = [value for value in kept["settings"].values() if len(value) > 15 and "/" not in value]
    (hashed,) = [json.loads(baken("hash", str(original), "--json").stdout)]
    digests = [fingerprint for fingerprint in _hexadecimal(hashed) if len(fingerprint) > 31]
    logs = {path.name: path.read_text() for path in (system.data / "logs").glob("*.log")}
    assert {"server.log", "worker.log"} <= logs.keys()
    assert len(tokens) >= 4
    assert len(digests) == 4
    secrets = [*tokens, *digests, system.key, *system.links, "+31", "landscape.jpg", "verwijderen"]
    leaks = [(name, what[:8]) for name, text in logs.items() for what in secrets if what in text]
    assert leaks == []


def _hexadecimal(value: object) -> list[str]:
    """Return every text of hexadecimal digits in a JSON value."""
    if isinstance(value, dict):
        return [one for item in value.values() for one in _hexadecimal(item)]
    if isinstance(value, list):
        return [one for item in value for one in _hexadecimal(item)]
    is_digest = isinstance(value, str) and len(value) > 0 and set(value) <= set("0123456789abcdef")
    return [str(value)] if is_digest else []
