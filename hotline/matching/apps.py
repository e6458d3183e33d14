"""The Django app."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "hotline.matching"
    label = "matching"
