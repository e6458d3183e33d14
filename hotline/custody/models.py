"""The custody log: append-only, and each entry holds the hash of the one before."""

from django.db import models


class CustodyEntry(models.Model):
    """Who did what to which object, when and why. The database refuses changes to it."""

    position = models.BigIntegerField(primary_key=True)  # from 1, without gaps
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    actor = models.CharField(max_length=100)
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="custody_subject")]

    def __str__(self) -> str:
        return f"{self.position} {self.action}"
