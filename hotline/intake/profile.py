"""How this country's hotline talks: numbers to call, languages, whether it takes media.

One small file per deployment in profiles/, chosen by BAKEN_PROFILE; docs/conversation.md
explains its keys. A wrong file stops the start with a sentence.
"""

import tomllib
from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from hotline.intake.wording import Key, wordings

FOLDER = Path(__file__).parent / "profiles"


class ProfileError(Exception):
    """The deployment profile cannot be used; says which and why."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"hotline/intake/profiles/{name}.toml: {problem}")


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What differs between one country's hotline and the next."""

    languages: list[str]  # in order of preference
    emergency: str
    media_accepted: bool
    retention_days: int
    helpline: dict[str, str]  # by language

    def language_for(self, hint: str | None) -> str:
        """Return the language to answer in: the app's hint where we speak it, else our first."""
        spoken = (hint or "").replace("_", "-").partition("-")[0].lower()
        return spoken if spoken in self.languages else self.languages[0]


def profile() -> Profile:
    """Return the profile that the settings name; raise ProfileError."""
    return load(settings.PROFILE)


@lru_cache(maxsize=8)
def load(name: str, folder: Path = FOLDER) -> Profile:
    """Return the profile of this name; raise ProfileError."""
    known = sorted(path.stem for path in folder.glob("*.toml"))
    if name not in known:
        raise ProfileError(name, f"does not exist. BAKEN_PROFILE is one of {', '.join(known)}.")
    try:
        raw = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        loaded = msgspec.convert(raw, Profile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ProfileError(name, f"{error}.") from None
    _check(name, loaded)
    return loaded


def fill(key: Key, language: str, **values: object) -> str:
    """Return a reply's text with its names in braces filled in."""
    return wordings()[language].replies[key].format_map({**constants(language), **values})


def page_text(name: str, language: str) -> str:
    """Return a text of the web form."""
    return wordings()[language].page[name].format_map(constants(language))


def constants(language: str) -> dict[str, object]:
    """Return what every text may name."""
    ours = profile()
    return {
        "emergency": ours.emergency,
        "helpline": ours.helpline[language],
        "days": ours.retention_days,
        "web_page": f"{settings.PUBLIC_URL}/report",
        "max_mib": settings.MAX_ATTACHMENT_BYTES >> 20,
    }


def _check(name: str, loaded: Profile) -> None:
    if not loaded.languages:
        raise ProfileError(name, "'languages' is empty; name at least one.")
    for language in loaded.languages:
        if language not in wordings():
            raise ProfileError(name, f"there are no texts in '{language}'.")
        if language not in loaded.helpline:
            raise ProfileError(name, f"[helpline] lacks '{language}'.")
    if not loaded.emergency.strip():
        raise ProfileError(name, "'emergency' is empty.")
    if loaded.retention_days < 1:
        raise ProfileError(name, "'retention_days' must be at least 1.")
