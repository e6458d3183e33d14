"""Open an account for a person."""

from django.core.exceptions import ValidationError

from hotline.accounts.models import Analyst, Role


class NameTakenError(Exception):
    """Somebody has this user name already."""

    def __init__(self, username: str) -> None:
        super().__init__(f"There is an account called '{username}' already; choose another name.")


class NameRefusedError(Exception):
    """A user name that cannot be one."""

    def __init__(self, username: str) -> None:
        super().__init__(
            f"'{username}' cannot be a user name: use letters, digits and @ . + - _ only."
        )


def add_analyst(username: str, role: Role) -> Analyst:
    """Return a new account; it has no password, only sign-in links open it."""
    if Analyst.objects.filter(username=username).exists():
        raise NameTakenError(username)
    analyst = Analyst(username=username, role=role)
    analyst.set_unusable_password()
    try:
        analyst.full_clean()
    except ValidationError:
        raise NameRefusedError(username) from None
    analyst.save(force_insert=True)
    return analyst
