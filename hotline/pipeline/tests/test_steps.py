"""The flow from a forwarded picture to the list, as jobs in one process."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from hotline.accounts.models import Analyst
from hotline.assessment.models import QueueEntry, Verdict
from hotline.assessment.schema import Facets, facets_from
from hotline.custody.models import CustodyEntry
from hotline.custody.verify import verify
from hotline.intake.models import Report, Sighting
from hotline.matching.models import Inspection, Match, StoredFingerprint
from hotline.pipeline import steps
from hotline.pipeline.tests.provider import FolderProvider
from hotline.registry.models import EntryState, HashEntry, HashList, PublicationRefusal
from hotline.vault.models import MediaItem
from tests.pictures import landscape, to_jpeg

pytestmark = pytest.mark.django_db(transaction=True)

Work = Callable[[], None]
Forward = Callable[..., bool]

PICTURE = landscape(7, (1200, 900))
ORIGINAL = to_jpeg(PICTURE, 90)
COPY = to_jpeg(PICTURE.resize((600, 450)), 40)
BASELINE = facets_from(
    {"depiction": "real", "ages": ["3-6"], "conduct": ["sexual-act"], "urgency": "none-seen"}
)
NOT_ILLEGAL = facets_from({"depiction": "real", "ages": ["nobody"], "conduct": ["none"]})
FLAT = Image.new("RGB", (800, 600), (90, 120, 90))


@pytest.fixture(autouse=True)
def hash_list() -> HashList:
    return HashList.objects.get_or_create(
        name="baseline", defaults={"title": "Baseline", "accepts": ["inhope:baseline"]}
    )[0]


def agree(people: tuple[Analyst, Analyst], facets: Facets) -> None:
    entry = QueueEntry.objects.get(closed_at=None)
    assert steps.assess(entry, facets, analyst=people[0]) is Verdict.PENDING
    assert steps.assess(entry, facets, analyst=people[1]) is Verdict.CONFIRMED


def test_a_forwarded_picture_is_stored_queued_and_acknowledged(
    forward: Forward, work: Work, provider: FolderProvider
) -> None:
    assert forward("+31600000001", file=ORIGINAL)
    work()
    report = Report.objects.get()
    assert report.state == Report.State.IN_ASSESSMENT
    assert QueueEntry.objects.get().kind == QueueEntry.Kind.ITEM
    (reply,) = provider.heard_by("+31600000001")
    assert report.reference in reply
    ours = ProcrastinateJob.objects.exclude(task_name="pipeline.sweep_stalled_jobs")
    assert set(ours.values_list("status", flat=True)) == {"succeeded"}


def test_what_two_confirm_is_listed_and_both_reporters_hear_it(
    forward: Forward, work: Work, provider: FolderProvider, people: tuple[Analyst, Analyst]
) -> None:
    forward("+31600000001", file=ORIGINAL)
    forward("+31600000002", file=ORIGINAL)
    work()
    assert MediaItem.objects.count() == 1
    assert Sighting.objects.count() == 2
    agree(people, BASELINE)
    work()
    entry = HashEntry.objects.get()
    assert (entry.position, entry.state) == (1, EntryState.LISTED)
    assert {f["algorithm"] for f in entry.fingerprints} == {"md5", "sha1", "sha256", "pdq"}
    assert list(Report.objects.values_list("outcome", flat=True)) == ["listed", "listed"]
    assert len(provider.heard_by("+31600000002")) == 2


def test_a_copy_of_a_listed_picture_is_closed_unseen(
    forward: Forward, work: Work, provider: FolderProvider, people: tuple[Analyst, Analyst]
) -> None:
    forward("+31600000001", file=ORIGINAL)
    work()
    agree(people, BASELINE)
    work()
    forward("+31600000003", file=COPY)
    work()
    match = Match.objects.get(item__sightings__report__outcome="known", other_item=None)
    assert (match.method, match.distance <= 31) == ("near", True)
    assert not QueueEntry.objects.filter(item=match.item).exists()
    opened = CustodyEntry.objects.filter(action="media:opened", subject_id=str(match.item_id))
    assert [entry.details["reason"] for entry in opened] == ["fingerprint"]
    assert len(provider.heard_by("+31600000003")) == 2


def test_a_copy_that_waits_is_recognised_when_the_original_is_listed(
    forward: Forward, work: Work, people: tuple[Analyst, Analyst]
) -> None:
    forward("+31600000001", file=ORIGINAL)
    work()
    original = QueueEntry.objects.get()
    forward("+31600000002", file=COPY)
    work()
    for analyst in people:
        steps.assess(original, BASELINE, analyst=analyst)
    work()
    closings = QueueEntry.objects.order_by("queued_at").values_list("closing", flat=True)
    assert list(closings) == ["decided", "recognised"]
    assert set(Report.objects.values_list("outcome", flat=True)) == {"listed"}


def test_what_is_not_illegal_is_closed_and_stays_decided(
    forward: Forward, work: Work, people: tuple[Analyst, Analyst]
) -> None:
    forward("+31600000001", file=ORIGINAL)
    work()
    agree(people, NOT_ILLEGAL)
    work()
    forward("+31600000002", file=ORIGINAL)
    work()
    assert not HashEntry.objects.exists()
    assert set(Report.objects.values_list("outcome", flat=True)) == {"not_illegal"}
    assert not QueueEntry.objects.filter(closed_at=None).exists()


def test_a_picture_with_nothing_in_it_is_refused_with_the_reason(
    forward: Forward, work: Work, people: tuple[Analyst, Analyst]
) -> None:
    forward("+31600000001", file=to_jpeg(FLAT))
    work()
    agree(people, BASELINE)
    work()
    assert "quality" in PublicationRefusal.objects.get().reasons[0]
    assert not HashEntry.objects.exists()
    assert Report.objects.get().outcome == Report.Outcome.ILLEGAL


def test_a_retracted_item_is_seen_again_when_it_comes_again(
    forward: Forward, work: Work, people: tuple[Analyst, Analyst]
) -> None:
    forward("+31600000001", file=ORIGINAL)
    work()
    agree(people, BASELINE)
    work()
    steps.retract(HashEntry.objects.get().entry_id, "It is a stock picture.", analyst=people[0])
    forward("+31600000002", file=ORIGINAL)
    work()
    entry = QueueEntry.objects.get()
    assert (entry.closed_at, entry.verdict) == (None, Verdict.PENDING)
    agree(people, NOT_ILLEGAL)
    work()
    assert HashEntry.objects.latest("position").state == EntryState.RETRACTED
    assert Report.objects.latest("opened_at").outcome == Report.Outcome.NOT_ILLEGAL


def _png_bomb() -> bytes:
    """Return a PNG that says it is 60,000 x 60,000 pixels."""
    drawn = BytesIO()
    FLAT.save(drawn, "PNG")
    png = bytearray(drawn.getvalue())
    png[16:24] = struct.pack(">II", 60_000, 60_000)
    png[29:33] = struct.pack(">I", zlib.crc32(png[12:29]))
    return bytes(png)


@pytest.mark.parametrize(
    ("file", "cause"),
    [
        (b"\xff", "not_an_image"),
        (ORIGINAL[:20_000], "truncated"),
        (_png_bomb(), "too_many_pixels"),
        (b"MZ" + b"\0" * 5000, "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported"),
        (b"%PDF-1.7", "unsupported"),
    ],
    ids=["one byte", "truncated", "bomb", "executable", "svg", "pdf"],
)
def test_a_file_that_cannot_be_shown_stays_a_report(
    forward: Forward, work: Work, provider: FolderProvider, file: bytes, cause: str
) -> None:
    forward("+31600000001", file=file)
    work()
    entry = QueueEntry.objects.get()
    assert entry.kind == QueueEntry.Kind.UNSHOWABLE
    inspection = Inspection.objects.get(item=entry.item_id)
    assert (inspection.cause, inspection.problem) == (cause, entry.note)
    (reply,) = provider.heard_by("+31600000001")
    assert Report.objects.get().reference in reply


def test_an_animated_gif_is_known_by_its_first_frame(forward: Forward, work: Work) -> None:
    gif = BytesIO()
    frames = [PICTURE.resize((300, 225)), FLAT.resize((300, 225))]
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    forward("+31600000001", file=gif.getvalue())
    work()
    assert QueueEntry.objects.get().kind == QueueEntry.Kind.ITEM
    inspection = Inspection.objects.get()
    assert (inspection.media_type, inspection.n_frames) == ("image/gif", 2)
    assert StoredFingerprint.objects.filter(algorithm="pdq", quality__gte=50).exists()


def test_a_file_of_two_hundred_megabytes_is_a_note_and_a_kind_reply(
    forward: Forward, work: Work, provider: FolderProvider
) -> None:
    forward("+31600000001", file=b"")
    (path,) = provider.files.iterdir()
    with path.open("wb") as large:
        large.truncate(200 << 20)
    work()
    entry = QueueEntry.objects.get()
    assert entry.kind == QueueEntry.Kind.REFUSED
    assert "100 MiB" in entry.note
    assert len(provider.heard_by("+31600000001")) == 1


def test_a_noted_file_closes_its_report(forward: Forward, work: Work) -> None:
    analyst = Analyst.objects.create(username="alice")
    forward("+31600000001", file=b"not a picture")
    work()
    steps.close_note(QueueEntry.objects.get(), analyst=analyst)
    work()
    assert Report.objects.get().outcome == Report.Outcome.NOTHING_TO_ASSESS


def test_a_file_the_provider_lost_is_a_note_in_the_queue(
    forward: Forward, work: Work, provider: FolderProvider
) -> None:
    forward("+31600000001", file=ORIGINAL)
    for path in provider.files.iterdir():
        path.unlink()
    work()
    entry = QueueEntry.objects.get()
    assert (entry.kind, entry.item) == (QueueEntry.Kind.REFUSED, None)
    assert "no longer has the file" in entry.note
    assert len(provider.heard_by("+31600000001")) == 1


def test_a_text_is_queued_for_a_person(forward: Forward, work: Work) -> None:
    forward("+31600000001", text="There is a group that shares such pictures.")
    work()
    assert QueueEntry.objects.get().kind == QueueEntry.Kind.TEXT


def test_a_redelivery_changes_nothing(work: Work, provider: FolderProvider) -> None:
    body = b'{"id":"m1","address":"+31600000001","text":"hello"}'
    assert steps.receive("whatsapp", body)
    assert not steps.receive("whatsapp", body)
    work()
    assert len(provider.heard_by("+31600000001")) == 1


def test_an_unreadable_delivery_waits_for_a_person(work: Work, provider: FolderProvider) -> None:
    steps.receive("whatsapp", b'{"never": "seen before"}')
    work()
    assert QueueEntry.objects.get().kind == QueueEntry.Kind.UNREADABLE


def test_the_custody_log_of_a_whole_story_is_whole(
    forward: Forward, work: Work, people: tuple[Analyst, Analyst]
) -> None:
    forward("+31600000001", file=ORIGINAL)
    work()
    agree(people, BASELINE)
    work()
    actions = [entry.action for entry in CustodyEntry.objects.order_by("position")]
    assert verify(CustodyEntry.objects.order_by("position")).position == len(actions)
    assert actions.index("report:received") < actions.index("media:stored")
    assert actions.index("media:queued") < actions.index("media:assessed")
    assert actions.index("entry:published") < actions.index("report:closed")
