//! The kernels against the f64 reference and against each other, to the bit where they promise it.

#![allow(clippy::unwrap_used, clippy::expect_used)]
use crate::{
    Capabilities, Isa, Kernel, Misfit, Network, Precision, Session, Shape, Weights,
    lanes::{LANES, plain::Plain},
    math, ops,
    reference::{self, Random},
};
use std::{sync::Arc, thread};

#[path = "../fuzz/body.rs"]
mod fuzz_body;

const SHAPE: Shape = Shape { hidden: 96, heads: 3, intermediate: 208, vocabulary: 50, positions: 120, epsilon: 1e-12 };

fn kernels() -> Vec<Kernel> {
    Capabilities::here().isas().map(|isa| Kernel::new(isa, Precision::F32).unwrap()).collect()
}

/// Those of narrow precisions that this processor has.
fn narrow() -> Vec<Kernel> {
    [Precision::Bf16, Precision::Int8].into_iter().filter_map(|precision| Kernel::fastest(precision).ok()).collect()
}

fn network(seed: u64, shape: Shape, layers: usize, kernel: Kernel) -> (Weights, Arc<Network>) {
    let weights = Random(seed).network(&shape, layers);
    let samples: Vec<_> = (0..20).map(|length| Random(length).ids(&shape, length as usize + 1)).collect();
    let network = Arc::new(Network::new(shape, weights.clone(), kernel, &samples).unwrap());
    (weights, network)
}

/// States of texts that go through together, as bits.
fn states(network: &Arc<Network>, texts: &[Vec<u32>], parts: usize) -> Vec<Vec<u32>> {
    let session = Session::new(network, texts.to_vec(), parts).unwrap();
    session.work();
    session.states().unwrap().iter().map(|rows| rows.iter().map(|x| x.to_bits()).collect()).collect()
}

#[test]
fn every_kernel_is_near_the_reference() {
    let shapes = [
        SHAPE,
        Shape { hidden: 32, heads: 2, intermediate: 64, ..SHAPE },
        Shape { hidden: 128, heads: 2, intermediate: 80, epsilon: 1e-5, ..SHAPE },
    ];
    for (seed, shape) in shapes.into_iter().enumerate() {
        for kernel in kernels() {
            let (weights, network) = network(seed as u64, shape, 3, kernel);
            for length in [1, 2, 15, 16, 17, 63, 64, 65, 120] {
                let ids = Random(length as u64).ids(&shape, length);
                let expected = reference::forward(&shape, &weights, &ids);
                let session = Session::new(&network, vec![ids], 1).unwrap();
                session.work();
                let found = session.states().unwrap();
                let worst = found[0].iter().zip(expected.iter().flatten()).map(|(a, b)| (f64::from(*a) - b).abs());
                let worst = worst.fold(0.0, f64::max);
                assert!(worst < 2e-4, "{kernel}, {shape:?}, {length} tokens: {worst}");
            }
        }
    }
}

#[test]
fn narrow_kernels_lose_little() {
    for kernel in narrow() {
        let (weights, network) = network(7, SHAPE, 3, kernel);
        let least = match kernel.precision() {
            Precision::Int8 => 0.995,
            _ => 0.9995,
        };
        for length in [1, 9, 64, 100] {
            let ids = Random(length as u64).ids(&SHAPE, length);
            let expected: Vec<f64> = reference::forward(&SHAPE, &weights, &ids).concat();
            let session = Session::new(&network, vec![ids], 1).unwrap();
            session.work();
            let found: Vec<f64> = session.states().unwrap()[0].iter().map(|&x| f64::from(x)).collect();
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let cosine = dot(&found, &expected) / (dot(&found, &found) * dot(&expected, &expected)).sqrt();
            assert!(cosine > least, "{kernel}, {length} tokens: {cosine}");
        }
    }
}

#[test]
fn instruction_sets_with_fma_agree_to_the_bit() {
    let texts: Vec<Vec<u32>> = [1, 7, 40, 16].map(|length| Random(length as u64).ids(&SHAPE, length)).to_vec();
    let plain = Kernel::new(Isa::Portable, Precision::F32).unwrap();
    let weights = Random(5).network(&SHAPE, 2);
    let fused = Arc::new(Network::with_ops(SHAPE, weights, plain, ops::fused(), &[]).unwrap());
    let expected = states(&fused, &texts, 1);
    for kernel in kernels().into_iter().filter(|kernel| kernel.isa() != Isa::Portable) {
        assert!(states(&network(5, SHAPE, 2, kernel).1, &texts, 1) == expected, "{kernel}");
    }
}

#[test]
fn neighbours_parts_threads_and_order_change_no_bit() {
    let mut random = Random(11);
    let mut text = || {
        let length = random.below(SHAPE.positions) + 1;
        random.ids(&SHAPE, length)
    };
    let texts: Vec<Vec<u32>> = (0..9).map(|_| text()).collect();
    for kernel in kernels().into_iter().chain(narrow()) {
        let network = network(3, SHAPE, 2, kernel).1;
        let alone: Vec<_> = texts.iter().flat_map(|text| states(&network, std::slice::from_ref(text), 1)).collect();
        for parts in [1, 2, 3, 7, 1000] {
            assert!(states(&network, &texts, parts) == alone, "{kernel}, {parts} parts");
        }
        let backwards: Vec<_> = texts.iter().rev().cloned().collect();
        let mut found = states(&network, &backwards, 2);
        found.reverse();
        assert!(found == alone, "{kernel}, backwards");
        for threads in [2, 3, 5] {
            let session = Session::new(&network, texts.clone(), threads).unwrap();
            thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| session.work());
                }
            });
            let found = session.states().unwrap();
            let same = |(rows, bits): (&&[f32], &Vec<u32>)| rows.iter().map(|x| x.to_bits()).eq(bits.iter().copied());
            assert!(found.iter().zip(&alone).all(same), "{kernel}, {threads} threads");
        }
    }
}

#[test]
fn a_helper_that_comes_late_or_never_is_no_harm() {
    let network = network(4, SHAPE, 2, Kernel::fastest(Precision::F32).unwrap()).1;
    let session = Session::new(&network, vec![vec![1, 2, 3, 4]], 3).unwrap();
    assert!(session.states().is_none(), "nothing is done yet");
    session.work();
    session.work();
    assert_eq!(session.states().unwrap()[0].len(), 4 * SHAPE.hidden);
}

#[test]
fn what_does_not_fit_is_refused() {
    let kernel = Kernel::fastest(Precision::F32).unwrap();
    let (weights, network) = network(1, SHAPE, 1, kernel);
    for ids in [vec![], vec![vec![]], vec![vec![1], vec![50]], vec![vec![0; 121]]] {
        assert_eq!(Session::new(&network, ids, 1).err(), Some(Misfit::Ids));
    }
    for shape in [
        Shape { heads: 5, ..SHAPE },
        Shape { heads: 0, ..SHAPE },
        Shape { heads: 12, ..SHAPE },
        Shape { intermediate: 0, ..SHAPE },
        Shape { positions: usize::MAX, ..SHAPE },
    ] {
        assert_eq!(Network::new(shape, weights.clone(), kernel, &[]).err(), Some(Misfit::Shape), "{shape:?}");
    }
    let mut short = weights.clone();
    short.layers[0].up.bias.pop();
    assert_eq!(Network::new(SHAPE, short, kernel, &[]).err(), Some(Misfit::Tensor));
}

/// Both functions on plain lanes; the other lanes equal them to the bit.
fn on_lanes(numbers: &[f32], f: unsafe fn([f32; LANES]) -> [f32; LANES]) -> Vec<f32> {
    let mut out = Vec::new();
    for chunk in numbers.chunks(LANES) {
        let mut lanes = [0.0; LANES];
        lanes[..chunk.len()].copy_from_slice(chunk);
        // SAFETY: plain lanes need no processor feature.
        out.extend_from_slice(&unsafe { f(lanes) }[..chunk.len()]);
    }
    out
}

#[test]
fn exp_and_gelu_are_near_the_exact_functions() {
    let numbers: Vec<f32> = (-88_000..=88_000).map(|n| n as f32 / 1000.0).collect();
    for (&x, y) in numbers.iter().zip(on_lanes(&numbers, math::exp::<Plain<true>>)) {
        let exact = f64::from(x.max(-87.0)).exp();
        assert!((f64::from(y) / exact - 1.0).abs() < 3e-7, "exp {x} is {y}, not {exact}");
    }
    let numbers: Vec<f32> = (-10_000..=10_000).map(|n| n as f32 / 1000.0).collect();
    for (&x, y) in numbers.iter().zip(on_lanes(&numbers, math::gelu::<Plain<true>>)) {
        let exact = reference::gelu(f64::from(x));
        let bound = 1e-6 * f64::from(x.abs()).max(1.0);
        assert!((f64::from(y) - exact).abs() < bound, "gelu {x} is {y}, not {exact}");
    }
    let [nothing, one] = [f32::NEG_INFINITY, 0.0].map(|x| on_lanes(&[x], math::exp::<Plain<true>>)[0]);
    assert!(nothing < 1e-37 && one == 1.0, "{nothing}, {one}");
}

#[test]
fn what_the_fuzzer_tries_holds_on_random_bytes() {
    for seed in 0..150 {
        let mut random = Random(seed);
        let bytes: Vec<u8> = (0..random.below(700)).map(|_| random.next() as u8).collect();
        fuzz_body::forward(&bytes);
    }
}
