"""Let the database tell the check server when it must read the partners' keys again."""

from django.db import migrations

TABLES = ["exchange_partner", "exchange_partner_lists", "exchange_apikey"]
FUNCTION = """
CREATE FUNCTION tell_of_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('baken_keys', '');
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER tell_of_keys AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION tell_of_keys();
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION tell_of_keys()"),
        *[
            migrations.RunSQL(
                TRIGGER.format(table=table), f"DROP TRIGGER tell_of_keys ON {table}"
            )
            for table in TABLES
        ],
    ]
