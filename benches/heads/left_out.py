#!/usr/bin/env python3
"""Our heads against both baselines on sources that none of them was trained on: the same rows to all three.

For every policy and source with both answers, heads are trained by `adjudge train --skip-source` on the other sources,
measured by `adjudge model evaluate`, and printed beside the baselines of baselines.py. Run through `benches/heads/run`.
"""
import argparse, json, os, random, subprocess, tempfile

import numpy as np
from sklearn.metrics import roc_auc_score

from baselines import both, key, rows_of, scores, vectors_of


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--adjudge", required=True)
    arguments.add_argument("--data", nargs="+", required=True)
    arguments.add_argument("--also", nargs="*", default=[], help="written rows that only our heads may train on")
    arguments.add_argument("--vectors", required=True)
    arguments.add_argument("--cap", type=int, default=3000, help="most training rows of a policy, answer and source")
    arguments.add_argument("--ask", type=int, default=700, help="most rows asked of a source and answer")
    arguments.add_argument("--sources", nargs="+", required=True, help="policy:source")
    a = arguments.parse_args()
    vectors = vectors_of(a.vectors)
    rows = [r for r in rows_of(a.data) if key(r[0]) in vectors]
    random.Random(20260101).shuffle(rows)
    table = []
    for pair in a.sources:
        policy, source = pair.split(":")
        of = [(t, l, s) for t, p, l, s in rows if p in (policy, "benign")]
        counts, rest, own = {}, [], []
        for row in of:
            count = counts[row[1:]] = counts.get(row[1:], 0) + 1
            if row[2] == source:
                own += [row] if count <= a.ask else []
            elif count <= a.cap:
                rest.append(row)
        own_texts = {t for t, _, _ in own}
        rest = [r for r in rest if r[0] not in own_texts]
        assert both(own) and both(rest), pair
        answers = [l for _, l, _ in own]
        found = {n: roc_auc_score(answers, s) for n, s in scores(rest, own, vectors).items()}
        for name, extra in (("heads", []), ("heads + written", a.also)):
            if name == "heads + written" and not extra:
                continue
            found[name] = ours(a, policy, rest, own, extra)
        table.append(found)
        print(f"{policy:<12} without {source:<20}" + "  ".join(f"{n} {v:.4f}" for n, v in found.items()), flush=True)
    print(f"{'mean':<41}" + "  ".join(f"{n} {np.mean([t[n] for t in table]):.4f}" for n in table[0]))


def ours(a, policy, rest, own, extra):
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        line = lambda t, l, s: json.dumps({"text": t, "policy": policy, "label": l, "source": s}) + "\n"
        with open(at("rest.jsonl"), "w") as out:
            out.writelines(line(*r) for r in rest)
        with open(at("own.jsonl"), "w") as out:
            out.writelines(line(*r) for r in own)
        quiet = {"check": True, "capture_output": True, "text": True}
        more = [arg for path in extra for arg in ("--data", path)]
        subprocess.run([a.adjudge, "train", "--data", at("rest.jsonl"), *more, "--out-heads", at("heads"), "--out-card",
                        at("card"), "--hold-out-rows", "50", "--cap", "100000", "--vectors", a.vectors], **quiet)
        done = subprocess.run([a.adjudge, "model", "evaluate", "--heads", at("heads"), "--card", at("card"), "--data",
                               at("own.jsonl"), "--json", "--any-language", "--resamples", "20"], **quiet)
        return next(r for r in json.loads(done.stdout)["rows"] if r["policy"] == policy and r["source"] is None)["auc"]


if __name__ == "__main__":
    main()
