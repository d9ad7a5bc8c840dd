"""How a PostgreSQL database of a test is set back to how it was filled: ten times as fast as a new copy of it."""

import psycopg

KEEP = """
DROP SCHEMA IF EXISTS kept CASCADE;
CREATE SCHEMA kept;
CREATE TABLE kept_sequences AS SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
ALTER TABLE kept_sequences SET SCHEMA kept;
DO $$
DECLARE name text; filled boolean;
BEGIN
  FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
    IF filled THEN EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', name); END IF;
  END LOOP;
END $$;
CREATE FUNCTION kept.shape() RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws('-', (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute),
    (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'), (SELECT count(*) FROM pg_constraint))
$$;
CREATE TABLE kept_shape AS SELECT '' AS told;
ALTER TABLE kept_shape SET SCHEMA kept;
CREATE FUNCTION kept.restore() RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text; columns text;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' AND tablename NOT LIKE 'kept\\_%' LOOP
    SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
      WHERE attrelid = format('public.%I', name)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM kept.%1$I', name, columns);
  END LOOP;
  PERFORM setval(format('public.%I', sequencename)::regclass, coalesce(last_value, 1), last_value IS NOT NULL)
    FROM kept.kept_sequences;
END $$;
UPDATE kept.kept_shape SET told = kept.shape();
"""
"""What a filled database keeps beside its tables: their rows, their shape, and the way back.

What it was copied from has kept less, and that is forgotten.
"""

GO_BACK = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid();
SELECT kept.restore();
"""


def keep(address: str) -> None:
    """Let a filled database remember how it is now."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(KEEP)


def go_back(address: str) -> bool:
    """Set a copy of it back, whoever is still connected; False if a test changed more than rows."""
    with psycopg.connect(address, autocommit=True) as connection:
        same = connection.execute("SELECT kept.shape() = told FROM kept.kept_shape").fetchone()
        if same != (True,):
            return False
        connection.execute(GO_BACK)
        return True
