"""Make PostgreSQL itself refuse changes to append-only tables."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""
TRIGGERS = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON custody_custodyentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON custody_custodyentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("custody", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_change()"),
        migrations.RunSQL(
            TRIGGERS,
            "DROP TRIGGER refuse_change ON custody_custodyentry;"
            "DROP TRIGGER refuse_truncate ON custody_custodyentry;",
        ),
    ]
