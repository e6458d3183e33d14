"""The stand-in phone: what it sends, what it takes, and what it refuses as the providers would."""

import hmac
import io
import json
from hashlib import sha256
from typing import Any

import httpx
import pytest
from PIL import Image

from phone.tests import running
from phone.tests.running import Hotline, until

WHATSAPP = {"Authorization": "Bearer access-token-1"}
BOT = "/telegram/bot7000000000:bot-token"


def send(phone: httpx.Client, app: str, **order: Any) -> Any:
    answer = phone.post("/phone/send", json={"app": app, "person": "alice", **order})
    assert answer.status_code == 200, answer.text
    return answer.json()["messages"]


def chat(phone: httpx.Client, app: str, person: str = "alice") -> list[dict[str, Any]]:
    answer = phone.get("/phone/messages", params={"app": app, "person": person})
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found


def webhook(hotline: Hotline, number: int = 1) -> Any:
    return json.loads(hotline.wait_for(number)[number - 1].body)


def whatsapp_message(hotline: Hotline) -> Any:
    return webhook(hotline)["entry"][0]["changes"][0]["value"]["messages"][0]


def send_reply(phone: httpx.Client, to: str, headers: dict[str, str]) -> httpx.Response:
    text = {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "Thanks"}}
    return phone.post("/graph/v25.0/1002/messages", json=text, headers=headers)


def test_orders_that_make_no_sense_are_refused_with_a_sentence(phone: httpx.Client) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"app": "fax", "person": "a", "text": "x"}, "app must be one of"),
        ({"app": "signal", "person": "", "text": "x"}, "person must be"),
        ({"app": "signal", "person": "a"}, "nothing to send"),
        ({"app": "signal", "person": "a", "sample": "cat"}, "no sample 'cat'"),
        ({"app": "signal", "person": "a", "text": "x", "times": "many"}, "times must be"),
        ({"app": "signal", "person": "a", "text": "x", "scale": 7}, "scale must be"),
    ]
    for order, sentence in wrong:
        answer = phone.post("/phone/send", json=order)
        assert answer.status_code == 400
        assert sentence in answer.json()["error"]


def test_whatsapp_webhooks_are_signed_over_the_raw_bytes(
    phone: httpx.Client, hotline: Hotline
) -> None:
    send(phone, "whatsapp", text="héé", wait=True)
    [received] = hotline.received
    expected = hmac.new(b"app-secret-1", received.body, sha256).hexdigest()
    assert received.path == "/webhooks/whatsapp"
    assert received.headers["x-hub-signature-256"] == f"sha256={expected}"
    assert received.body.isascii()


def test_telegram_webhooks_carry_the_secret(phone: httpx.Client, hotline: Hotline) -> None:
    send(phone, "telegram", text="hello", wait=True)
    [received] = hotline.received
    assert received.headers["x-telegram-bot-api-secret-token"] == "secret-1"
    assert json.loads(received.body)["message"]["text"] == "hello"


def test_a_webhook_is_repeated_until_the_hotline_takes_it(
    phone: httpx.Client, hotline: Hotline
) -> None:
    hotline.answers[:] = [500, 403]
    [outcome] = send(phone, "whatsapp", text="hello", wait=True)
    assert (outcome["delivered"], outcome["status"], outcome["attempts"]) == (True, 200, 3)
    assert len({one.body for one in hotline.received}) == 1
    until(lambda: chat(phone, "whatsapp")[0]["state"] == "delivered")


def test_the_last_webhook_can_be_sent_again(phone: httpx.Client, hotline: Hotline) -> None:
    assert phone.post("/phone/redeliver", json={"app": "telegram"}).status_code == 400
    send(phone, "telegram", text="hello", wait=True)
    assert phone.post("/phone/redeliver", json={"app": "telegram"}).json()["status"] == 200
    first, second = hotline.received
    assert first.body == second.body


def test_whatsapp_media_is_given_to_the_token_only_and_by_two_calls(
    phone: httpx.Client, hotline: Hotline
) -> None:
    send(phone, "whatsapp", sample="pond", text="look", wait=True)
    image = whatsapp_message(hotline)["image"]
    url = f"/graph/v25.0/{image['id']}"
    assert phone.get(url).status_code == 401
    described = phone.get(url, headers=WHATSAPP).json()
    assert phone.get(described["url"]).status_code == 401
    content = phone.get(described["url"], headers=WHATSAPP).content
    assert sha256(content).hexdigest() == image["sha256"]
    assert phone.delete(url, headers=WHATSAPP).json() == {"success": True}
    assert phone.get(described["url"], headers=WHATSAPP).status_code == 404
    assert phone.get(url, headers=WHATSAPP).json()["error"]["code"] == 100


def test_whatsapp_replies_go_to_who_wrote_and_to_nobody_else(
    phone: httpx.Client, hotline: Hotline
) -> None:
    send(phone, "whatsapp", text="hello", wait=True)
    number = whatsapp_message(hotline)["from"]
    assert send_reply(phone, number, {}).json()["error"]["code"] == 190
    assert send_reply(phone, "31699999999", WHATSAPP).json()["error"]["code"] == 131026
    assert send_reply(phone, number, WHATSAPP).json()["messages"][0]["id"].startswith("wamid.")
    assert [one["text"] for one in chat(phone, "whatsapp")] == ["hello", "Thanks"]
    assert chat(phone, "whatsapp", person="bob") == []


@pytest.mark.parametrize(("n_buttons", "label", "status"), [(3, "Yes", 200), (4, "Yes", 400)])
def test_whatsapp_takes_three_buttons(
    phone: httpx.Client, hotline: Hotline, n_buttons: int, label: str, status: int
) -> None:
    send(phone, "whatsapp", text="hello", wait=True)
    reply = {"id": "yes", "title": label}
    interactive = {
        "type": "button",
        "body": {"text": "Is it you?"},
        "action": {"buttons": [{"type": "reply", "reply": reply}] * n_buttons},
    }
    message = {
        "messaging_product": "whatsapp",
        "to": whatsapp_message(hotline)["from"],
        "type": "interactive",
        "interactive": interactive,
    }
    answer = phone.post("/graph/v25.0/1002/messages", json=message, headers=WHATSAPP)
    assert answer.status_code == status


def test_a_pressed_button_comes_back_to_the_hotline(phone: httpx.Client, hotline: Hotline) -> None:
    send(phone, "telegram", text="hello", wait=True)
    chat_id = webhook(hotline)["message"]["chat"]["id"]
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    order = {"chat_id": chat_id, "text": "Is it you?", "reply_markup": keyboard}
    assert phone.post(f"{BOT}/sendMessage", json=order).json()["ok"]
    question = chat(phone, "telegram")[1]
    press = {"app": "telegram", "person": "alice", "message": question["number"], "choice": "yes"}
    assert phone.post("/phone/choose", json={**press, "choice": "no"}).status_code == 400
    assert phone.post("/phone/choose", json=press).status_code == 200
    assert webhook(hotline, 2)["callback_query"]["data"] == "yes"


def test_a_photo_has_several_sizes_on_telegram_and_an_album_one_id(
    phone: httpx.Client, hotline: Hotline
) -> None:
    send(phone, "telegram", sample="pond,field", wait=True)
    first, second = (json.loads(one.body)["message"] for one in hotline.wait_for(2))
    assert first["media_group_id"] == second["media_group_id"]
    assert [size["width"] for size in first["photo"]] == [90, 320, 960]
    assert "forward_origin" in first


def test_a_wrong_bot_token_is_not_let_in(phone: httpx.Client) -> None:
    assert phone.post("/telegram/bot1:wrong/getMe").status_code == 401
    assert phone.post(f"{BOT}/getMe").json()["result"]["is_bot"]
    assert phone.post(f"{BOT}/noSuchMethod").status_code == 404


def test_polling_and_a_webhook_exclude_each_other(phone: httpx.Client) -> None:
    assert phone.get(f"{BOT}/getUpdates").status_code == 409
    phone.post(f"{BOT}/deleteWebhook")
    send(phone, "telegram", text="hello")
    [update] = phone.get(f"{BOT}/getUpdates").json()["result"]
    assert update["message"]["text"] == "hello"
    after = {"offset": update["update_id"] + 1}
    assert phone.get(f"{BOT}/getUpdates", params=after).json()["result"] == []


def test_telegram_gives_no_file_above_20_mb(phone: httpx.Client, hotline: Hotline) -> None:
    upload = {"file": ("big.bin", b"\0" * (20 << 20) + b"\0", "application/octet-stream")}
    phone.post("/phone/send", data={"app": "telegram", "person": "alice"}, files=upload)
    document = webhook(hotline)["message"]["document"]
    answer = phone.post(f"{BOT}/getFile", json={"file_id": document["file_id"]})
    assert answer.json()["description"] == "Bad Request: file is too big"


def test_a_file_that_is_no_picture_is_sent_as_a_document(
    phone: httpx.Client, hotline: Hotline
) -> None:
    upload = {"file": ("x.jpg", b"MZ not a picture", "image/jpeg")}
    phone.post("/phone/send", data={"app": "whatsapp", "person": "alice"}, files=upload)
    assert whatsapp_message(hotline)["document"]["filename"] == "x.jpg"


def test_re_encoding_makes_the_picture_smaller_as_an_app_does(
    phone: httpx.Client, hotline: Hotline
) -> None:
    send(phone, "whatsapp", sample="pond", quality=40, scale=0.5, wait=True)
    url = f"/graph/v25.0/{whatsapp_message(hotline)['image']['id']}"
    content = phone.get(phone.get(url, headers=WHATSAPP).json()["url"], headers=WHATSAPP).content
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (480, 360))


def test_signal_answers_as_the_daemon_does(phone: httpx.Client) -> None:
    rpc = "/signal/api/v1/rpc"
    assert phone.get("/signal/api/v1/check").status_code == 200
    assert phone.post(rpc, content=b"{}").status_code == 415
    call = {"jsonrpc": "2.0", "id": "1", "method": "send"}
    unknown = phone.post(rpc, json={**call, "params": {"recipient": ["nobody"], "message": "x"}})
    [result] = unknown.json()["error"]["data"]["response"]["results"]
    assert result["type"] == "UNREGISTERED_FAILURE"
    assert phone.post(rpc, json={**call, "method": "x"}).json()["error"]["code"] == -32601


def test_signal_keeps_messages_until_somebody_listens(phone: httpx.Client) -> None:
    send(phone, "signal", text="first")
    with phone.stream("GET", "/signal/api/v1/events") as events:
        lines = (line for line in events.iter_lines() if line.startswith("data:"))
        assert json.loads(next(lines)[5:])["envelope"]["dataMessage"]["message"] == "first"
        send(phone, "signal", text="second")
        assert json.loads(next(lines)[5:])["envelope"]["dataMessage"]["message"] == "second"


@pytest.mark.parametrize(
    ("app", "path"),
    [
        ("whatsapp", "/graph/v25.0/5"),
        ("telegram", f"{BOT}/getMe"),
        ("signal", "/signal/api/v1/check"),
    ],
)
def test_an_outage_refuses_all_calls_until_it_ends(
    phone: httpx.Client, app: str, path: str
) -> None:
    assert phone.post("/phone/outage", json={"app": app, "mode": "?"}).status_code == 400
    phone.post("/phone/outage", json={"app": app, "mode": "refuse"})
    assert phone.get(path, headers=WHATSAPP).status_code >= 500
    phone.post("/phone/outage", json={"app": app, "mode": "none"})
    assert phone.get(path, headers=WHATSAPP).status_code < 500


def test_the_page_loads_nothing_from_elsewhere(phone: httpx.Client) -> None:
    page = phone.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http" not in page.text
    assert "Never use real material" in page.text
    for path in ("/static/phone.js", "/static/phone.css", "/static/icon.svg"):
        assert phone.get(path).status_code == 200


def test_the_phone_ends_by_itself_although_somebody_listens(hotline: Hotline) -> None:
    with (
        running.started(hotline.url) as (server, phone),
        phone.stream("GET", "/signal/api/v1/events") as events,
    ):
        server.should_exit = True
        # A stream that is cut instead of ended raises here.
        assert set(events.iter_lines()) <= {":", ""}
