"""What we recommend a site to do about a match. The site decides; this is one rule, on purpose.

Experts confirmed the original of an entry. The same digest is that very file, so the entry's own
action stands. A near match is another file that looks alike, which nobody has seen: a person
must look, however few bits the two are apart.
"""

from baken.hashlist import Action, Kind


def recommended_action(kind: Kind, entry_action: Action) -> Action:
    """Return the action for a match of this kind with an entry of that action."""
    return entry_action if kind is Kind.EXACT else Action.REVIEW
