"""A picking list that was written cannot be changed or deleted, by whoever it be."""

from django.db import migrations

TABLES = ("distribution_pickinglist", "distribution_pickingrow", "distribution_pickingline")

REFUSE = """
CREATE FUNCTION distribution_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a picking list is immutable: write a new version' USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION distribution_refuse_change();\n"
    for table in TABLES
)
ALLOW = (
    "".join(f"DROP TRIGGER {table}_immutable ON {table};\n" for table in TABLES)
    + "DROP FUNCTION distribution_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("distribution", "0002_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
