"""Which of Meta's error codes are worth another try, and after how long.

The classes follow Meta's public list of Cloud API error codes; a code that is not listed is
judged by its HTTP status. Meta's own texts are left out: they quote numbers.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from hotline.channels import wire
from hotline.channels.base import ChannelError
from hotline.channels.http import (
    MISCONFIGURED_SECONDS,
    RefusedError,
    is_worth_retrying,
    retry_after,
)

RETRY: Mapping[str, float | None] = {
    "4": 60.0,  # app-wide call limit
    "80007": 60.0,  # account-wide rate limit
    "130429": 10.0,  # messages per second
    "131000": None,
    "131016": None,
    "131048": 600.0,  # too many of our messages were reported as spam
    "131056": 6.0,  # one message per six seconds to one person
    "131057": 60.0,
}
STOP: Mapping[str, str] = {
    "131026": "the message cannot be delivered to this person (131026).",
    "131031": "our account is locked (131031).",
    "131047": "more than 24 hours have passed since the person wrote (131047).",
    "131051": "the type of message is not supported (131051).",
    "131052": "the media cannot be downloaded from WhatsApp (131052).",
    "131053": "the media cannot be uploaded to WhatsApp (131053).",
    "368": "our account is blocked for breaking a policy (368).",
}
TOKEN = {"0", "3", "10", "190"} | {str(code) for code in range(200, 300)}


class MediaGoneError(ChannelError):
    """Meta does not have the media any more: it keeps it for seven days."""

    def __init__(self) -> None:
        super().__init__("WhatsApp does not have this media any more.", permanent=True)


class InsecureAddressError(ChannelError):
    """The media's address is not HTTPS, so our access token would travel in the clear."""

    def __init__(self) -> None:
        super().__init__("WhatsApp gave an address that is not encrypted.", permanent=True)


def error_of(response: httpx.Response, answer: Mapping[str, Any]) -> ChannelError:
    """Return the error for an answer of Meta, with its code and without its text."""
    code = wire.text_at(answer, "error", "code") or "unknown"
    if code in STOP:
        return RefusedError("WhatsApp", STOP[code], permanent=True)
    if code in RETRY:
        seconds = retry_after(response) or RETRY[code]
        return RefusedError("WhatsApp", f"try later ({code}).", retry_after_seconds=seconds)
    if code in TOKEN or response.status_code in {401, 403}:
        reason = f"the access token is not accepted ({code})."
        return RefusedError("WhatsApp", reason, retry_after_seconds=MISCONFIGURED_SECONDS)
    is_temporary = response.is_success or is_worth_retrying(response.status_code)
    return RefusedError(
        "WhatsApp",
        f"status {response.status_code}, code {code}.",
        permanent=not is_temporary,
        retry_after_seconds=retry_after(response),
    )
