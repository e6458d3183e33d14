"""What lies in the vault."""

import uuid

from django.db import models
from django.db.models import Q


class MediaItem(models.Model):
    """One distinct file, however often reported. Its bytes are an encrypted object in the vault."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.BinaryField(max_length=32)  # of the plaintext; in the database only
    size = models.BigIntegerField()  # bytes of plaintext
    object_name = models.CharField(max_length=64)  # SHA-256 of the ciphertext, hexadecimal
    wrapped_key = models.BinaryField(null=True)  # None once disposed of: the item is gone
    stored_at = models.DateTimeField()
    disposed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # Same bytes from two reporters are one item, two sightings.
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(disposed_at=None), name="one_item_per_content"
            ),
            models.CheckConstraint(
                condition=Q(disposed_at=None) | Q(wrapped_key=None), name="disposed_has_no_key"
            ),
        ]

    def __str__(self) -> str:
        return f"media item {self.pk}"
