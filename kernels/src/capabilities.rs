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
    /// 32-bit floats.
    F32,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s {
            "f32" => Ok(Self::F32),
            other => Err(format!("`{other}` is no precision: f32")),
        }
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
        if Capabilities::here().has(isa) { Ok(Self { isa, precision }) } else { Err(Unsupported { isa, precision }) }
    }

    /// The fastest kernel of a precision.
    ///
    /// # Errors
    /// [`Unsupported`] where the processor has none.
    pub fn fastest(precision: Precision) -> Result<Self, Unsupported> {
        let mut refusal = Unsupported { isa: Isa::Portable, precision };
        for isa in Capabilities::here().isas() {
            match Self::new(isa, precision) {
                Ok(kernel) => return Ok(kernel),
                Err(refused) => refusal = refused,
            }
        }
        Err(refusal)
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
