#!/bin/sh
# The same as client.py with curl, jq and openssl.
#
#   export ADJUDGE_URL=https://ads.example ADJUDGE_KEY=adj_...
#   client.sh submit ad.json            submit an ad and wait for its outcome
#   client.sh events [CURSOR]           print every event after a cursor, and the cursor to go on with
#   client.sh verify SECRET < request   check a webhook's signature; the request is its headers, a blank line, its body
set -eu

url="${ADJUDGE_URL:-http://127.0.0.1:8480}"

# Sends a request; what asks to come later, or breaks, is sent again. A refusal is printed and ends the script.
call() { # call METHOD PATH [curl's arguments...]
    method="$1" path="$2"
    shift 2
    answer="$(curl --silent --show-error --retry 6 --retry-connrefused --max-time 90 --request "$method" \
        --header "Authorization: Bearer $ADJUDGE_KEY" --write-out '\n%{http_code}' "$@" "$url$path")"
    status="${answer##*
}"
    body="${answer%
*}"
    if [ "$status" -ge 400 ]; then
        printf '%s' "$body" | jq -r '"\(.status) \(.code): \(.detail)", (.errors // [] | .[] | "  \(.pointer) \(.detail)")' >&2
        exit 1
    fi
    printf '%s\n' "$body"
}

submit() { # submit FILE
    outcome="$(call POST /v1/ads --header 'Prefer: wait=30' --header 'Content-Type: application/json' --data-binary "@$1")"
    while [ "$(printf '%s' "$outcome" | jq -r .review_status)" = pending ]; do
        sleep 1
        outcome="$(call GET "/v1/ads/$(printf '%s' "$outcome" | jq -r .id)")"
    done
    printf '%s' "$outcome" | jq .
}

events() { # events CURSOR
    cursor="$1"
    while :; do
        page="$(call GET "/v1/events?limit=200&cursor=$cursor")"
        printf '%s' "$page" | jq -c '.items[]'
        cursor="$(printf '%s' "$page" | jq -r .next)"
        [ "$(printf '%s' "$page" | jq '.items | length')" -gt 0 ] || break
    done
    echo "cursor $cursor" >&2
}

verify() { # verify SECRET
    request="$(mktemp)"
    trap 'rm -f "$request"' EXIT
    cat >"$request"
    header() { sed '/^$/q' "$request" | tr -d '\r' | sed -n "s/^$1: *//Ip"; }
    message="$(header webhook-id)" sent_at="$(header webhook-timestamp)" signatures="$(header webhook-signature)"
    age=$(($(date +%s) - sent_at))
    key="$(printf '%s' "${1#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')"
    expected="v1,$( (printf '%s.%s.' "$message" "$sent_at" && sed '1,/^$/d' "$request") |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)"
    for one in $signatures; do
        if [ "$one" = "$expected" ] && [ "$age" -ge -300 ] && [ "$age" -le 300 ]; then
            echo "the signature fits"
            exit 0
        fi
    done
    echo "the signature does not fit" >&2
    exit 1
}

case "${1:-}" in
submit) submit "$2" ;;
events) events "${2:-}" ;;
verify) verify "$2" ;;
*) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
