"""Make PostgreSQL itself keep the logs of the lists as they were written."""

from django.db import migrations

TABLES = ["registry_hashentry", "registry_publicationrefusal"]
MAKE = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
DROP = "DROP TRIGGER refuse_change ON {table}; DROP TRIGGER refuse_truncate ON {table};"


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial"), ("custody", "0002_refuse_changes")]
    operations = [
        migrations.RunSQL(MAKE.format(table=table), DROP.format(table=table)) for table in TABLES
    ]
