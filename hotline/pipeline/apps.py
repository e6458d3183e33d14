"""The Django app."""

from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "hotline.pipeline"
    label = "pipeline"
