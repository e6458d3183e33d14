"""The addresses that chat apps and reporters use; nobody signs in here."""

from django.urls import path

from hotline.webhooks.chat import webhook
from hotline.webhooks.report_page import report, standing

urlpatterns = [
    path("webhooks/<slug:name>", webhook, name="webhook"),
    path("report", report, name="report"),
    path("report/<str:reference>", standing, name="report-standing"),
]
