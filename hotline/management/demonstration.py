"""The demonstration: its made-up providers, its people, its partner; the same at each start.

What has to stay the same, the tokens of the channels and the partner's key, lies in
`demonstration.json` beside the keys. Nobody else knows them: the stand-in phone is told.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from hotline.accounts.models import Analyst, Role
from hotline.accounts.people import add_analyst
from hotline.accounts.sign_in import ClosedAccountError
from hotline.custody.actions import Action
from hotline.custody.actors import Process
from hotline.custody.record import record
from hotline.environment import demonstration_file
from hotline.exchange.keys import grant_for, make_key
from hotline.exchange.models import Partner
from hotline.exchange.partners import add_partner
from hotline.management.errors import StartError
from hotline.management.sign_in_links import sign_in_link
from hotline.vault.keys import SESSION_FILE, TAGS_FILE, VAULT_FILE, create_keys

PEOPLE = {
    "first-analyst": Role.ANALYST,
    "second-analyst": Role.ANALYST,
    "senior-analyst": Role.SENIOR,
}
PARTNER = "Demonstration partner"
NUMBER = "+31600000000"  # in a range that is given to nobody
NUMBER_ID = "100000000000001"

# What the phone must know, and what the hotline calls the same thing.
SHARED_WITH_PHONE = {
    "PHONE_WHATSAPP_APP_SECRET": "WHATSAPP_APP_SECRET",
    "PHONE_WHATSAPP_ACCESS_TOKEN": "WHATSAPP_ACCESS_TOKEN",
    "PHONE_WHATSAPP_VERIFY_TOKEN": "WHATSAPP_VERIFY_TOKEN",
    "PHONE_WHATSAPP_NUMBER_ID": "WHATSAPP_PHONE_NUMBER_ID",
    "PHONE_TELEGRAM_BOT_TOKEN": "TELEGRAM_BOT_TOKEN",
    "PHONE_TELEGRAM_SECRET_TOKEN": "TELEGRAM_SECRET_TOKEN",
    "PHONE_SIGNAL_ACCOUNT": "SIGNAL_ACCOUNT",
}


class NotADemonstrationError(StartError):
    """The data belongs to a hotline that works for real."""

    def __init__(self, keys: Path) -> None:
        super().__init__(
            f"'{keys}' holds the keys of a hotline that is not a demonstration: set BAKEN_DATA to"
            " another folder, or BAKEN_DEMONSTRATION=no."
        )


class DamagedFileError(StartError):
    """What the demonstration kept cannot be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"'{path}' is damaged; remove it, and new tokens and a new key are made.")


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What somebody needs to try it."""

    first_link: str
    second_link: str
    partner_key: str


def prepare(port: int) -> dict[str, str]:
    """Make the keys and the settings of the demonstration, or find them; return the settings."""
    path = demonstration_file()
    keys = path.parent
    if (keys / VAULT_FILE).exists() and not path.exists():
        raise NotADemonstrationError(keys)
    kept = _read(path)
    made: dict[str, str] = _tokens() | kept.get("settings", {}) | _addresses(port)
    _write(path, {**kept, "settings": made})
    _make_keys(keys)
    return made


def environment_of_phone(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the phone is told: the hotline's own secrets, under the phone's names."""
    return {theirs: environment[ours] for theirs, ours in SHARED_WITH_PHONE.items()}


def set_up() -> Demonstration:
    """Add the people and the partner where they are missing, and make new sign-in links."""
    for username, role in PEOPLE.items():
        _add_person(username, role)
    # A browser keeps one session per host name, so the two can sign in side by side.
    second = settings.PUBLIC_URL.replace("//127.0.0.1", "//localhost")
    return Demonstration(
        _link("first-analyst", settings.PUBLIC_URL),
        _link("second-analyst", second),
        _partner_key(),
    )


def _addresses(port: int) -> dict[str, str]:
    phone = f"http://127.0.0.1:{port + 2}"
    return {
        "BAKEN_DEMONSTRATION": "yes",
        "BAKEN_PORT": str(port),
        "WHATSAPP_API_URL": f"{phone}/graph",
        "TELEGRAM_API_URL": f"{phone}/telegram",
        "SIGNAL_API_URL": f"{phone}/signal",
    }


def _tokens() -> dict[str, str]:
    return {
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_ACCESS_TOKEN": secrets.token_urlsafe(32),
        "WHATSAPP_APP_SECRET": secrets.token_hex(16),
        "WHATSAPP_VERIFY_TOKEN": secrets.token_urlsafe(16),
        # As Telegram writes them: clients refuse another form.
        "TELEGRAM_BOT_TOKEN": f"{10**8 + secrets.randbelow(10**8)}:{secrets.token_hex(18)[:35]}",
        "TELEGRAM_SECRET_TOKEN": secrets.token_urlsafe(32),
        "SIGNAL_ACCOUNT": NUMBER,
    }


def _make_keys(keys: Path) -> None:
    session = keys / SESSION_FILE
    if session.exists() and session.stat().st_size:
        return
    # The session key is written last: without it nothing was ever sealed with the others.
    for name in (VAULT_FILE, TAGS_FILE, SESSION_FILE):
        (keys / name).unlink(missing_ok=True)
    create_keys(keys)


def _add_person(username: str, role: Role) -> None:
    if Analyst.objects.filter(username=username).exists():
        return
    with transaction.atomic():
        analyst = add_analyst(username, role)
        record(Action.ANALYST_ADDED, analyst, actor=Process.COMMAND, details={"role": role})


def _link(username: str, public_url: str) -> str:
    try:
        return sign_in_link(Analyst.objects.get(username=username), public_url=public_url)
    except ClosedAccountError as error:  # somebody tried out closing it
        return str(error)


def _partner_key() -> str:
    path = demonstration_file()
    kept = _read(path)
    key: str = kept.get("partner_key", "")
    if not grant_for(key):
        partner = Partner.objects.filter(name=PARTNER).first()
        if partner is None:
            partner = add_partner(PARTNER, [settings.LIST_NAME], actor=Process.COMMAND)
        key = make_key(partner, actor=Process.COMMAND)
        _write(path, {**kept, "partner_key": key})
    return key


def _read(path: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise DamagedFileError(path) from None
    return kept


def _write(path: Path, content: Mapping[str, object]) -> None:
    """Replace the file in one step; nobody else may read it, at no moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
