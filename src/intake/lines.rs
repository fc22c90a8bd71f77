//! NDJSON, cut into lines as its bytes arrive, in bounded memory.
//!
//! Called by the batch endpoint and by imports. It must never hold more than one line: a line that is too long is
//! counted and thrown away as it passes by.

use bytes::{Bytes, BytesMut};

/// One line that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1; blank lines count.
    pub number: u64,
    /// Its bytes without the line break, or `None` when it was longer than allowed.
    pub bytes: Option<Bytes>,
}

/// Cuts chunks into lines.
#[derive(Debug)]
pub struct Lines {
    longest: usize,
    buffer: BytesMut,
    number: u64,
    too_long: bool,
}

impl Lines {
    /// Lines of at most `longest` bytes.
    pub fn new(longest: usize) -> Self {
        Self { longest, buffer: BytesMut::new(), number: 0, too_long: false }
    }

    /// Takes the next chunk and gives the lines that it ends.
    pub fn push(&mut self, mut chunk: Bytes) -> Vec<Line> {
        let mut lines = vec![];
        while let Some(end) = chunk.iter().position(|b| *b == b'\n') {
            let head = chunk.split_to(end + 1);
            self.append(&head[..end]);
            lines.extend(self.cut());
        }
        self.append(&chunk);
        lines
    }

    /// The last line, when the input does not end in a line break.
    pub fn finish(mut self) -> Option<Line> {
        self.cut()
    }

    fn append(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() > self.longest {
            self.too_long = true;
            self.buffer.clear();
        }
        if !self.too_long {
            self.buffer.extend_from_slice(bytes);
        }
    }

    fn cut(&mut self) -> Option<Line> {
        self.number += 1;
        let too_long = std::mem::take(&mut self.too_long);
        let bytes = self.buffer.split().freeze();
        let blank = bytes.iter().all(u8::is_ascii_whitespace);
        match (too_long, blank) {
            (true, _) => Some(Line { number: self.number, bytes: None }),
            (false, true) => None,
            (false, false) => Some(Line { number: self.number, bytes: Some(bytes) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let text = b"{\"a\":1}\r\n\n{\"b\":2}\n123456789012345678901\nlast";
        let whole: Vec<_> = {
            let mut lines = Lines::new(20);
            let mut out = lines.push(Bytes::from_static(text));
            out.extend(lines.finish());
            out
        };
        let told: Vec<_> = whole.iter().map(|l| (l.number, l.bytes.as_ref().map(|b| b.len()))).collect();
        assert_eq!(told, [(1, Some(8)), (3, Some(7)), (4, None), (5, Some(4))]);
        for size in 1..8 {
            let mut lines = Lines::new(20);
            let mut out: Vec<Line> = text.chunks(size).flat_map(|c| lines.push(Bytes::copy_from_slice(c))).collect();
            out.extend(lines.finish());
            assert_eq!(out, whole, "chunks of {size}");
        }
    }
}
