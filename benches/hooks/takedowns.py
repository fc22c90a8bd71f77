"""How long a takedown takes from its decision to its receiver, while ads arrive.

Start a server whose adjudge.toml says `outbound_allow = ["127.0.0.0/8"]` and `outbound_http = true`, then:

    python3 benches/hooks/takedowns.py http://127.0.0.1:8480 "$KEY" --ads-per-second 20 --takedowns 200

Ads of a clean text are submitted and approved; then, under a load of further ads, they are revised one by one into what
no policy lets pass. The decision's moment is the event's own timestamp; its receipt is when this program has read the
body. Both are clocks of one machine. Another hook that never answers in time is there all the while.
"""

import argparse
import http.client
import http.server
import json
import threading
import time
import urllib.parse
from datetime import datetime

WORDS = "Spades, rakes and shears, delivered to your door in two days."


def call(base, key, method, path, body=None, wait=None):
    connection = http.client.HTTPConnection(base.hostname, base.port, timeout=90)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    if wait:
        headers["prefer"] = f"wait={wait}"
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status >= 400:
        raise SystemExit(f"{method} {path}: {answer.status} {text.decode()}")
    return json.loads(text) if text else None


def ad(external_id, headline, body):
    return {
        "external_id": external_id,
        "advertiser": {"external_id": "bench", "name": "Northwind Garden Tools"},
        "creative": {"headline": headline, "body": body, "call_to_action": "Shop now"},
        "landing_url": "https://northwind.example/tools",
        "targeting": {"countries": ["DE"], "min_age": 18},
    }


class Receiver:
    def __init__(self, pause=0.0):
        self.seen, self.lock, outer = {}, threading.Lock(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                now = time.time()
                if pause:
                    time.sleep(pause)
                with outer.lock:
                    outer.seen.setdefault(self.headers["webhook-id"], (now, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("url")
    options.add_argument("key")
    options.add_argument("--ads-per-second", type=float, default=20)
    options.add_argument("--takedowns", type=int, default=200)
    chosen = options.parse_args()
    base, key = urllib.parse.urlsplit(chosen.url), chosen.key
    run = str(int(time.time()))
    receiver, slow = Receiver(), Receiver(pause=20)
    made = [call(base, key, "POST", "/v1/webhooks", {"url": one.url})["id"] for one in (receiver, slow)]
    served = []
    for n in range(chosen.takedowns):
        outcome = call(base, key, "POST", "/v1/ads", ad(f"{run}-{n}", "Garden tools", f"{WORDS} No. {n}."), wait=60)
        if outcome["approval_status"] == "approved":
            served.append((outcome["id"], n))
    print(f"{len(served)} ads serve")

    going, sent = threading.Event(), [0]
    going.set()

    def load(worker):
        n = 0
        while going.is_set():
            n += 1
            call(base, key, "POST", "/v1/ads", ad(f"{run}-load-{worker}-{n}", "Garden tools", f"{WORDS} {worker} {n}"))
            sent[0] += 1
            time.sleep(4 / chosen.ads_per_second)

    for worker in range(4):
        threading.Thread(target=load, args=(worker,), daemon=True).start()
    began = time.time()
    for ad_id, n in served:
        weapon = ad(f"{run}-{n}", "Handguns for sale", f"Buy a pistol online, no background check. No. {n}.")
        call(base, key, "PUT", f"/v1/ads/{ad_id}", weapon)
        time.sleep(0.05)
    wanted, delays = {ad_id for ad_id, _ in served}, {}
    while len(delays) < len(wanted) and time.time() - began < 600:
        time.sleep(0.5)
        with receiver.lock:
            for at, body in receiver.seen.values():
                outcome = body["data"].get("outcome", {})
                if outcome.get("id") in wanted and outcome["approval_status"] == "rejected":
                    decided = datetime.fromisoformat(body["timestamp"].replace("Z", "+00:00")).timestamp()
                    delays[outcome["id"]] = at - decided
    took = time.time() - began
    going.clear()
    for webhook in made:
        call(base, key, "DELETE", f"/v1/webhooks/{webhook}")
    values = sorted(delays.values())
    print(f"{len(values)} of {len(wanted)} takedowns received in {took:.0f} s, under {sent[0] / took:.1f} ads/s")
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)):
        print(f"{name} {percentile(values, share):.3f} s")


if __name__ == "__main__":
    main()
