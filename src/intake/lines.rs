//! NDJSON or CSV, cut into lines as its bytes arrive, in bounded memory.
//!
//! Called by the batch endpoint and by imports. It must never hold more than one line: a line that is too long is
//! counted and thrown away as it passes by.

use bytes::{Bytes, BytesMut};

/// One line that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1; blank lines count. A record over several lines has the number of its first.
    pub number: u64,
    /// Its bytes without the line break, or `None` when it was longer than allowed.
    pub bytes: Option<Bytes>,
}

/// Where in a record of CSV the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the beginning of a cell.
    Start,
    /// In a cell without quotes: a quote means itself.
    Bare,
    /// In quotes: a line break means itself.
    Quoted,
    /// Behind a quote in quotes: the end, or the first of two that stand for one.
    Quote,
}

impl At {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Quote,
            (Self::Quoted, _) => Self::Quoted,
            (Self::Start | Self::Quote, b'"') => Self::Quoted,
            (_, b',') => Self::Start,
            _ => Self::Bare,
        }
    }
}

/// Cuts chunks into lines.
#[derive(Debug)]
pub struct Lines {
    longest: usize,
    buffer: BytesMut,
    /// Line breaks seen.
    breaks: u64,
    /// The line on which the one in the buffer begins.
    first: u64,
    too_long: bool,
    /// For records of CSV.
    at: Option<At>,
}

impl Lines {
    /// Lines of at most `longest` bytes.
    pub fn new(longest: usize) -> Self {
        Self { longest, buffer: BytesMut::new(), breaks: 0, first: 1, too_long: false, at: None }
    }

    /// Records of CSV of at most `longest` bytes: a line break in quotes ends none.
    pub fn records(longest: usize) -> Self {
        Self { at: Some(At::Start), ..Self::new(longest) }
    }

    /// Takes the next chunk and gives the lines that it ends.
    pub fn push(&mut self, mut chunk: Bytes) -> Vec<Line> {
        let mut lines = vec![];
        while let Some(end) = chunk.iter().position(|b| *b == b'\n') {
            let head = chunk.split_to(end + 1);
            self.append(&head[..end]);
            self.breaks += 1;
            if self.at == Some(At::Quoted) {
                self.append(b"\n");
            } else {
                lines.extend(self.cut());
            }
        }
        self.append(&chunk);
        lines
    }

    /// The last line, when the input does not end in a line break.
    pub fn finish(mut self) -> Option<Line> {
        self.cut()
    }

    fn append(&mut self, bytes: &[u8]) {
        if let Some(at) = &mut self.at {
            *at = bytes.iter().fold(*at, |at, byte| at.after(*byte));
        }
        if self.buffer.len() + bytes.len() > self.longest {
            self.too_long = true;
            self.buffer.clear();
        }
        if !self.too_long {
            self.buffer.extend_from_slice(bytes);
        }
    }

    fn cut(&mut self) -> Option<Line> {
        let number = std::mem::replace(&mut self.first, self.breaks + 1);
        self.at = self.at.map(|_| At::Start);
        let too_long = std::mem::take(&mut self.too_long);
        let bytes = self.buffer.split().freeze();
        let blank = bytes.iter().all(u8::is_ascii_whitespace);
        match (too_long, blank) {
            (true, _) => Some(Line { number, bytes: None }),
            (false, true) => None,
            (false, false) => Some(Line { number, bytes: Some(bytes) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text in one chunk, which have to be the same in chunks of any size.
    fn cut(text: &'static [u8], fresh: fn() -> Lines) -> Vec<Line> {
        let in_chunks = |size: usize| {
            let mut lines = fresh();
            let mut out: Vec<Line> = text.chunks(size).flat_map(|c| lines.push(Bytes::copy_from_slice(c))).collect();
            out.extend(lines.finish());
            out
        };
        let whole = in_chunks(text.len());
        for size in 1..8 {
            assert_eq!(in_chunks(size), whole, "chunks of {size}");
        }
        whole
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let whole = cut(b"{\"a\":1}\r\n\n{\"b\":2}\n123456789012345678901\nlast", || Lines::new(20));
        let told: Vec<_> = whole.iter().map(|l| (l.number, l.bytes.as_ref().map(|b| b.len()))).collect();
        assert_eq!(told, [(1, Some(8)), (3, Some(7)), (4, None), (5, Some(4))]);
    }

    #[test]
    fn a_record_goes_on_over_line_breaks_in_quotes() {
        let text = b"a,b\n1,\"two\nlines, \"\"quoted\"\"\"\n3,5\" wide\n\n\"x\"\"\n\",y\nlast,\"open\n";
        let whole = cut(text, || Lines::records(100));
        let told: Vec<_> = whole
            .iter()
            .map(|l| (l.number, l.bytes.as_ref().map(|b| String::from_utf8_lossy(b).into_owned())))
            .collect();
        let record = |number, text: &str| (number, Some(text.to_owned()));
        assert_eq!(
            told,
            [
                record(1, "a,b"),
                record(2, "1,\"two\nlines, \"\"quoted\"\"\""),
                record(4, "3,5\" wide"),
                record(6, "\"x\"\"\n\",y"),
                record(8, "last,\"open\n"),
            ]
        );
    }
}
