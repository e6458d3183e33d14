"""The people who work here, and the one-time links they sign in with."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

LINK_LIFETIME = timedelta(hours=12)


class Role(models.TextChoices):
    """What somebody is here to do; permissions.py says what each may."""

    ANALYST = "analyst", "Analyst"
    SENIOR = "senior", "Senior analyst"
    PARTNER_MANAGER = "partner_manager", "Partner manager"
    ADMINISTRATOR = "administrator", "Administrator"


class Analyst(AbstractUser):
    """A person with an account. Staff only: reporters and partners have none."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField(max_length=20, choices=Role, default=Role.ANALYST)

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class SignInLink(models.Model):
    """A link that signs one person in, once, for a short time; only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    analyst = models.ForeignKey(Analyst, on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"sign-in link of {self.analyst}"
