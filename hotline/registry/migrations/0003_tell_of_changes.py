"""Let the database tell the check server of every change of a list, at its commit."""

from django.db import migrations

MAKE = """
CREATE FUNCTION tell_of_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('baken_list', name) FROM registry_hashlist WHERE id = NEW.hash_list_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_list AFTER INSERT ON registry_hashentry
    FOR EACH ROW EXECUTE FUNCTION tell_of_list();
"""
DROP = "DROP TRIGGER tell_of_list ON registry_hashentry; DROP FUNCTION tell_of_list();"


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_refuse_changes")]
    operations = [migrations.RunSQL(MAKE, DROP)]
