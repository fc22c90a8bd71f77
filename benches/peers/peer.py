"""One peer behind a line protocol, so that runs can be interleaved with ours: text in, unit vector out.

    peer.py KIND THREADS MODEL_FOLDER GRAPH_FOLDER TEXTS

KIND is ort-f32, ort-int8, ov-f32 or ov-bf16. Commands on standard input: `go B` embeds all texts in batches of B, sorted by
length, and prints seconds; `one` embeds them one by one and prints the median in ms; `out FILE` writes vectors as f32.
"""

import os
import sys
import time

kind, threads, model, graphs, texts_file = sys.argv[1], int(sys.argv[2]), *sys.argv[3:6]
os.environ.update(OMP_NUM_THREADS=str(threads), TOKENIZERS_PARALLELISM="false")

import numpy as np
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(f"{model}/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(256)
texts = open(texts_file).read().splitlines()

if kind.startswith("ort"):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Its threads must not spin while another engine is being timed.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = ort.InferenceSession(f"{graphs}/{kind[4:]}.onnx", options, providers=["CPUExecutionProvider"])
    wanted = [i.name for i in session.get_inputs()]

    def states(ids, mask):
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return session.run(None, {name: feed[name] for name in wanted})[0]

else:
    import openvino as ov
    import openvino.properties as properties
    import openvino.properties.hint as hint

    precision = ov.Type.bf16 if kind == "ov-bf16" else ov.Type.f32
    settings = {
        properties.inference_num_threads(): threads,
        properties.num_streams(): 1,
        hint.inference_precision(): precision,
    }
    compiled = ov.Core().compile_model(f"{graphs}/plain.onnx", "CPU", settings)
    request = compiled.create_infer_request()

    def states(ids, mask):
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return request.infer(feed)[compiled.output(0)]


def embed(batch):
    encodings = [e.ids for e in tokenizer.encode_batch(batch)]
    longest = max(map(len, encodings))
    ids = np.zeros((len(batch), longest), np.int64)
    mask = np.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding)], mask[row, : len(encoding)] = encoding, 1
    weights = mask[:, :, None].astype(np.float32)
    mean = (states(ids, mask) * weights).sum(1) / weights.sum(1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


embed(texts[:8])
print("ready", flush=True)
for line in sys.stdin:
    command, *rest = line.split()
    if command == "go":
        size, start = int(rest[0]), time.perf_counter()
        by_length = sorted(texts, key=len)
        for at in range(0, len(texts), size):
            embed(by_length[at : at + size])
        print(time.perf_counter() - start, flush=True)
    elif command == "one":
        times = []
        for text in texts:
            start = time.perf_counter()
            embed([text])
            times.append(time.perf_counter() - start)
        print(sorted(times)[len(times) // 2] * 1e3, flush=True)
    elif command == "out":
        np.concatenate([embed([text]) for text in texts]).astype(np.float32).tofile(rest[0])
        print("written", flush=True)
