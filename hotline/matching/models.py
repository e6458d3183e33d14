"""What we know about how items look: their fingerprints, and what these match."""

import uuid

from django.db import models

from hotline.registry.models import HashList
from hotline.vault.models import MediaItem


class Decision(models.TextChoices):
    """What looking an item up led to."""

    KNOWN = "known", "On a list we hold"
    NEW = "new", "New: an analyst must look"


class Inspection(models.Model):
    """What the decoder said of an item, once: shown or not, and why not."""

    item = models.OneToOneField(
        MediaItem, on_delete=models.PROTECT, primary_key=True, related_name="inspection"
    )
    media_type = models.CharField(max_length=100, blank=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    n_frames = models.IntegerField(null=True)
    cause = models.CharField(max_length=40, blank=True)  # baken's Cause when it cannot be shown
    problem = models.TextField(blank=True)  # the sentence for the analyst
    at = models.DateTimeField()
    # The last time it was looked up; blank until the first.
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"inspection of {self.pk}"

    @property
    def can_be_shown(self) -> bool:
        """Whether the decoder could read it."""
        return not self.cause


class StoredFingerprint(models.Model):
    """The result of one algorithm on one item."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(MediaItem, on_delete=models.PROTECT, related_name="fingerprints")
    algorithm = models.CharField(max_length=20)
    version = models.IntegerField(default=1)
    value = models.BinaryField()
    quality = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "algorithm", "version"], name="one_fingerprint_per_algorithm"
            )
        ]
        indexes = [models.Index(fields=["algorithm", "value"], name="fingerprint_value")]

    def __str__(self) -> str:
        return f"{self.algorithm} of {self.item_id}"


class Match(models.Model):
    """A fact: an item's fingerprint lies within `distance` of an entry's or another item's."""

    class Method(models.TextChoices):
        EXACT = "exact", "Same file"
        NEAR = "near", "Same picture"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(MediaItem, on_delete=models.PROTECT, related_name="matches")
    method = models.CharField(max_length=20, choices=Method)
    algorithm = models.CharField(max_length=20)
    distance = models.IntegerField()  # bits; 0 for an exact match
    quality = models.IntegerField(null=True)  # the lower of the two
    # What it matches: an entry of a list, or another item of the vault.
    hash_list = models.ForeignKey(HashList, on_delete=models.PROTECT, null=True, blank=True)
    entry_id = models.UUIDField(null=True, blank=True)
    entry_version = models.IntegerField(null=True, blank=True)
    other_item = models.ForeignKey(
        MediaItem, on_delete=models.PROTECT, related_name="matched_by", null=True, blank=True
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "matches"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "algorithm", "entry_id", "entry_version", "other_item"],
                name="one_row_per_match",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.method} {self.distance}"
