"""Making lists, by verb and by migration."""

import importlib

import pytest
from django.apps import apps

from hotline.custody.actors import Process
from hotline.custody.models import CustodyEntry
from hotline.registry.create_list import (
    ListExistsError,
    ListNameError,
    NothingAcceptedError,
    create_list,
)
from hotline.registry.models import HashList

migration = importlib.import_module("hotline.registry.migrations.0004_make_the_first_list")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "../up", "Upper", "a" * 65])
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ListNameError, match="cannot be a list's name"):
        create_list(name, "", ["inhope:baseline"], actor=Process.COMMAND)


@pytest.mark.usefixtures("hash_list")
def test_a_list_that_exists_or_takes_nothing_is_refused() -> None:
    with pytest.raises(ListExistsError, match="'baseline' already"):
        create_list("baseline", "", ["nl:art-252"], actor=Process.COMMAND)
    with pytest.raises(NothingAcceptedError, match="which labels"):
        create_list("national", "", [], actor=Process.COMMAND)


@pytest.mark.django_db
def test_a_list_is_made_empty_and_recorded() -> None:
    made = create_list("national", "", ["nl:art-252"], actor=Process.COMMAND)
    assert (made.position, made.title, made.accepts) == (0, "national", ["nl:art-252"])
    assert CustodyEntry.objects.get().action == "list:created"


@pytest.mark.django_db
def test_the_migration_makes_the_first_list_and_leaves_other_installations_alone() -> None:
    HashList.objects.all().delete()
    migration.make_the_first_list(apps, None)
    assert HashList.objects.get().name == "baseline"
    HashList.objects.update(name="ours")
    migration.make_the_first_list(apps, None)
    assert HashList.objects.get().name == "ours"
