"""Make PostgreSQL itself keep every opinion as it was said."""

from django.db import migrations

MAKE = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON assessment_assessment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON assessment_assessment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
DROP = (
    "DROP TRIGGER refuse_change ON assessment_assessment;"
    "DROP TRIGGER refuse_truncate ON assessment_assessment;"
)


class Migration(migrations.Migration):
    dependencies = [("assessment", "0001_initial"), ("custody", "0002_refuse_changes")]
    operations = [migrations.RunSQL(MAKE, DROP)]
