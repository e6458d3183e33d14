"""What waits for the analysts, and what they said."""

import uuid

from django.db import models
from django.db.models import Q

from hotline.accounts.models import Analyst
from hotline.intake.models import Report
from hotline.vault.models import MediaItem


class Verdict(models.TextChoices):
    """Where the assessments of an item stand."""

    PENDING = "pending", "Waiting for opinions"
    DISPUTED = "disputed", "Disputed: a senior analyst decides"
    CONFIRMED = "confirmed", "Confirmed"


class QueueEntry(models.Model):
    """Something that waits in the triage queue: a media item, or a note about what went wrong."""

    class Kind(models.TextChoices):
        ITEM = "item", "To be assessed"
        UNSHOWABLE = "unshowable", "Cannot be shown"
        REFUSED = "refused", "Could not be stored"
        UNREADABLE = "unreadable", "Needs a look"
        TEXT = "text", "Text only"

    class Closing(models.TextChoices):
        DECIDED = "decided", "Decided by analysts"
        RECOGNISED = "recognised", "Recognised, nobody looked"
        NOTED = "noted", "Noted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    item = models.ForeignKey(
        MediaItem, on_delete=models.PROTECT, related_name="queue_entries", null=True, blank=True
    )
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="queue_entries", null=True, blank=True
    )
    cause_id = models.UUIDField(unique=True)  # item, attachment, delivery or report: queued once
    note = models.TextField(blank=True)  # a sentence that says what happened
    verdict = models.CharField(max_length=20, choices=Verdict, default=Verdict.PENDING)
    queued_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closing = models.CharField(max_length=20, choices=Closing, blank=True)

    class Meta:
        verbose_name_plural = "queue entries"
        indexes = [
            models.Index(fields=["queued_at"], condition=Q(closed_at=None), name="open_queue")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Assessment(models.Model):
    """One analyst's opinion of one item. Append-only: who changes their mind writes a new one."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(MediaItem, on_delete=models.PROTECT, related_name="assessments")
    analyst = models.ForeignKey(Analyst, on_delete=models.PROTECT, related_name="assessments")
    facets = models.JSONField()  # assessment/schema.py: Facets
    labels = models.JSONField()  # derived by the packs below
    packs = models.JSONField()  # {"nl": "2026-01", …}: which versions derived them
    note_sealed = models.BinaryField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"opinion on {self.item_id}"
