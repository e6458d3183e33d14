"""The Django app."""

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "hotline.custody"
    label = "custody"
