"""What reporters sent, and what we answer. Addresses and texts are sealed (vault/encryption.py)."""

import uuid

import msgspec
from django.db import models
from django.db.models import Q

from hotline.channels import base
from hotline.vault.encryption import seal, seal_text, tag, unseal, unseal_text
from hotline.vault.models import MediaItem

# What each sealed thing is bound to, so that one can never be taken for another.
BODY = "delivery body"
ADDRESS = "reporter address"
TEXT = "message text"
DETAILS = "attachment details"
REPLY = "reply text"


class Delivery(models.Model):
    """The raw body of one webhook or event, kept before anything reads it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be read"
        READ = "read", "Read"
        NEEDS_A_LOOK = "needs_a_look", "Needs a look"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(max_length=20)
    tag = models.BinaryField(max_length=32)  # keyed hash of the body: a re-delivery is a no-op
    # None once its reporter's address is erased, and where it was nobody's message.
    body_sealed = models.BinaryField(null=True)
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["channel", "tag"], name="one_row_per_delivery")
        ]

    def __str__(self) -> str:
        return f"{self.channel} delivery {self.pk}"

    @property
    def body(self) -> bytes | None:
        """The raw body, or None once it is erased."""
        return None if self.body_sealed is None else unseal(self.body_sealed, purpose=BODY)


class RefusedDelivery(models.Model):
    """How often a channel refused something, per day and cause; nothing of it is kept."""

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=20)
    cause = models.CharField(max_length=20)  # "signature", "malformed", "too large"
    day = models.DateField()
    count = models.IntegerField(default=0)

    class Meta:
        verbose_name_plural = "refused deliveries"
        constraints = [
            models.UniqueConstraint(fields=["channel", "cause", "day"], name="one_count_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.cause} {self.day}: {self.count}"


class Reporter(models.Model):
    """The person who reports, known by nothing but the address that replies go to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(max_length=20)
    address_tag = models.BinaryField(max_length=32, null=True)  # keyed hash, to find them again
    address_sealed = models.BinaryField(null=True)
    language = models.CharField(max_length=10, blank=True)
    is_blocked = models.BooleanField(default=False)  # they blocked us: do not write
    first_seen_at = models.DateTimeField()
    address_erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address_tag"],
                condition=Q(address_tag__isnull=False),
                name="one_reporter_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"reporter {self.pk}"

    @property
    def address(self) -> str | None:
        """Where replies go, or None once it is erased."""
        return (
            None
            if self.address_sealed is None
            else unseal_text(self.address_sealed, purpose=ADDRESS)
        )

    @staticmethod
    def tag_of(channel: str, address: str) -> bytes:
        """Return what a reporter is found again by: a keyed hash of the address."""
        return tag(f"{channel}\0{address}", purpose=ADDRESS)

    @staticmethod
    def sealed(address: str) -> bytes:
        """Return the address as the database keeps it."""
        return seal_text(address, purpose=ADDRESS)


class Report(models.Model):
    """One submission: its texts, attachments and what came of it."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        IN_ASSESSMENT = "in_assessment", "Being looked at"
        CLOSED = "closed", "Done"

    class Outcome(models.TextChoices):
        KNOWN = "known", "Known and reported before"
        LISTED = "listed", "On the hash list since"
        ILLEGAL = "illegal", "Illegal, not on the list"
        NOT_ILLEGAL = "not_illegal", "Not illegal"
        NOTHING_TO_ASSESS = "nothing_to_assess", "Nothing that could be assessed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)  # short, readable, says nothing
    reporter = models.ForeignKey(Reporter, on_delete=models.PROTECT, related_name="reports")
    state = models.CharField(max_length=20, choices=State, default=State.RECEIVED)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    dialogue = models.JSONField(default=dict)  # intake/dialogue.py: DialogueState
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.reference


class Message(models.Model):
    """One message from a reporter, as the adapter understood it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="messages")
    reporter = models.ForeignKey(  # None where the provider did not say who
        Reporter, on_delete=models.PROTECT, related_name="messages", null=True, blank=True
    )
    report = models.ForeignKey(  # None for commands, and for what belongs to no report
        Report, on_delete=models.PROTECT, related_name="messages", null=True, blank=True
    )
    channel = models.CharField(max_length=20)
    tag = models.BinaryField(max_length=32)  # keyed hash of the provider's id
    kind = models.CharField(max_length=20)  # channels.base.MessageKind
    raw_type = models.CharField(max_length=60, blank=True)
    is_forwarded = models.BooleanField(default=False)
    text_sealed = models.BinaryField(null=True)
    # The tags of the message that this one withdraws, edits or reacts to, and of its album.
    about_tag = models.BinaryField(max_length=32, null=True)
    album_tag = models.BinaryField(max_length=32, null=True)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "tag"], name="one_row_per_message")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.kind} {self.pk}"

    @property
    def text(self) -> str:
        """What the reporter wrote; empty where they wrote nothing."""
        return "" if self.text_sealed is None else unseal_text(self.text_sealed, purpose=TEXT)

    @property
    def is_withdrawn(self) -> bool:
        """Whether the sender took it back later; the evidence stays."""
        return Message.objects.filter(
            channel=self.channel,
            about_tag=bytes(self.tag),
            kind=base.MessageKind.WITHDRAWN,
        ).exists()

    @staticmethod
    def tag_of(channel: str, message_id: str) -> bytes:
        """Return what a message is found again by: a keyed hash of the provider's id."""
        return tag(f"{channel}\0{message_id}", purpose="message id")


class Attachment(models.Model):
    """A file that came with a message, on its way into the vault."""

    class State(models.TextChoices):
        WAITING = "waiting", "On its way"
        STORED = "stored", "In the vault"
        FAILED = "failed", "Could not be fetched"
        TOO_LARGE = "too_large", "Too large"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    ordinal = models.IntegerField()  # its place in the message
    details_sealed = models.BinaryField()  # channels.base.Attachment, as JSON
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    problem = models.TextField(blank=True)  # a sentence for the analyst
    n_tries = models.IntegerField(default=0)
    is_acknowledged = models.BooleanField(default=False)  # the reporter was told
    item = models.ForeignKey(
        MediaItem, on_delete=models.PROTECT, related_name="attachments", null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "ordinal"], name="one_row_per_attachment")
        ]

    def __str__(self) -> str:
        return f"attachment {self.pk}"

    @property
    def details(self) -> base.Attachment:
        """What the reporter's app said of the file; without its `ref` once it is settled."""
        return msgspec.json.decode(
            unseal(self.details_sealed, purpose=DETAILS), type=base.Attachment
        )

    @staticmethod
    def sealed(details: base.Attachment) -> bytes:
        """Return the details as the database keeps them."""
        return seal(msgspec.json.encode(details), purpose=DETAILS)


class Sighting(models.Model):
    """That a media item was seen: in which report, when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(MediaItem, on_delete=models.PROTECT, related_name="sightings")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="sightings")
    attachment = models.OneToOneField(Attachment, on_delete=models.PROTECT, related_name="sighting")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.item_id} in {self.report_id}"


class Reply(models.Model):
    """The outbox: one text on its way to a reporter, about a report or before there is one."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be sent"
        DROPPED = "dropped", "Not sent: the address is erased or the reporter blocked us"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reporter = models.ForeignKey(Reporter, on_delete=models.PROTECT, related_name="replies")
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="replies", null=True, blank=True
    )
    message = models.ForeignKey(  # what it answers, where it answers one message
        Message, on_delete=models.PROTECT, related_name="replies", null=True, blank=True
    )
    key = models.CharField(max_length=60)  # the text's name in the language file
    # What makes it one: asking twice for the same reply writes one row.
    cause = models.CharField(max_length=100)
    text_sealed = models.BinaryField()
    choices = models.JSONField(default=list)  # [{"id", "label"}]
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    problem = models.TextField(blank=True)
    n_tries = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.UniqueConstraint(fields=["reporter", "cause"], name="one_reply_per_cause")
        ]

    def __str__(self) -> str:
        return f"{self.key} to {self.reporter}"

    @property
    def text(self) -> str:
        """What the reporter reads."""
        return unseal_text(self.text_sealed, purpose=REPLY)
