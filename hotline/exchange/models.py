"""Partners: the organisations that read our lists, and the keys they read them with."""

import uuid

from django.db import models

from hotline.registry.models import HashList


class Partner(models.Model):
    """An organisation that reads lists."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    lists = models.ManyToManyField(HashList, related_name="partners")
    is_active = models.BooleanField(default=True)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A partner's key; shown once, kept as prefix and digest (baken.edge.keys has the format)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix} of {self.partner}"
