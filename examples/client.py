#!/usr/bin/env python3
"""A client of Adjudge's API, with nothing but Python's standard library.

    export ADJUDGE_URL=https://ads.example ADJUDGE_KEY=adj_...
    client.py submit ad.json            submit an ad and wait for its outcome
    client.py events [CURSOR]           print every event after a cursor, and the cursor to go on with
    client.py verify SECRET < request   check a webhook's signature; the request is its headers, a blank line, its body

Copy what you need: each function stands alone.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

URL = os.environ.get("ADJUDGE_URL", "http://127.0.0.1:8480").rstrip("/")
KEY = os.environ.get("ADJUDGE_KEY", "")


class Problem(Exception):
    """A refusal: a problem document (RFC 9457). `problem["code"]` is for programs."""

    def __init__(self, status, problem):
        places = "".join(f"\n  {e['pointer']} {e['detail']}" for e in problem.get("errors", []))
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}{places}")
        self.status, self.problem = status, problem


def call(method, path, body=None, headers=(), tries=6):
    """Sends a request until there is an answer: what asks to come later, or breaks, is sent again.

    Sending twice is safe: an ad with the same content changes nothing, and an `Idempotency-Key` gets the first answer.
    """
    data = None if body is None else json.dumps(body).encode()
    all_headers = {"Authorization": f"Bearer {KEY}", **dict(headers)}
    if data is not None:
        all_headers["Content-Type"] = "application/json"
    for attempt in range(tries):
        wait = min(2**attempt, 30)
        try:
            request = urllib.request.Request(URL + path, data=data, headers=all_headers, method=method)
            with urllib.request.urlopen(request, timeout=90) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            if error.code not in (429, 503, 507) or attempt + 1 == tries:
                try:
                    problem = json.loads(text)
                except ValueError:
                    problem = {"detail": text[:200]}
                raise Problem(error.code, problem) from None
            wait = int(error.headers.get("Retry-After") or wait)
        except (urllib.error.URLError, OSError):
            if attempt + 1 == tries:
                raise
        time.sleep(wait)


def submit(ad, patience_s=120):
    """Submits an ad and waits until it is screened. What people decide later comes as an event."""
    headers = {"Prefer": "wait=30", "Idempotency-Key": str(uuid.uuid4())}
    outcome = call("POST", "/v1/ads", ad, headers)
    deadline = time.monotonic() + patience_s
    while outcome["review_status"] == "pending" and time.monotonic() < deadline:
        time.sleep(1)
        outcome = call("GET", "/v1/ads/" + outcome["id"])
    return outcome


def events(cursor=""):
    """Every event after a cursor, in order. Keep the cursor with what you did: nothing is missed, whatever breaks."""
    while True:
        page = call("GET", "/v1/events?" + urllib.parse.urlencode({"cursor": cursor, "limit": 200}))
        cursor = page["next"]
        for event in page["items"]:
            yield cursor_of(event), event
        if not page["items"]:
            return


def cursor_of(event):
    """The cursor that goes on behind an event."""
    return str(event["position"])


def verify(secret, headers, body, tolerance_s=300, now=None):
    """Whether a webhook came from who knows the secret (Standard Webhooks), lately, and arrived as it was sent.

    `secret` is `whsec_...`; `body` are the bytes as received, before anything parses them.
    """
    names = {name.lower(): value for name, value in headers.items()}
    try:
        message, sent_at = names["webhook-id"], names["webhook-timestamp"]
        signatures = names["webhook-signature"].split()
        late = abs((time.time() if now is None else now) - int(sent_at)) > tolerance_s
    except (KeyError, ValueError):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message}.{sent_at}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # Several signatures while a secret is being replaced; one that fits is enough.
    return not late and any([hmac.compare_digest(expected, one) for one in signatures])


def main(arguments):
    match arguments:
        case ["submit", path]:
            with open(path, encoding="utf-8") as file:
                outcome = submit(json.load(file))
            print(json.dumps(outcome, indent=2))
        case ["events", *rest] if len(rest) <= 1:
            cursor = rest[0] if rest else ""
            for cursor, event in events(cursor):
                print(json.dumps(event))
            print(f"cursor {cursor}", file=sys.stderr)
        case ["verify", secret]:
            head, _, body = sys.stdin.buffer.read().partition(b"\n\n")
            lines = (line.split(":", 1) for line in head.decode().splitlines() if ":" in line)
            if not verify(secret, {name.strip(): value.strip() for name, value in lines}, body):
                sys.exit("the signature does not fit")
            print("the signature fits")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Problem as problem:
        sys.exit(str(problem))
