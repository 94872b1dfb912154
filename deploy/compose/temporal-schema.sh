#!/bin/sh
# Brings Temporal's two databases to the schema of this image's server; they are made where they are not there. Where to
# connect stands in SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN. Running it again changes nothing.
set -eu
schemas=/etc/temporal/schema/postgresql/v12
for database in temporal temporal_visibility; do
  temporal-sql-tool --db "$database" create-database
  # What has a version keeps it.
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema -d "$schemas/${database#temporal_}/versioned"
done
