"""Who acts: a person with an account, or a named process."""

from enum import StrEnum

from hotline.accounts.models import Analyst


class Process(StrEnum):
    """A part of the system that acts by itself."""

    SERVER = "process:server"
    WORKER = "process:worker"
    COMMAND = "process:command"


Actor = Analyst | Process


def name_of(actor: Actor) -> str:
    """Return how the custody log calls the actor: a stable id, not a person's name."""
    return actor.value if isinstance(actor, Process) else f"analyst:{actor.pk}"
