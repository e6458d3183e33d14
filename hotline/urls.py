"""Every address of the server."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hotline.console.urls")),
    path("", include("hotline.webhooks.urls")),
    path("", include("hotline.partner_api.urls")),
]
handler403 = "hotline.console.errors.refused"
handler404 = "hotline.console.errors.not_found"
handler500 = "hotline.console.errors.broken"
