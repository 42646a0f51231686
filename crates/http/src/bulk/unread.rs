//! What came of an upload and was not read yet.

/// Bytes at the end of those that came.
#[derive(Default)]
pub(super) struct Unread {
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

impl Unread {
    /// Adds what came. What was read before makes room for it only now, so that pieces of it could be
    /// borrowed until then.
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(piece);
    }

    /// Says that nothing more will come.
    pub(super) fn finish(&mut self) {
        self.ended = true;
    }

    /// Whether nothing more will come.
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Counts this many of them as read.
    pub(super) fn skip(&mut self, count: usize) {
        self.start += count;
    }

    /// How much memory they may take without asking for more.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Counts this many of them as read, and returns them.
    pub(super) fn take(&mut self, count: usize) -> &[u8] {
        let from = self.start;
        self.start += count;
        &self.buffer[from..self.start]
    }
}
