"""Tell the relay, when it commits, that there is news or a letter."""

from django.db import migrations

NOTIFY = """
CREATE FUNCTION core_notify_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('cagette_news', '');
    RETURN NULL;
END $$;
CREATE TRIGGER core_outbox_news AFTER INSERT ON core_outboxevent FOR EACH STATEMENT EXECUTE FUNCTION core_notify_news();
CREATE TRIGGER core_letter_news AFTER INSERT ON core_letter FOR EACH STATEMENT EXECUTE FUNCTION core_notify_news();
"""
SILENCE = """
DROP TRIGGER core_letter_news ON core_letter;
DROP TRIGGER core_outbox_news ON core_outboxevent;
DROP FUNCTION core_notify_news();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_initial")]

    operations = [migrations.RunSQL(NOTIFY, SILENCE)]
