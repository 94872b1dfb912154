#!/usr/bin/env bash
# Starts a release from a job of GitHub Actions: signs in with the job's own token, posts, and waits only when told to.
# Exits as the command line does: `sluice help exit-codes`.
set -euo pipefail

url=${SLUICE_URL%/}
audience=${SLUICE_AUDIENCE:-$url}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
token=''
status=000

# fail <exit code> <sentence>: percent, CR and LF would end the runner's command.
fail() {
  local text=${2//'%'/'%25'}
  text=${text//$'\r'/'%0D'}
  echo "::error title=Sluice::${text//$'\n'/'%0A'}"
  exit "$1"
}

# ask <bearer> <curl options>: the answer in $work/body and $work/headers, its status in $status; 000 when there is none.
# Headers with secrets come from a pipe: arguments can be read by every process of the machine.
ask() {
  local bearer=$1
  shift
  status=$(curl -sS --max-time 60 -o "$work/body" -D "$work/headers" -w '%{http_code}' \
    -H @<(printf 'Authorization: Bearer %s\n' "$bearer") "$@") || status=000
}

# Tries again what may be better in a moment; a token of the job is good once, so each try gets a new one.
sign_in() {
  local try job
  for try in 1 2 3; do
    ask "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" -G --data-urlencode "audience=$audience" "$ACTIONS_ID_TOKEN_REQUEST_URL"
    job=$(jq -r '.value // empty' "$work/body" 2>/dev/null) || job=''
    if [[ $status == 200 && -n $job ]]; then
      echo "::add-mask::$job"
      ask "$job" -X POST "$url/v1/tokens/github-actions"
      if [[ $status == 201 ]]; then
        token=$(jq -re .token "$work/body")
        echo "::add-mask::$token"
        return
      fi
      is_passing || refused
    fi
    sleep "$((try * ${SLUICE_PAUSE_SECONDS:-3}))"
  done
  fail 1 "Nobody signs this job in: status $status"
}

is_passing() { [[ $status =~ ^(000|408|429|5..)$ ]]; }

# Ends with what the problem says, and how to mend it.
refused() {
  local code=1 text
  case $status in
    401 | 403) code=4 ;;
    400 | 404 | 405 | 413 | 415 | 422) code=7 ;;
  esac
  text=$(jq -r '[.detail, (.limit | if . then "allowed: \(.)" else empty end), .hint] | map(select(.)) | join("; ")' \
    "$work/body" 2>/dev/null) || text=''
  fail "$code" "${text:-The API answered with status $status}"
}

# tell <output> <value>: one line each, whatever the value holds.
tell() { printf '%s=%s\n' "$1" "${2//[$'\r\n']/ }" >>"${GITHUB_OUTPUT:-/dev/null}"; }

post_release() {
  local try key="gha-$GITHUB_RUN_ID-$GITHUB_JOB-$SLUICE_SERVICE@$SLUICE_VERSION"
  jq -n --arg service "$SLUICE_SERVICE" --arg version "$SLUICE_VERSION" --arg digest "$SLUICE_DIGEST" \
    --arg gitSha "${SLUICE_GIT_SHA:-}" --arg from "${SLUICE_FROM:-}" --arg reason "${SLUICE_REASON:-}" \
    '$ARGS.named | with_entries(select(.value != ""))' >"$work/release"
  for try in 1 2 3 4 5; do
    # The same key is the same release: however often it is sent, also by a run that is repeated.
    ask "$token" -X POST -H "Idempotency-Key: $key" -H 'Content-Type: application/json' \
      --data-binary @"$work/release" "$url/v1/releases"
    is_passing || break
    sleep "$((try * ${SLUICE_PAUSE_SECONDS:-3}))"
  done
  [[ $status == 202 ]] || refused
}

wait_for_end() {
  local until=$((SECONDS + ${SLUICE_TIMEOUT_MINUTES:-60} * 60)) since='' phase='' now outcome
  while ((SECONDS < until)); do
    ask "$token" "$url$location?wait=25s&since=$since"
    if [[ $status == 401 ]]; then
      sign_in
      continue
    elif [[ $status != 200 ]]; then
      is_passing || refused
      sleep "${SLUICE_PAUSE_SECONDS:-3}"
      continue
    fi
    since=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *"\([0-9a-f]*\)".*/\1/p' "$work/headers" | tail -n 1)
    now=$(jq -r '"\(.phase) \(.environment // "")"' "$work/body")
    [[ $now == "$phase" ]] || echo "$now"
    phase=$now
    outcome=$(jq -r '.outcome // empty' "$work/body")
    [[ -z $outcome ]] || return 0
  done
  fail 8 "$SLUICE_SERVICE@$SLUICE_VERSION is still on its way (${phase% }): sluice watch $SLUICE_SERVICE@$SLUICE_VERSION"
}

[[ -n ${ACTIONS_ID_TOKEN_REQUEST_URL:-} ]] || fail 7 'The job may not ask for a token: give it permissions: {id-token: write}'
sign_in
post_release
location=$(jq -re .location "$work/body")
tell release-id "$(jq -r .releaseId "$work/body")"
tell location "$location"
echo "::notice title=Sluice::$SLUICE_SERVICE@$SLUICE_VERSION is on its way: sluice watch $SLUICE_SERVICE@$SLUICE_VERSION"
[[ ${SLUICE_WAIT:-false} == true ]] || exit 0

wait_for_end
outcome=$(jq -r .outcome "$work/body")
reason=$(jq -r '.reason // empty' "$work/body")
tell outcome "$outcome"
case $outcome in
  promoted) code=0 ;;
  aborted) code=2 ;;
  rolledBack) code=3 ;;
  rejected) code=5 ;;
  superseded) code=6 ;;
  *) code=1 ;;
esac
((code == 0)) || fail "$code" "$SLUICE_SERVICE@$SLUICE_VERSION: $outcome. $reason Explained by: sluice why $SLUICE_SERVICE@$SLUICE_VERSION"
echo "$SLUICE_SERVICE@$SLUICE_VERSION is promoted"
