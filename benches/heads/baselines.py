#!/usr/bin/env python3
"""The two baselines that the heads are compared with, on the same rows, split alike.

1. TF-IDF of words (1-2) and letters (3-5) with logistic regression.
2. Frozen MiniLM vectors with logistic regression, both as scikit-learn gives them.

Run through `benches/heads/run`, which installs what this needs. Rows are JSON lines {"text", "policy", "label", "source"};
vectors come from `adjudge model embed` or, as here, from the file that `adjudge train --vectors FILE` keeps.
"""
import argparse, collections, gzip, hashlib, json, random, struct

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

ENOUGH = 30


def rows_of(paths):
    for path in paths:
        opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
        for line in opened:
            row = json.loads(line)
            if "policy" in row:
                yield row["text"].strip(), row["policy"], int(row.get("label") or 0), row.get("source", "")
            for policy, label in row.get("labels", {}).items():
                yield row["text"].strip(), policy, int(label), row["source"]
            if row.get("benign"):
                yield row["text"].strip(), "benign", 0, row["source"]


def vectors_of(path):
    with open(path, "rb") as file:
        assert file.read(8) == b"ADJVEC\r\n", "not a vectors file"
        file.read(32)
        (width,) = struct.unpack("<I", file.read(4))
        record = np.dtype([("text", "V32"), ("vector", "<f4", width)])
        table = np.frombuffer(file.read(), dtype=record)
    return {bytes(row["text"]): row["vector"] for row in table}


def logistic():
    return LogisticRegression(max_iter=1000)


def scores(train, test, vectors):
    """Scores of both baselines on the test texts."""
    answers = [label for _, label, _ in train]
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char", ngram_range=(3, 5), sublinear_tf=True)
    texts, others = [t for t, _, _ in train], [t for t, _, _ in test]
    fitted = sp.hstack([words.fit_transform(texts), letters.fit_transform(texts)]).tocsr()
    asked = sp.hstack([words.transform(others), letters.transform(others)]).tocsr()
    tfidf = logistic().fit(fitted, answers).decision_function(asked)
    dense = lambda part: np.array([vectors[key(t)] for t, _, _ in part])
    minilm = logistic().fit(dense(train), answers).decision_function(dense(test))
    return {"tf-idf": tfidf, "minilm": minilm}


def key(text):
    return hashlib.sha256(text.encode()).digest()


def both(part):
    yes = sum(label for _, label, _ in part)
    return yes >= ENOUGH and len(part) - yes >= ENOUGH


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", nargs="+", required=True)
    arguments.add_argument("--held-out", required=True, help="the rows that `adjudge train --hold-out` wrote")
    arguments.add_argument("--vectors", required=True)
    arguments.add_argument("--cap", type=int, default=4000, help="most rows of a policy, answer and source")
    arguments.add_argument("--left-out", action="store_true", help="also every source with both classes left out in turn")
    arguments.add_argument("--skip-source", nargs="*", default=[])
    a = arguments.parse_args()
    vectors = vectors_of(a.vectors)
    known = lambda row: key(row[0]) in vectors and not any(row[3].startswith(s) for s in a.skip_source)
    held_out = [row for row in rows_of([a.held_out]) if known(row)]
    tested = {row[0] for row in held_out}
    train = [row for row in rows_of(a.data) if known(row) and row[0] not in tested]
    random.Random(20260101).shuffle(train)
    counts, kept = collections.Counter(), []
    for row in train:
        counts[row[1:]] += 1
        if counts[row[1:]] <= a.cap:
            kept.append(row)
    of = lambda rows, policy: [(t, l, s) for t, p, l, s in rows if p in (policy, "benign")]
    out = {"in_domain": {}, "left_out": {}}
    for policy in sorted({p for _, p, _, _ in held_out} - {"benign"}):
        fit_on, asked = of(kept, policy), of(held_out, policy)
        if not both(fit_on) or len({l for _, l, _ in asked}) < 2:
            continue
        answers = [l for _, l, _ in asked]
        found = {n: roc_auc_score(answers, s) for n, s in scores(fit_on, asked, vectors).items()}
        out["in_domain"][policy] = found
        print(f"{policy:<14} in-domain      " + "  ".join(f"{n} {v:.4f}" for n, v in found.items()), flush=True)
        if not a.left_out:
            continue
        for source in sorted({s for _, _, s in fit_on} - {"written"}):
            own, rest = [r for r in fit_on if r[2] == source], [r for r in fit_on if r[2] != source]
            if both(own) and both(rest):
                answers = [l for _, l, _ in own]
                found = {n: roc_auc_score(answers, s) for n, s in scores(rest, own, vectors).items()}
                out["left_out"][f"{policy} without {source}"] = found
                print(f"{policy:<14} -{source:<18}" + "  ".join(f"{n} {v:.4f}" for n, v in found.items()), flush=True)
    for part, figures in out.items():
        if figures:
            means = {n: float(np.mean([f[n] for f in figures.values()])) for n in ("tf-idf", "minilm")}
            print(f"mean {part}: " + "  ".join(f"{n} {v:.4f}" for n, v in means.items()))


if __name__ == "__main__":
    main()
