//! Splits a stream of bytes into lines.

use cardfile_domain::limits::BULK_LINE_BYTES_MAX;
use memchr::memchr;

use super::unread::Unread;

/// What can be split off.
#[derive(Debug, PartialEq)]
pub(super) enum Split<L> {
    /// A line and its number.
    Line(u64, L),
    /// Nothing until more comes.
    More,
    /// Nothing any more: the line is longer than lines may be.
    TooLong,
}

/// The lines of an upload in NDJSON.
#[derive(Default)]
pub(super) struct Lines {
    unread: Unread,
    /// How much of the next line is known to hold no end of line.
    searched: usize,
    /// How many there were.
    taken: u64,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Lines {
    /// Adds what came.
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.unread.push(piece);
    }

    /// Says that nothing more will come.
    pub(super) fn finish(&mut self) {
        self.unread.finish();
    }

    /// The number of the line that is split off next.
    pub(super) fn number(&self) -> u64 {
        self.taken + 1
    }

    /// Splits off the next line that is not empty.
    pub(super) fn next(&mut self) -> Split<&[u8]> {
        loop {
            let left = self.unread.bytes();
            let end = memchr(b'\n', &left[self.searched..]);
            let (length, step) = match end {
                Some(end) => (self.searched + end, self.searched + end + 1),
                None if self.unread.is_ended() && !left.is_empty() => (left.len(), left.len()),
                None if left.len() > BULK_LINE_BYTES_MAX => return Split::TooLong,
                None => {
                    self.searched = left.len();
                    return Split::More;
                }
            };
            if length > BULK_LINE_BYTES_MAX {
                return Split::TooLong;
            }
            self.searched = 0;
            self.taken += 1;
            let mark = self.taken == 1 && left.starts_with(BYTE_ORDER_MARK);
            let from = if mark { BYTE_ORDER_MARK.len() } else { 0 };
            if left[from..length].trim_ascii().is_empty() {
                self.unread.skip(step);
            } else {
                return Split::Line(self.taken, &self.unread.take(step)[from..length]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is split off where the text comes in pieces of this size.
    fn split(text: &[u8], size: usize) -> Vec<(u64, Vec<u8>)> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let mut take = |lines: &mut Lines| {
            while let Split::Line(number, line) = lines.next() {
                found.push((number, line.to_vec()));
            }
        };
        for piece in text.chunks(size) {
            lines.push(piece);
            take(&mut lines);
        }
        lines.finish();
        take(&mut lines);
        found
    }

    #[test]
    fn lines_are_split_alike_however_they_come_and_empty_ones_only_count() {
        let text = b"\xef\xbb\xbfone\r\n\n  \t\ntwo\nthree";
        let expected =
            [(1, b"one\r".to_vec()), (4, b"two".to_vec()), (5, b"three".to_vec())].to_vec();
        for size in 1..=text.len() {
            assert_eq!(split(text, size), expected, "{size}");
        }
        assert_eq!(split(b"\n\n\n", 2), []);
    }

    #[test]
    fn a_line_of_the_limit_is_a_line_and_one_byte_more_is_not() {
        let mut line = vec![b'x'; BULK_LINE_BYTES_MAX];
        line.push(b'\n');
        assert_eq!(split(&line, 1000).len(), 1);
        for ends in [false, true] {
            let mut lines = Lines::default();
            lines.push(&vec![b'x'; BULK_LINE_BYTES_MAX + 1]);
            if ends {
                lines.push(b"\n");
            }
            assert_eq!(lines.next(), Split::TooLong);
            assert_eq!(lines.next(), Split::TooLong);
        }
    }

    #[test]
    fn what_was_split_off_is_forgotten() {
        let mut lines = Lines::default();
        for _ in 0..1000 {
            lines.push(&[b'x'; 1000]);
            lines.push(b"\n");
            assert!(matches!(lines.next(), Split::Line(..)));
            assert!(matches!(lines.next(), Split::More));
        }
        assert!(lines.unread.capacity() < 8 * 1000);
    }
}
