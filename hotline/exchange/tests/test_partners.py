"""Partners and their keys: who is taken in, and what a key opens."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction

from hotline.accounts.models import Analyst
from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.exchange import keys
from hotline.exchange.keys import (
    PartnerInactiveError,
    UnknownKeyError,
    grant_among,
    grant_for,
    key_with_prefix,
    keys_in_force,
    make_key,
    revoke_key,
)
from hotline.exchange.models import ApiKey, Partner
from hotline.exchange.partners import (
    NoListsError,
    PartnerExistsError,
    PartnerNameError,
    UnknownPartnerError,
    add_partner,
    partner_named,
)
from hotline.registry.create_list import create_list
from hotline.registry.log import UnknownListError
from hotline.registry.models import HashList

BASELINE = "baseline"


@pytest.fixture
def partner(hash_list: HashList) -> Partner:
    return add_partner("A hoster", [hash_list.name], actor=Process.COMMAND)


@pytest.mark.usefixtures("partner")
@pytest.mark.parametrize(
    ("name", "lists", "error", "sentence"),
    [
        (" ", [BASELINE], PartnerNameError, "needs a name"),
        ("x" * 201, [BASELINE], PartnerNameError, "at most 200"),
        ("A forum", [], NoListsError, "Say which lists 'A forum' may read"),
        ("A forum", ["nowhere"], UnknownListError, "no list 'nowhere'; the lists are: baseline"),
        (" A hoster ", [BASELINE], PartnerExistsError, "partner 'A hoster' already"),
    ],
)
def test_a_partner_that_cannot_be_is_refused(
    name: str, lists: list[str], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        add_partner(name, lists, actor=Process.COMMAND)
    assert Partner.objects.count() == 1


@pytest.mark.django_db
def test_what_is_unknown_is_said_to_be() -> None:
    with pytest.raises(UnknownPartnerError, match="no partner 'A forum'"):
        partner_named("A forum")
    with pytest.raises(UnknownKeyError, match="no key '00000000'"):
        key_with_prefix("00000000")


@pytest.mark.parametrize("key", ["", "bk_", "bk_00000000_" + "a" * 43, "nonsense"])
def test_an_unknown_key_opens_nothing(partner: Partner, key: str) -> None:
    make_key(partner, actor=Process.COMMAND)
    assert grant_for(key) is None
    assert grant_among(keys_in_force(), key) is None


def test_another_secret_with_the_same_prefix_opens_nothing(partner: Partner) -> None:
    forged = make_key(partner, actor=Process.COMMAND)[:-1] + "~"
    assert grant_for(forged) is None


def test_a_key_opens_its_partner_s_lists_only(partner: Partner) -> None:
    create_list("national", "", ["nl:art-252"], actor=Process.COMMAND)
    key = make_key(partner, actor=Process.COMMAND)
    grant = grant_for(key)
    assert grant == grant_among(keys_in_force(), key)
    assert grant
    assert (grant.partner, grant.lists) == ("A hoster", frozenset({BASELINE}))


def test_a_prefix_that_is_taken_is_not_given_again(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [("first", "00000001", "aa" * 32)] * 2 + [("other", "00000002", "bb" * 32)]
    monkeypatch.setattr(keys, "new_key", lambda: made.pop(0))
    assert make_key(partner, actor=Process.COMMAND) == "first"
    assert make_key(partner, actor=Process.COMMAND) == "other"
    assert str(key_with_prefix("bk_00000002")) == "00000002 of A hoster"


def test_a_key_is_kept_nowhere(partner: Partner, dave: Analyst) -> None:
    secret = make_key(partner, actor=dave).rpartition("_")[2]
    assert secret not in str(list(ApiKey.objects.values()))
    assert secret not in str(list(CustodyEntry.objects.values()))


def test_a_revoked_key_opens_nothing_and_the_others_do(partner: Partner, dave: Analyst) -> None:
    first, second = (make_key(partner, actor=dave) for _ in range(2))
    held = key_with_prefix(first[:11])
    assert revoke_key(held, actor=dave) == revoke_key(held, actor=dave)
    assert grant_for(first) is None
    assert grant_for(second)
    assert list(keys_in_force()) == [second[3:11]]
    actions = list(CustodyEntry.objects.order_by("position").values_list("action", flat=True))
    assert actions == ["partner:added", *["partner:key_made"] * 2, "partner:key_revoked"]


def test_a_partner_that_left_gets_nothing(partner: Partner) -> None:
    key = make_key(partner, actor=Process.COMMAND)
    Partner.objects.update(is_active=False)
    assert (grant_for(key), keys_in_force()) == (None, {})
    with pytest.raises(PartnerInactiveError, match="not active"):
        make_key(partner, actor=Process.COMMAND)


@pytest.fixture
def listening() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory")
    parameters.pop("context")
    with psycopg.connect(**parameters, autocommit=True) as listening:
        listening.execute("LISTEN baken_keys")
        yield listening


@pytest.mark.django_db(transaction=True)
def test_every_change_of_a_key_or_its_rights_is_told(
    listening: psycopg.Connection[tuple[object, ...]], hash_list: HashList
) -> None:
    def is_told() -> bool:
        return bool(list(listening.notifies(timeout=2, stop_after=1)))

    partner = add_partner("A hoster", [hash_list.name], actor=Process.COMMAND)
    assert is_told()
    make_key(partner, actor=Process.COMMAND)
    assert is_told()
    revoke_key(ApiKey.objects.get(), actor=Process.COMMAND)
    assert is_told()
    partner.lists.clear()
    assert is_told()
    with transaction.atomic():
        Partner.objects.update(is_active=False)
        transaction.set_rollback(True)
    assert not list(listening.notifies(timeout=0.2))
