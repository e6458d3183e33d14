"""The web form: our own format, whose files are stored before the message is."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import pytest

from hotline.channels.base import ChannelError, MessageKind
from hotline.channels.tests.conformance import ChannelSuite, payloads
from hotline.channels.webform.adapter import Webform

HERE = Path(__file__).parents[1]


class TestWebform(ChannelSuite):
    """The conformance suite on the web form."""

    folder = HERE
    has_webhook = False
    is_remote = False

    def adapter(self) -> Webform:
        return Webform()

    def signed(self, body: bytes) -> Mapping[str, str]:
        del body
        return {}


def test_files_are_in_the_vault_already() -> None:
    [message] = Webform().parse(payloads(HERE)["files"])
    picture, document = message.attachments
    assert picture.item_id == UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
    assert (picture.kind.value, document.kind.value) == ("image", "document")
    with pytest.raises(ChannelError, match="vault") as error:
        Webform().download(picture)
    assert error.value.permanent


def test_the_reference_is_where_replies_go() -> None:
    [message] = Webform().parse(payloads(HERE)["text"])
    assert (message.address, message.language) == ("K7QD-2MXP", "en")
    assert Webform().send(message.address or "", "Thank you") != Webform().send("K", "Thank you")


def test_a_form_with_nothing_in_it_is_unknown() -> None:
    [message] = Webform().parse(b'{"id":"1","reference":"K7QD-2MXP"}')
    assert (message.kind, message.id, message.address) == (MessageKind.UNKNOWN, "1", "K7QD-2MXP")
