"""Every recorded payload of every channel can be read into rows, whatever is in it."""

from pathlib import Path

import pytest

import hotline.channels
from hotline.custody.actors import Process
from hotline.intake.channels import channel
from hotline.intake.models import Attachment, Delivery, Message, Report
from hotline.intake.read import Reading, read
from hotline.intake.receive import receive

FOLDER = Path(hotline.channels.__file__).parent
PAYLOADS = sorted(FOLDER.glob("*/payloads/*.json"))
pytestmark = pytest.mark.django_db


def heard(path: Path) -> Reading:
    delivery = receive(path.parent.parent.name, path.read_bytes())
    assert delivery is not None
    return read(delivery, actor=Process.WORKER)


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: f"{path.parts[-3]} {path.stem}")
def test_every_payload_is_read_and_every_file_in_it_waits_in_a_report(path: Path) -> None:
    heard(path)
    assert Delivery.objects.get().state != Delivery.State.WAITING
    parsed = channel(path.parent.parent.name).parse(path.read_bytes())
    said = [message for message in parsed if message.kind != "notice"]
    assert Message.objects.count() == len({message.id for message in said})
    n_files = sum(len(message.attachments) for message in said if message.address)
    assert Attachment.objects.filter(message__report__isnull=False).count() == n_files


def test_two_webhooks_of_one_album_are_one_report() -> None:
    for name in ("album_first", "album_second"):
        heard(FOLDER / "telegram" / "payloads" / f"{name}.json")
    assert Report.objects.count() == 1
    assert Message.objects.filter(report=Report.objects.get()).count() >= 2
