"""Everything that the custody log can say happened: `subject:action`, in the past tense."""

from enum import StrEnum


class Action(StrEnum):
    """One kind of custody entry; docs/custody.md explains each."""

    ANALYST_ADDED = "analyst:added"
    SIGN_IN_LINK_MADE = "analyst:sign_in_link_made"
    SIGNED_IN = "analyst:signed_in"
    REPORT_RECEIVED = "report:received"
    REPORT_CLOSED = "report:closed"
    ADDRESS_ERASED = "reporter:address_erased"
    ATTACHMENT_REFUSED = "attachment:refused"
    MEDIA_STORED = "media:stored"
    MEDIA_SIGHTED = "media:sighted"
    MEDIA_OPENED = "media:opened"
    MEDIA_FINGERPRINTED = "media:fingerprinted"
    MEDIA_UNDECODABLE = "media:undecodable"
    MEDIA_MATCHED = "media:matched"
    MEDIA_QUEUED = "media:queued"
    MEDIA_RECOGNISED = "media:recognised"
    MEDIA_ASSESSED = "media:assessed"
    MEDIA_DECIDED = "media:decided"
    MEDIA_DISPOSED = "media:disposed"
    NOTE_QUEUED = "note:queued"
    NOTE_CLOSED = "note:closed"
    ENTRY_PUBLISHED = "entry:published"
    ENTRY_RETRACTED = "entry:retracted"
    PUBLICATION_REFUSED = "entry:publication_refused"
    PARTNER_ADDED = "partner:added"
    KEY_MADE = "partner:key_made"
    KEY_REVOKED = "partner:key_revoked"
