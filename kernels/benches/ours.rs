//! Our side of the comparison with other runtimes: text in, unit vector out, behind the line protocol of
//! `benches/peers/peer.py`.
//!
//! Started by `benches/peers/compare.py` as `ours PRECISION THREADS MODEL_FOLDER TEXTS SAMPLES`. It must do nothing that an
//! installation does not do for every text.

#![allow(clippy::unwrap_used, clippy::expect_used)]
use adjudge_kernels::{Kernel, Layer, Linear, Network, Norm, Session, Shape, Weights};
use safetensors::SafeTensors;
use std::{
    env, fs,
    io::{self, BufRead as _},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};
use tokenizers::Tokenizer;

/// Tokens that go through the network together.
const CHUNK: usize = 256;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [precision, threads, model, texts, samples] = &arguments[..] else {
        // `cargo bench` without arguments has nothing to compare with.
        println!("started by benches/peers/run");
        return;
    };
    let threads: usize = threads.parse().unwrap();
    let mut tokenizer = Tokenizer::from_file(format!("{model}/tokenizer.json")).unwrap();
    tokenizer.with_truncation(None).unwrap().with_padding(None);
    let encode = |text: &str| tokenizer.encode_fast(text, true).unwrap().get_ids().to_vec();
    let samples: Vec<Vec<u32>> = fs::read_to_string(samples).unwrap().lines().map(encode).collect();
    let kernel = Kernel::fastest(precision.parse().unwrap()).unwrap();
    let network = network(model, kernel, &samples);
    let texts = fs::read_to_string(texts).unwrap();
    let texts: Vec<&str> = texts.lines().collect();

    // Threads that help with one text, idle in between.
    let helpers: Vec<mpsc::Sender<Arc<Session>>> = (1..threads)
        .map(|_| {
            let (give, take) = mpsc::channel::<Arc<Session>>();
            thread::spawn(move || take.iter().for_each(|session| session.work()));
            give
        })
        .collect();
    let embed = |ids: Vec<Vec<u32>>, parts: usize| {
        let session = Arc::new(Session::new(&network, ids, parts).unwrap());
        helpers.iter().take(parts - 1).for_each(|helper| helper.send(Arc::clone(&session)).unwrap());
        session.work();
        session.vectors().unwrap()
    };
    let pass = |batch: usize| {
        let batches: Vec<&[&str]> = texts.chunks(batch).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut chunk: Vec<Vec<u32>> = Vec::new();
                for text in *batch {
                    let ids = encode(text);
                    if chunk.iter().map(Vec::len).sum::<usize>() + ids.len() > CHUNK && !chunk.is_empty() {
                        embed(std::mem::take(&mut chunk), 1);
                    }
                    chunk.push(ids);
                }
                embed(chunk, 1);
            }
        };
        thread::scope(|scope| {
            (1..threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
    };

    pass(8);
    println!("ready");
    for line in io::stdin().lock().lines() {
        let line = line.unwrap();
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["go", batch] => {
                let start = Instant::now();
                pass(batch.parse().unwrap());
                println!("{}", start.elapsed().as_secs_f64());
            }
            ["one"] => {
                let mut times: Vec<f64> = Vec::new();
                for text in &texts {
                    let start = Instant::now();
                    embed(vec![encode(text)], threads);
                    times.push(start.elapsed().as_secs_f64() * 1e3);
                }
                times.sort_by(f64::total_cmp);
                println!("{}", times[times.len() / 2]);
            }
            ["out", file] => {
                let vectors = texts.iter().flat_map(|text| embed(vec![encode(text)], 1).remove(0).vector);
                fs::write(file, vectors.flat_map(f32::to_le_bytes).collect::<Vec<u8>>()).unwrap();
                println!("written");
            }
            _ => panic!("unknown command {line}"),
        }
    }
}

fn network(model: &str, kernel: Kernel, samples: &[Vec<u32>]) -> Arc<Network> {
    let bytes = fs::read(format!("{model}/model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let config: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(format!("{model}/config.json")).unwrap()).unwrap();
    let size = |name: &str| config[name].as_u64().unwrap() as usize;
    let take = |name: String| -> Vec<f32> {
        tensors.tensor(&name).unwrap().data().as_chunks().0.iter().map(|b: &[u8; 4]| f32::from_le_bytes(*b)).collect()
    };
    let linear = |name: String| Linear { weight: take(format!("{name}.weight")), bias: take(format!("{name}.bias")) };
    let norm = |name: String| Norm { scale: take(format!("{name}.weight")), shift: take(format!("{name}.bias")) };
    let shape = Shape {
        hidden: size("hidden_size"),
        heads: size("num_attention_heads"),
        intermediate: size("intermediate_size"),
        vocabulary: size("vocab_size"),
        positions: size("max_position_embeddings"),
        epsilon: config["layer_norm_eps"].as_f64().unwrap() as f32,
    };
    let types = take("embeddings.token_type_embeddings.weight".to_owned());
    let mut positions = take("embeddings.position_embeddings.weight".to_owned());
    for row in positions.chunks_exact_mut(shape.hidden) {
        row.iter_mut().zip(&types).for_each(|(position, first)| *position += first);
    }
    let layer = |index: usize| {
        let name = |part: &str| format!("encoder.layer.{index}.{part}");
        Layer {
            query: linear(name("attention.self.query")),
            key: linear(name("attention.self.key")),
            value: linear(name("attention.self.value")),
            attention_output: linear(name("attention.output.dense")),
            attention_norm: norm(name("attention.output.LayerNorm")),
            up: linear(name("intermediate.dense")),
            down: linear(name("output.dense")),
            output_norm: norm(name("output.LayerNorm")),
        }
    };
    let weights = Weights {
        words: take("embeddings.word_embeddings.weight".to_owned()),
        positions,
        norm: norm("embeddings.LayerNorm".to_owned()),
        layers: (0..size("num_hidden_layers")).map(layer).collect(),
    };
    Arc::new(Network::new(shape, weights, kernel, samples).unwrap())
}
