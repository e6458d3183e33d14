"""The phone starts with every secret or not at all."""

import pytest

from phone.settings import MissingSettingError, from_environment

WHOLE = {
    "PHONE_WHATSAPP_APP_SECRET": "a",
    "PHONE_WHATSAPP_ACCESS_TOKEN": "b",
    "PHONE_WHATSAPP_VERIFY_TOKEN": "c",
    "PHONE_WHATSAPP_NUMBER_ID": "d",
    "PHONE_TELEGRAM_BOT_TOKEN": "e",
    "PHONE_TELEGRAM_SECRET_TOKEN": "f",
    "PHONE_SIGNAL_ACCOUNT": "g",
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_missing_secret_is_named(name: str) -> None:
    with pytest.raises(MissingSettingError, match=name):
        from_environment("http://127.0.0.1:8000", {**WHOLE, name: " "})


def test_a_slash_at_the_end_of_the_hotlines_address_does_no_harm() -> None:
    settings = from_environment("http://127.0.0.1:8000/", WHOLE)
    assert (settings.hotline, settings.signal_account) == ("http://127.0.0.1:8000", "g")
