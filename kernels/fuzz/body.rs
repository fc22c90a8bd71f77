//! What a fuzzer tries on the kernels: any shape, weights, texts, parts and threads, in every kernel of the processor.
//!
//! Run by `cargo +nightly fuzz run forward` on bytes that the fuzzer finds, and by the suite on seeded random ones. It holds
//! that nothing panics or reads beyond its memory (under the fuzzer's sanitizer), that misfits are errors, and that a text's
//! bits do not depend on its neighbours.

use adjudge_kernels::{Capabilities, Kernel, Layer, Linear, Network, Norm, Precision, Session, Shape, Weights};
use std::{sync::Arc, thread};

/// Bytes as a source of small numbers; zeros when they run out.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }

    /// Weights that repeat a few drawn numbers: fuzzers find shapes, not values.
    fn numbers(&mut self, count: usize) -> Vec<f32> {
        let drawn: Vec<f32> = (0..7).map(|_| self.byte() as f32 / 128.0 - 1.0).collect();
        (0..count).map(|i| drawn[i % 7] * 0.5).collect()
    }

    fn linear(&mut self, outputs: usize, inputs: usize) -> Linear {
        Linear { weight: self.numbers(outputs * inputs), bias: self.numbers(outputs) }
    }

    fn norm(&mut self, width: usize) -> Norm {
        Norm { scale: self.numbers(width), shift: self.numbers(width) }
    }
}

/// One case.
pub(crate) fn forward(bytes: &[u8]) {
    let mut source = Source(bytes);
    let (heads, width) = (1 + source.byte() % 3, 16 * (1 + source.byte() % 3));
    // A byte in eight makes a shape that no kernel computes.
    let hidden = heads * width + usize::from(source.byte() % 8 == 7);
    let shape = Shape {
        hidden,
        heads,
        intermediate: 16 * (1 + source.byte() % 7),
        vocabulary: 1 + source.byte() % 20,
        positions: 1 + source.byte() % 150,
        epsilon: 1e-12,
    };
    let weights = Weights {
        words: source.numbers(shape.vocabulary * hidden),
        positions: source.numbers(shape.positions * hidden),
        norm: source.norm(hidden),
        layers: (0..source.byte() % 3)
            .map(|_| Layer {
                query: source.linear(hidden, hidden),
                key: source.linear(hidden, hidden),
                value: source.linear(hidden, hidden),
                attention_output: source.linear(hidden, hidden),
                attention_norm: source.norm(hidden),
                up: source.linear(shape.intermediate, hidden),
                down: source.linear(hidden, shape.intermediate),
                output_norm: source.norm(hidden),
            })
            .collect(),
    };
    let texts: Vec<Vec<u32>> = (0..source.byte() % 5)
        .map(|_| {
            let length = source.byte() % (shape.positions + 2);
            (0..length).map(|_| (source.byte() % (shape.vocabulary + 1)) as u32).collect()
        })
        .collect();
    let (parts, threads) = (source.byte() % 6, 1 + source.byte() % 3);

    let exact = Capabilities::here().isas().filter_map(|isa| Kernel::new(isa, Precision::F32).ok());
    let narrow = [Precision::Bf16, Precision::Int8].into_iter().filter_map(|precision| Kernel::fastest(precision).ok());
    for kernel in exact.chain(narrow) {
        let Ok(network) = Network::new(shape, weights.clone(), kernel, &[]) else {
            assert!(hidden != heads * width, "{kernel} refuses {shape:?}");
            continue;
        };
        let network = Arc::new(network);
        let good = |ids: &Vec<u32>| {
            !ids.is_empty() && ids.len() <= shape.positions && ids.iter().all(|&id| (id as usize) < shape.vocabulary)
        };
        let Ok(session) = Session::new(&network, texts.clone(), parts) else {
            assert!(texts.is_empty() || !texts.iter().all(good), "{kernel} refuses {texts:?}");
            continue;
        };
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| session.work());
            }
        });
        let together = session.states().expect("all threads returned");
        for (ids, rows) in texts.iter().zip(together) {
            let alone = Session::new(&network, vec![ids.clone()], 1).expect("it fitted among others");
            alone.work();
            let same =
                alone.states().expect("done")[0].iter().map(|x| x.to_bits()).eq(rows.iter().map(|x| x.to_bits()));
            assert!(same, "{kernel}: bits of {ids:?} depend on neighbours");
        }
    }
}
