#!/bin/sh
# Registers the search attributes of Sluice in a namespace; running it again changes nothing.
# Needs the Temporal CLI, and TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE where they are not the defaults.
set -eu
temporal="${SLUICE_TEMPORAL_CLI:-temporal}"

attributes='
  Service=Keyword
  Environment=Keyword
  Version=Keyword
  Phase=Keyword
  Repository=Keyword
  Branch=Keyword
  RequestedBy=Keyword
  Strategy=Keyword
  NeedsAttention=Keyword
  GitSha=Keyword
  Deadline=Datetime
  TrafficWeight=Int
'

present="$("$temporal" operator search-attribute list)"
for attribute in $attributes; do
  name="${attribute%=*}"
  if echo "$present" | grep -qw "$name"; then
    echo "$name is there"
  else
    "$temporal" operator search-attribute create --name "$name" --type "${attribute#*=}"
  fi
done
