"""The addresses of the console; every view but those of signing in asks for a permission."""

from django.urls import path

from hotline.console import item, lists, media, notes, queue, sign_in, stuck

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in", sign_in.explain, name="sign_in"),
    path("sign-in/link/<str:token>", sign_in.link, name="sign_in_link"),
    path("sign-out", sign_in.leave, name="sign_out"),
    path("queue", queue.page, name="queue"),
    path("queue/rows", queue.rows, name="queue_rows"),
    path("items/<uuid:item_id>", item.page, name="item"),
    path("items/<uuid:item_id>/assess", item.assess, name="assess"),
    path("items/<uuid:item_id>/labels", item.labels, name="labels"),
    path("items/<uuid:item_id>/reports/<uuid:report_id>", item.text, name="item_text"),
    path("items/<uuid:item_id>/still", media.still, name="still"),
    path("items/<uuid:item_id>/reveal", media.reveal, name="reveal"),
    path("items/<uuid:item_id>/hidden", media.hidden, name="hidden"),
    path("notes/<uuid:entry_id>", notes.page, name="note"),
    path("notes/<uuid:entry_id>/text", notes.text, name="note_text"),
    path("notes/<uuid:entry_id>/noted", notes.noted, name="noted"),
    path("list", lists.page, name="list"),
    path("list/<uuid:entry_id>", lists.entry, name="entry"),
    path("list/<uuid:entry_id>/retract", lists.retract, name="retract"),
    path("stuck", stuck.page, name="stuck"),
]
