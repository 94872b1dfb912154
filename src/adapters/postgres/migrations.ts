/** The tables of the ledger, its roles, and what refuses every change of a row, in the order in which they came. */
import { type Kysely, type Migration, sql } from 'kysely';

/** By name; a migration that was released is never changed. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-ledger': {
    async up(db: Kysely<unknown>) {
      for (const statement of [roles, tables, guards, months, grants]) {
        await sql.raw(statement).execute(db);
      }
    },
  },
};

/** Roles are of the whole server: another database of it may have made them, and a copy of this one does not hold them. */
export const roles = `
DO $$ DECLARE wanted text; BEGIN
  FOREACH wanted IN ARRAY ARRAY['sluice_writer', 'sluice_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
  END LOOP;
END $$`;

const tables = `
CREATE TABLE sluice.ledger_rows (
  project text NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  recorded_at timestamptz NOT NULL,
  previous text NOT NULL CHECK (previous ~ '^[0-9a-f]{64}$'),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  event json NOT NULL,
  id text NOT NULL GENERATED ALWAYS AS (event ->> 'id') STORED,
  at text NOT NULL GENERATED ALWAYS AS (event ->> 'at') STORED,
  kind text NOT NULL GENERATED ALWAYS AS (event ->> 'kind') STORED,
  subject text NOT NULL GENERATED ALWAYS AS (event ->> 'subject') STORED,
  actor text NOT NULL GENERATED ALWAYS AS (event ->> 'actor') STORED,
  PRIMARY KEY (project, seq, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX ledger_rows_by_subject ON sluice.ledger_rows (project, subject, seq);
CREATE INDEX ledger_rows_by_kind ON sluice.ledger_rows (project, kind, seq);
CREATE TABLE sluice.ledger_index (
  project text NOT NULL,
  seq bigint NOT NULL,
  id text NOT NULL,
  PRIMARY KEY (project, seq),
  UNIQUE (project, id)
);
CREATE TABLE sluice.ledger_starts (
  project text NOT NULL,
  seq bigint NOT NULL,
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  month text NOT NULL,
  dropped_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project, seq)
)`;

/** Even the owner changes nothing by accident. An id may go after its row went with a whole month. */
const guards = `
CREATE FUNCTION sluice.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'ledger_index' THEN
    IF EXISTS (SELECT FROM sluice.ledger_starts s WHERE s.project = OLD.project AND s.seq >= OLD.seq) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'the ledger is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege', HINT = 'whole months go by: sluice ledger drop-oldest';
END $$;
DO $$ DECLARE guarded text; BEGIN
  FOREACH guarded IN ARRAY ARRAY['ledger_rows', 'ledger_index', 'ledger_starts'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON sluice.%I
      FOR EACH ROW EXECUTE FUNCTION sluice.refuse_change()', guarded);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON sluice.%I
      FOR EACH STATEMENT EXECUTE FUNCTION sluice.refuse_change()', guarded);
  END LOOP;
END $$`;

/** Writers may open this month and the next, so that nobody has to be awake at midnight. */
const months = `
CREATE FUNCTION sluice.open_month(day timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  first timestamp := date_trunc('month', day AT TIME ZONE 'UTC');
  name text := 'ledger_rows_' || to_char(first, 'YYYY_MM');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('sluice ledger months', 0));
  IF to_regclass(format('sluice.%I', name)) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE sluice.%I PARTITION OF sluice.ledger_rows FOR VALUES FROM (%L) TO (%L)',
    name, first || '+00', (first + interval '1 month') || '+00');
  EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON sluice.%I
    FOR EACH STATEMENT EXECUTE FUNCTION sluice.refuse_change()', name);
END $$;
CREATE FUNCTION sluice.open_months() RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  PERFORM sluice.open_month(clock_timestamp());
  PERFORM sluice.open_month(clock_timestamp() + interval '1 month');
END $$;
SELECT sluice.open_months()`;

/** Lost with the roles where a copy is restored on another server. */
export const grants = `
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sluice FROM PUBLIC;
GRANT USAGE ON SCHEMA sluice TO sluice_writer, sluice_reader;
GRANT SELECT ON sluice.ledger_rows, sluice.ledger_index, sluice.ledger_starts TO sluice_writer, sluice_reader;
GRANT INSERT ON sluice.ledger_rows, sluice.ledger_index TO sluice_writer;
GRANT EXECUTE ON FUNCTION sluice.open_months() TO sluice_writer`;
