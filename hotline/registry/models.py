"""The hash lists, as logs: a change of an entry is a new row, never an update."""

import uuid

from django.db import models


class HashList(models.Model):
    """A list that partners read. `position` is the newest position of its log."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.SlugField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    # An item may go on the list when it carries one of these labels.
    accepts = models.JSONField(default=list)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class EntryState(models.TextChoices):
    """As baken.hashlist.State."""

    LISTED = "listed", "On the list"
    RETRACTED = "retracted", "Retracted"


class HashEntry(models.Model):
    """One line of a list's log: what entry `entry_id` is from `position` on. Append-only."""

    id = models.BigAutoField(primary_key=True)
    hash_list = models.ForeignKey(HashList, on_delete=models.PROTECT, related_name="log")
    position = models.BigIntegerField()
    entry_id = models.UUIDField()
    version = models.IntegerField()
    state = models.CharField(max_length=20, choices=EntryState)
    at = models.DateTimeField()
    # As the feed carries them: [{"algorithm", "value", "quality"}]; kept on a tombstone too,
    # for our own records; the feed leaves them out there.
    fingerprints = models.JSONField()
    labels = models.JSONField(default=list)
    reason = models.TextField(blank=True)  # why it was retracted
    # The item it was made from. No foreign key: the entry outlives the item's disposal.
    item_id = models.UUIDField(null=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hash_list", "position"], name="one_row_per_position"),
            models.UniqueConstraint(fields=["entry_id", "version"], name="one_row_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.hash_list}:{self.position} {self.state}"


class PublicationRefusal(models.Model):
    """Why a confirmed item did not go on a list; shown to the analysts. Append-only."""

    id = models.BigAutoField(primary_key=True)
    hash_list = models.ForeignKey(HashList, on_delete=models.PROTECT, related_name="refusals")
    item_id = models.UUIDField(db_index=True)
    reasons = models.JSONField()  # sentences
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.item_id} not on {self.hash_list}"
