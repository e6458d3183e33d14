"""The commands for lists, partners and keys: what they refuse, and the key they print."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from hotline.exchange.keys import grant_for
from hotline.exchange.models import Partner
from hotline.registry.models import HashList


def _call(*words: str) -> list[str]:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("hash_list")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add_partner", "A hoster"], "Say which lists 'A hoster' may read"),
        (["add_partner", "A hoster", "--list", "nowhere"], "There is no list 'nowhere'"),
        (["make_key", "A hoster"], "There is no partner 'A hoster'"),
        (["revoke_key", "00000000"], "There is no key '00000000'"),
        (["create_list", "national"], "Say which labels list 'national' accepts"),
        (["create_list", "No/Name", "--accept", "x:y"], "cannot be a list's name"),
        (["create_list", "baseline", "--accept", "x:y"], "There is a list 'baseline' already"),
    ],
)
def test_a_command_that_cannot_says_why(words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        _call(*words)
    assert not Partner.objects.exists()


@pytest.mark.usefixtures("hash_list")
def test_a_new_partner_s_key_is_printed_and_opens_its_lists() -> None:
    *_, key = _call("add_partner", "A hoster", "--list", "baseline")
    grant = grant_for(key)
    assert grant
    assert grant.lists == frozenset({"baseline"})
    [other] = _call("make_key", "A hoster")
    [said] = _call("revoke_key", key[3:11])
    assert said == f"Key {key[3:11]} of 'A hoster' opens nothing any more."
    assert grant_for(key) is None
    assert grant_for(other)


@pytest.mark.django_db
def test_a_list_is_made_with_what_it_accepts() -> None:
    [said] = _call("create_list", "national", "--accept", "nl:art-252", "--title", "National")
    assert said == "List 'national' accepts: nl:art-252."
    assert HashList.objects.get(name="national").title == "National"
