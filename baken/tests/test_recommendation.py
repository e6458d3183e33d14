"""What we recommend about a match."""

import pytest

from baken.edge.recommendation import recommended_action
from baken.hashlist import Action, Kind


@pytest.mark.parametrize("action", Action)
def test_the_same_file_gets_the_action_of_its_entry(action: Action) -> None:
    assert recommended_action(Kind.EXACT, action) is action


@pytest.mark.parametrize("action", Action)
def test_a_file_that_only_looks_alike_is_for_a_person_to_look_at(action: Action) -> None:
    assert recommended_action(Kind.NEAR, action) is Action.REVIEW
