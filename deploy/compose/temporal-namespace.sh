#!/bin/sh
# Makes the namespace of Sluice and registers its search attributes; running it again changes nothing.
set -eu
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d
exec /bin/sh "$(dirname "$0")/../search-attributes.sh"
