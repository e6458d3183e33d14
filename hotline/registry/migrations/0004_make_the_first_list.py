"""Give a new installation the list that it publishes on: the narrowest, the baseline."""

import uuid

from django.apps.registry import Apps
from django.db import migrations

NAME = "baseline"


def make_the_first_list(apps: Apps, _schema_editor: object) -> None:
    """Make the list, unless this installation has lists already."""
    HashList = apps.get_model("registry", "HashList")
    if not HashList.objects.exists():
        HashList.objects.create(
            id=uuid.uuid4(), name=NAME, title="Baseline", accepts=["inhope:baseline"]
        )


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_tell_of_changes")]
    operations = [migrations.RunPython(make_the_first_list, migrations.RunPython.noop)]
