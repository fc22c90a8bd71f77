"""Interleaves our engine with a peer and prints the table: texts a second, median ratio, and its 95 % lower bound.

    compare.py OURS MODEL_FOLDER GRAPH_FOLDER TEXTS SAMPLES [--pairs N] [--only OURS:PEER:THREADS ...] [--json FILE]

Every side runs at its best of the batches 1, 4, 8, 16 and 32, found first. Then pairs of passes over all texts, whose order
alternates. The lower bound is the 2.5th percentile of the median over 10,000 bootstrap resamples of the pairs' ratios.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).parent
PAIRS = [
    ("f32", "ort-f32", 1),
    ("f32", "ov-f32", 1),
    ("f32", "ort-f32", 2),
    ("f32", "ov-f32", 2),
    ("bf16", "ov-bf16", 1),
    ("bf16", "ov-bf16", 2),
    ("int8", "ort-int8", 1),
    ("int8", "ort-int8", 2),
]


class Side:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"{command} did not start")
        self.batch = min((1, 4, 8, 16, 32), key=lambda size: min(self.go(size) for _ in range(2)))

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def go(self, batch=None):
        return float(self.ask(f"go {batch or self.batch}"))

    def vectors(self):
        with tempfile.NamedTemporaryFile() as file:
            self.ask(f"out {file.name}")
            return np.fromfile(file.name, np.float32)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def lower(values):
    draws = np.random.default_rng(0).choice(values, (10_000, len(values)))
    return np.quantile(np.median(draws, 1), 0.025)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("ours", "model", "graphs", "texts", "samples"):
        parser.add_argument(name)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json")
    a = parser.parse_args()
    count, rows = len(open(a.texts).read().splitlines()), []
    print(f"{'ours':6} {'peer':9} threads {'batch':>7} {'texts/s':>15} {'ratio':>6} {'lower':>6} {'one text ms':>13} {'cosine':>9}")
    for precision, peer, threads in PAIRS:
        if a.only and f"{precision}:{peer}:{threads}" not in a.only:
            continue
        ours = Side([a.ours, precision, str(threads), a.model, a.texts, a.samples])
        theirs = Side([sys.executable, str(HERE / "peer.py"), peer, str(threads), a.model, a.graphs, a.texts])
        ratios, times = [], ([], [])
        for pair in range(a.pairs):
            order = [(0, ours), (1, theirs)]
            for index, side in order if pair % 2 == 0 else reversed(order):
                times[index].append(side.go())
            ratios.append(times[1][-1] / times[0][-1])
        one = [float(side.ask("one")) for side in (ours, theirs, ours, theirs)]
        hidden = json.load(open(f"{a.model}/config.json"))["hidden_size"]
        vectors = [side.vectors().reshape(-1, hidden) for side in (ours, theirs)]
        row = {
            "ours": precision,
            "peer": peer,
            "threads": threads,
            "batches": [ours.batch, theirs.batch],
            "texts_per_second": [count / float(np.median(t)) for t in times],
            "ratio": float(np.median(ratios)),
            "lower": float(lower(ratios)),
            "one_text_ms": [min(one[0], one[2]), min(one[1], one[3])],
            "least_cosine": float((vectors[0] * vectors[1]).sum(1).min()),
        }
        rows.append(row)
        (b, p), (r, s), (m, n) = row["batches"], row["texts_per_second"], row["one_text_ms"]
        print(
            f"{precision:6} {peer:9} {threads:7} {b:3}/{p:<3} {r:7.1f}/{s:<7.1f} {row['ratio']:6.2f} {row['lower']:6.2f}"
            f" {m:6.2f}/{n:<6.2f} {row['least_cosine']:9.6f}",
            flush=True,
        )
        ours.end()
        theirs.end()
    if a.json:
        json.dump(rows, open(a.json, "w"), indent=1)


if __name__ == "__main__":
    main()
