//! Memory for numbers, aligned to cache lines: a load of a whole register must not straddle two of them.
//!
//! Used for packed weights and for activations that are kept from one chunk to the next. It must never hand out memory
//! that was not written: a buffer grows by zeros.

use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut, Range},
};

/// A cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A number for which every pattern of bits is a value.
///
/// # Safety
/// All bit patterns must be valid, the size must divide 64, and there must be no padding.
pub(crate) unsafe trait Number: Copy + Default {}
// SAFETY: a primitive float; every pattern is a value.
unsafe impl Number for f32 {}
// SAFETY: a primitive integer, as are the next three.
unsafe impl Number for u16 {}
// SAFETY: as above.
unsafe impl Number for u8 {}
// SAFETY: as above.
unsafe impl Number for i8 {}
// SAFETY: as above.
unsafe impl Number for i32 {}

/// A vector of numbers that starts on a cache line.
#[derive(Clone)]
pub(crate) struct Buffer<T> {
    lines: Vec<Line>,
    len: usize,
    of: PhantomData<T>,
}

impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Self { lines: Vec::new(), len: 0, of: PhantomData }
    }
}

impl<T: Number> Buffer<T> {
    /// Zeros.
    pub(crate) fn new(len: usize) -> Self {
        let mut buffer = Self::default();
        buffer.fit(len);
        buffer
    }

    /// Makes it `len` long; what was there stays or is cut off, never moved between positions.
    pub(crate) fn fit(&mut self, len: usize) {
        let lines = (len * size_of::<T>()).div_ceil(size_of::<Line>());
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([0; 64]));
        }
        self.len = len;
    }
}

impl<T: Number> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: the lines hold at least `len` numbers, are aligned beyond T's need, and any bytes are numbers.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T: Number> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and the borrow is unique.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

/// Rows of f32 that several threads write at once, each its own rows.
pub(crate) struct Rows {
    /// Keeps the memory; reached only through `first` while rows are shared.
    buffer: Buffer<f32>,
    first: *mut f32,
    count: usize,
    width: usize,
}

// SAFETY: the memory is owned, and the methods that reach it are unsafe and ask the caller to keep threads apart.
unsafe impl Sync for Rows {}
// SAFETY: as above; nothing in it belongs to a thread.
unsafe impl Send for Rows {}

impl Rows {
    /// `count` rows of `width` numbers in the buffer's memory.
    pub(crate) fn new(mut buffer: Buffer<f32>, count: usize, width: usize) -> Self {
        buffer.fit(count * width);
        let first = buffer.as_mut_ptr();
        Self { buffer, first, count, width }
    }

    fn within(&self, rows: &Range<usize>) -> (usize, usize) {
        assert!(rows.start <= rows.end && rows.end <= self.count, "rows of this buffer");
        (rows.start * self.width, rows.len() * self.width)
    }

    /// Reads rows.
    ///
    /// # Safety
    /// Nobody may write any of these rows while the slice lives.
    pub(crate) unsafe fn read(&self, rows: Range<usize>) -> &[f32] {
        let (start, len) = self.within(&rows);
        // SAFETY: within the memory; the caller keeps writers away.
        unsafe { std::slice::from_raw_parts(self.first.add(start), len) }
    }

    /// Writes rows.
    ///
    /// # Safety
    /// Nobody else may read or write any of these rows while the slice lives.
    #[expect(clippy::mut_from_ref, reason = "the callers hold disjoint rows, which is what this type is for")]
    pub(crate) unsafe fn write(&self, rows: Range<usize>) -> &mut [f32] {
        let (start, len) = self.within(&rows);
        // SAFETY: within the memory; the caller keeps everybody else away.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(start), len) }
    }

    /// The memory, to be used again; no rows are left.
    pub(crate) fn take(&mut self) -> Buffer<f32> {
        self.count = 0;
        std::mem::take(&mut self.buffer)
    }
}
