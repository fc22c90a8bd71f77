//! A multilingual encoder small enough to be made in a test: a plain folder as model hubs give it, with XLM-R's kind of
//! tokenizer over the words of the test's own texts, and weights that mean nothing but differ.

use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

const HIDDEN: usize = 32;
const INTERMEDIATE: usize = 64;
const POSITIONS: usize = 160;

/// Writes `config.json`, `tokenizer.json` and `model.safetensors` of an encoder that knows the words of these texts.
pub(crate) fn write(folder: &Path, texts: &[&str]) {
    let words: BTreeSet<String> =
        texts.iter().flat_map(|t| t.split_whitespace()).map(|word| format!("▁{word}")).collect();
    let pieces: Vec<String> =
        ["<s>", "<pad>", "</s>", "<unk>", "▁a"].iter().map(ToString::to_string).chain(words).collect();
    let config = json!({
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": HIDDEN, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": INTERMEDIATE, "vocab_size": pieces.len(),
        "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "layer_norm_eps": 1e-12
    });
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    fs::write(folder.join("tokenizer.json"), tokenizer(&pieces).to_string()).unwrap();
    fs::write(folder.join("model.safetensors"), weights(pieces.len())).unwrap();
}

fn tokenizer(pieces: &[String]) -> Value {
    let vocabulary: Vec<Value> =
        pieces.iter().enumerate().map(|(id, piece)| json!([piece, -(id as f64) / 100.0])).collect();
    let special = |id: usize| {
        json!({"id": id, "content": pieces[id], "single_word": false, "lstrip": false, "rstrip": false,
               "normalized": false, "special": true})
    };
    json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "decoder": null,
        "added_tokens": [special(0), special(1), special(2), special(3)],
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                               "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary}
    })
}

/// Tensors in the safetensors form: length of the header, header, values.
fn weights(vocabulary: usize) -> Vec<u8> {
    let mut tensors: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".into(), vec![vocabulary, HIDDEN]),
        ("embeddings.position_embeddings.weight".into(), vec![POSITIONS, HIDDEN]),
        ("embeddings.token_type_embeddings.weight".into(), vec![2, HIDDEN]),
    ];
    let layer = "encoder.layer.0.";
    let linear = [
        ("attention.self.query", HIDDEN, HIDDEN),
        ("attention.self.key", HIDDEN, HIDDEN),
        ("attention.self.value", HIDDEN, HIDDEN),
        ("attention.output.dense", HIDDEN, HIDDEN),
        ("intermediate.dense", INTERMEDIATE, HIDDEN),
        ("output.dense", HIDDEN, INTERMEDIATE),
    ];
    for (name, outputs, inputs) in linear {
        tensors.push((format!("{layer}{name}.weight"), vec![outputs, inputs]));
        tensors.push((format!("{layer}{name}.bias"), vec![outputs]));
    }
    for name in ["embeddings.", "encoder.layer.0.attention.output.", "encoder.layer.0.output."] {
        tensors.push((format!("{name}LayerNorm.weight"), vec![HIDDEN]));
        tensors.push((format!("{name}LayerNorm.bias"), vec![HIDDEN]));
    }
    let mut header = serde_json::Map::new();
    let mut data: Vec<u8> = Vec::new();
    for (index, (name, shape)) in tensors.iter().enumerate() {
        let start = data.len();
        for i in 0..shape.iter().product::<usize>() {
            // Positions say little, words much, and a layer adds little to them: texts differ by their words.
            let scale = if name.contains("word") { 1.0 } else { 0.1 };
            let value = if name.ends_with("LayerNorm.weight") { 1.0 } else { scale * noise(index, i) };
            data.extend(value.to_le_bytes());
        }
        header.insert(name.clone(), json!({"dtype": "F32", "shape": shape, "data_offsets": [start, data.len()]}));
    }
    let header = Value::Object(header).to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
}

/// A number between -1 and 1, the same in every run.
fn noise(tensor: usize, index: usize) -> f32 {
    let mut x =
        (tensor as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (index as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 29;
    (x % 20_001) as f32 / 10_000.0 - 1.0
}
