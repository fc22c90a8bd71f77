"""Writes ONNX graphs of a BERT encoder straight from its safetensors, so that every peer computes the same weights.

    graphs.py MODEL_FOLDER OUT_FOLDER

Two files: `f32.onnx` with ONNX Runtime's own fused operators (attention, skip + layer norm, bias + GELU), `plain.onnx` in
standard operators for OpenVINO, and `int8.onnx`, the fused graph quantised by ONNX Runtime with a scale per channel.
"""

import json
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

MS = "com.microsoft"


class Graph:
    def __init__(self):
        self.nodes, self.initialisers, self.names = [], [], set()

    def constant(self, name, array):
        if name not in self.names:
            self.names.add(name)
            self.initialisers.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def node(self, kind, inputs, domain="", outputs=1, **attributes):
        names = [f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"n{len(self.nodes)}", domain=domain, **attributes))
        return names[0]

    def save(self, last, hidden, path):
        self.nodes.append(helper.make_node("Identity", [last], ["last_hidden_state"]))
        ids = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "s"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        out = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["b", "s", hidden])
        graph = helper.make_graph(self.nodes, "bert", ids, [out], self.initialisers)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MS, 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def fused(weights, config, path):
    g, heads, epsilon = Graph(), config["num_attention_heads"], config["layer_norm_eps"]
    c = lambda name: g.constant(name, weights[name])
    t = lambda name: g.constant(name + ".T", weights[name].T)
    cast = lambda name: g.node("Cast", [name], to=TensorProto.INT32)
    mask = cast("attention_mask")
    e = "embeddings."
    tables = [c(e + n + ".weight") for n in ("word_embeddings", "position_embeddings", "token_type_embeddings")]
    norm = [c(e + "LayerNorm.weight"), c(e + "LayerNorm.bias")]
    x = g.node(
        "EmbedLayerNormalization", [cast("input_ids"), cast("token_type_ids"), *tables, *norm], MS, 2, epsilon=epsilon
    )
    for i in range(config["num_hidden_layers"]):
        p = f"encoder.layer.{i}."
        parts = [f"{p}attention.self.{n}." for n in ("query", "key", "value")]
        w = g.constant(p + "qkv", np.concatenate([weights[n + "weight"].T for n in parts], 1))
        b = g.constant(p + "qkv.b", np.concatenate([weights[n + "bias"] for n in parts]))
        mixed = g.node("Attention", [x, w, b, mask], MS, num_heads=heads)

        def add_norm(new, old, norm, bias):
            inputs = [new, old, c(p + norm + ".weight"), c(p + norm + ".bias"), c(p + bias + ".bias")]
            return g.node("SkipLayerNormalization", inputs, MS, epsilon=epsilon)

        o = g.node("MatMul", [mixed, t(p + "attention.output.dense.weight")])
        y = add_norm(o, x, "attention.output.LayerNorm", "attention.output.dense")
        u = g.node("MatMul", [y, t(p + "intermediate.dense.weight")])
        u = g.node("BiasGelu", [u, c(p + "intermediate.dense.bias")], MS)
        x = add_norm(g.node("MatMul", [u, t(p + "output.dense.weight")]), y, "output.LayerNorm", "output.dense")
    g.save(x, config["hidden_size"], path)


def plain(weights, config, path):
    g, heads, hidden = Graph(), config["num_attention_heads"], config["hidden_size"]
    width, epsilon = hidden // heads, config["layer_norm_eps"]
    c = lambda name: g.constant(name, weights[name])
    number = lambda name, value: g.constant(name, np.array(value, np.float32))
    whole = lambda name, value: g.constant(name, np.array(value, np.int64))

    def linear(x, name):
        product = g.node("MatMul", [x, g.constant(name + ".T", weights[name + ".weight"].T)])
        return g.node("Add", [product, c(name + ".bias")])

    def norm(x, name):
        inputs = [x, c(name + ".weight"), c(name + ".bias")]
        return g.node("LayerNormalization", inputs, axis=-1, epsilon=epsilon)

    words = g.node("Gather", [c("embeddings.word_embeddings.weight"), "input_ids"])
    types = g.node("Gather", [c("embeddings.token_type_embeddings.weight"), "token_type_ids"])
    length = g.node("Gather", [g.node("Shape", ["input_ids"]), whole("one", 1)])
    length = g.node("Unsqueeze", [length, whole("axis0", [0])])
    table = c("embeddings.position_embeddings.weight")
    places = g.node("Slice", [table, whole("zero", [0]), length, whole("axis0", [0])])
    x = norm(g.node("Add", [g.node("Add", [words, types]), places]), "embeddings.LayerNorm")
    mask = g.node("Cast", [g.node("Unsqueeze", ["attention_mask", whole("axes12", [1, 2])])], to=TensorProto.FLOAT)
    mask = g.node("Mul", [g.node("Sub", [number("one.f", 1), mask]), number("far", -10000)])
    split, join = whole("split", [0, 0, heads, width]), whole("join", [0, 0, hidden])
    for i in range(config["num_hidden_layers"]):
        p = f"encoder.layer.{i}."

        def part(name, order):
            shaped = g.node("Reshape", [linear(x, f"{p}attention.self.{name}"), split])
            return g.node("Transpose", [shaped], perm=order)

        q, k, v = part("query", [0, 2, 1, 3]), part("key", [0, 2, 3, 1]), part("value", [0, 2, 1, 3])
        scores = g.node("Div", [g.node("MatMul", [q, k]), number("root", np.sqrt(width))])
        mixed = g.node("MatMul", [g.node("Softmax", [g.node("Add", [scores, mask])], axis=-1), v])
        mixed = g.node("Reshape", [g.node("Transpose", [mixed], perm=[0, 2, 1, 3]), join])
        y = g.node("Add", [linear(mixed, p + "attention.output.dense"), x])
        y = norm(y, p + "attention.output.LayerNorm")
        u = linear(y, p + "intermediate.dense")
        erf = g.node("Erf", [g.node("Div", [u, number("root2", np.sqrt(2))])])
        u = g.node("Mul", [g.node("Mul", [u, g.node("Add", [erf, number("one.f", 1)])]), number("half", 0.5)])
        x = norm(g.node("Add", [linear(u, p + "output.dense"), y]), p + "output.LayerNorm")
    g.save(x, hidden, path)


def main(model, out):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    weights = load_file(f"{model}/model.safetensors")
    config = json.load(open(f"{model}/config.json"))
    fused(weights, config, f"{out}/f32.onnx")
    plain(weights, config, f"{out}/plain.onnx")
    options = {"DefaultTensorType": TensorProto.FLOAT}
    quantize_dynamic(
        f"{out}/f32.onnx", f"{out}/int8.onnx", weight_type=QuantType.QInt8, per_channel=True, extra_options=options
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
