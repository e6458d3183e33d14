"""The code of a report: short, readable over the telephone, and it says nothing.

No vowels, so that no code is a word, and none of the letters and digits that are taken for
one another. A chat's code has six signs and tells nothing but the state. The web form's
has twelve, because whoever knows it may read our answers.
"""

import secrets

from hotline.vault.encryption import tag

ALPHABET = "BCDFGHJKMNPQRTVWXY346789"
GROUP = 3
SHORT = 6
LONG = 12
PURPOSE = "web form reference"


def new_reference() -> str:
    """Return a random short code."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(SHORT)))


def web_reference(form_id: str) -> str:
    """Return the long code of one opened web form: the same form always has the same."""
    digest = tag(form_id, purpose=PURPOSE)
    # 256 = 10 * 24 + 16: a byte modulo 24 leans a little to the first signs, so take two.
    pairs = zip(digest[::2], digest[1::2], strict=True)
    signs = [ALPHABET[(high * 256 + low) % len(ALPHABET)] for high, low in pairs]
    return _grouped("".join(signs[:LONG]))


def canonical(typed: str) -> str:
    """Return the code as we write it, or nothing where this cannot be one."""
    signs = "".join(sign for sign in typed.upper() if sign not in " -.")
    is_code = len(signs) in {SHORT, LONG} and all(sign in ALPHABET for sign in signs)
    return _grouped(signs) if is_code else ""


def _grouped(signs: str) -> str:
    return "-".join(signs[start : start + GROUP] for start in range(0, len(signs), GROUP))
