"""What the stand-in is told at its start: the hotline's address and the secrets both share."""

from collections.abc import Mapping
from dataclasses import dataclass


class MissingSettingError(Exception):
    """A secret that the hotline knows is missing here."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} must be set to what the hotline has under the same name.")


@dataclass(frozen=True, slots=True)
class Settings:
    """The hotline's address, and what its adapters are configured with."""

    hotline: str
    whatsapp_app_secret: str
    whatsapp_access_token: str
    whatsapp_verify_token: str
    whatsapp_number_id: str
    telegram_bot_token: str
    telegram_secret_token: str
    signal_account: str


def from_environment(hotline: str, environment: Mapping[str, str]) -> Settings:
    """Return the settings; each `PHONE_…` variable has the name of its field."""
    values = {}
    for field in Settings.__dataclass_fields__:
        name = f"PHONE_{field.upper()}"
        if field != "hotline":
            values[field] = environment.get(name, "").strip()
            if not values[field]:
                raise MissingSettingError(name)
    return Settings(hotline=hotline.rstrip("/"), **values)
