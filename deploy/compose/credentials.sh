#!/bin/sh
# Makes what API and workers share, once: the key that signs approvals, and a first token. Run in the image of Sluice.
set -eu
program="$(cd "$(dirname "$0")/../.." && pwd)/bin/sluice.mjs"
umask 077
cd "${SLUICE_DATA_DIR:?}"
if [ ! -s approval.key ]; then
  head -c 48 /dev/urandom > approval.key.new
  mv approval.key.new approval.key
fi
if [ ! -s tokens.json ]; then
  echo "the first token; revoke it when people have their own (sluice token create, list, revoke):"
  node "$program" token create --owner first --scopes admin --expires-in 30d --file tokens.json
fi
