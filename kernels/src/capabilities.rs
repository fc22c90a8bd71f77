//! What the processor can do, and the choice that follows from it.
//!
//! Detected once a process. A [`Kernel`] is the proof that its instructions exist here: there is no other way to make one
//! than from detected [`Capabilities`], and every unsafe call of `ops` rests on that.

use std::{fmt, str::FromStr, sync::LazyLock};

/// Instructions that the kernels know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    avx512: bool,
    avx512_vnni: bool,
    avx512_bf16: bool,
    avx2_fma: bool,
    neon: bool,
}

impl Capabilities {
    /// This processor's, detected on the first call.
    pub fn here() -> Self {
        static HERE: LazyLock<Capabilities> = LazyLock::new(Capabilities::detect);
        *HERE
    }

    #[cfg(target_arch = "x86_64")]
    fn detect() -> Self {
        use std::arch::is_x86_feature_detected as has;
        let avx512 = has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512dq") && has!("fma");
        Self {
            avx512,
            avx512_vnni: avx512 && has!("avx512vnni"),
            avx512_bf16: avx512 && has!("avx512bf16"),
            avx2_fma: has!("avx2") && has!("fma"),
            neon: false,
        }
    }

    #[cfg(target_arch = "aarch64")]
    fn detect() -> Self {
        // NEON is part of every aarch64 target that has a standard library.
        Self { avx512: false, avx512_vnni: false, avx512_bf16: false, avx2_fma: false, neon: true }
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn detect() -> Self {
        Self { avx512: false, avx512_vnni: false, avx512_bf16: false, avx2_fma: false, neon: false }
    }

    /// Whether the instruction set is there.
    pub fn has(self, isa: Isa) -> bool {
        match isa {
            Isa::Avx512 => self.avx512,
            Isa::Avx2 => self.avx2_fma,
            Isa::Neon => self.neon,
            Isa::Portable => true,
        }
    }

    /// Whether matrix products can be computed in this precision.
    pub fn narrow(self, precision: Precision) -> bool {
        match precision {
            Precision::F32 => true,
            Precision::Bf16 => self.avx512_bf16,
            // The down projections are computed in bf16.
            Precision::Int8 => self.avx512_vnni && self.avx512_bf16,
        }
    }

    /// The instruction sets that are there, fastest first; the portable one is always among them.
    pub fn isas(self) -> impl Iterator<Item = Isa> {
        [Isa::Avx512, Isa::Avx2, Isa::Neon, Isa::Portable].into_iter().filter(move |&isa| self.has(isa))
    }
}

/// An instruction set that the kernels are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isa {
    /// AVX-512 F, BW, VL and DQ.
    Avx512,
    /// AVX2 with FMA.
    Avx2,
    /// NEON (Advanced SIMD) of aarch64.
    Neon,
    /// Plain Rust, with matrix products by the `gemm` crate.
    Portable,
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Neon => "neon",
            Self::Portable => "portable",
        })
    }
}

/// How numbers are held in matrix products. Everything else is always f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// 32-bit floats: on every processor, and the same bits on all that have FMA.
    F32,
    /// bfloat16 operands and f32 sums (AVX-512 BF16).
    Bf16,
    /// Eight-bit operands and whole-number sums (AVX-512 VNNI), but bfloat16 in the down projections, whose inputs lose
    /// too much in eight bits.
    Int8,
}

impl Precision {
    /// All, from the most exact to the fastest.
    pub const ALL: [Self; 3] = [Self::F32, Self::Bf16, Self::Int8];
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|precision| precision.to_string() == s);
        known.ok_or_else(|| format!("`{s}` is no precision: f32, bf16 or int8"))
    }
}

/// The processor lacks what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this processor has no {precision} kernel for {isa}")]
pub struct Unsupported {
    isa: Isa,
    precision: Precision,
}

/// An instruction set and a precision that this processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kernel {
    isa: Isa,
    precision: Precision,
}

impl Kernel {
    /// The kernel for an instruction set and a precision.
    ///
    /// # Errors
    /// [`Unsupported`] where the processor lacks the instructions.
    pub fn new(isa: Isa, precision: Precision) -> Result<Self, Unsupported> {
        let here = Capabilities::here();
        let narrow = precision == Precision::F32 || (isa == Isa::Avx512 && here.narrow(precision));
        if here.has(isa) && narrow { Ok(Self { isa, precision }) } else { Err(Unsupported { isa, precision }) }
    }

    /// The fastest kernel of a precision.
    ///
    /// # Errors
    /// [`Unsupported`] where the processor has none.
    pub fn fastest(precision: Precision) -> Result<Self, Unsupported> {
        let mut isas = Capabilities::here().isas();
        let refusal = Unsupported { isa: Isa::Avx512, precision };
        isas.find_map(|isa| Self::new(isa, precision).ok()).ok_or(refusal)
    }

    /// The instruction set.
    pub fn isa(self) -> Isa {
        self.isa
    }

    /// The precision.
    pub fn precision(self) -> Precision {
        self.precision
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.isa, self.precision)
    }
}
