"""The Django app."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "hotline.registry"
    label = "registry"
