"""The addresses for machines."""

from django.urls import path

from hotline.partner_api.health import health, ready

urlpatterns = [
    path("health", health, name="health"),
    path("ready", ready, name="ready"),
]
