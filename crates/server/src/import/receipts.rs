//! What the server says about each line, and what all of it comes to.

use serde::{Deserialize, Serialize};

/// A line of the server's answer.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Said {
    /// The last line.
    Summary {
        /// What it sums up.
        summary: Summary,
    },
    /// What became of one line.
    Receipt(Receipt),
}

/// What became of a line.
#[derive(Debug, Deserialize)]
pub(super) struct Receipt {
    pub(super) line: u64,
    pub(super) result: Effect,
    pub(super) reasons: Vec<Reason>,
}

/// What a line did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Effect {
    Created,
    Updated,
    Unchanged,
    Refused,
}

/// Why a line was refused.
#[derive(Debug, Deserialize)]
pub(super) struct Reason {
    pub(super) code: u32,
    pub(super) message: String,
}

/// The server's own sum; what the program tells it counts itself, because an import may have been
/// cut off before.
#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    /// The file was read to its end.
    pub(super) complete: bool,
    /// Lines that had taken effect before.
    pub(super) replayed: u64,
}

/// How many lines had which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) lines: u64,
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) refused: u64,
}

impl Tally {
    pub(super) fn add(&mut self, effect: Effect) {
        self.lines += 1;
        *match effect {
            Effect::Created => &mut self.created,
            Effect::Updated => &mut self.updated,
            Effect::Unchanged => &mut self.unchanged,
            Effect::Refused => &mut self.refused,
        } += 1;
    }

    /// The sum in words.
    pub(super) fn words(&self) -> String {
        let Self { lines, created, updated, unchanged, refused } = self;
        format!(
            "{lines} lines: {created} created, {updated} updated, {unchanged} unchanged, {refused} \
             refused"
        )
    }
}

/// Splits the answer into lines as it comes.
#[derive(Default)]
pub(super) struct Splitter(Vec<u8>);

impl Splitter {
    /// Adds what came, and takes out the lines that are whole.
    pub(super) fn push(&mut self, piece: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.0.extend_from_slice(part);
            if self.0.ends_with(b"\n") {
                lines.push(std::mem::take(&mut self.0));
            }
        }
        lines
    }
}

/// A refused line as rows of the failures file: number, code, message. Never the line itself.
pub(super) fn failure_rows(receipt: &Receipt) -> String {
    let row = |reason: &Reason| {
        let message = reason.message.replace('"', "\"\"");
        format!("{},{},\"{message}\"\r\n", receipt.line, reason.code)
    };
    receipt.reasons.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(json: &str) -> Receipt {
        match serde_json::from_str(json).unwrap() {
            Said::Receipt(receipt) => receipt,
            Said::Summary { .. } => panic!("a summary"),
        }
    }

    #[test]
    fn the_answer_is_split_alike_however_it_comes() {
        let text = b"{\"a\":1}\n{\"b\":2}\n{\"c\"";
        for size in 1..=text.len() {
            let mut splitter = Splitter::default();
            let lines: Vec<_> = text.chunks(size).flat_map(|piece| splitter.push(piece)).collect();
            assert_eq!(lines, [b"{\"a\":1}\n".to_vec(), b"{\"b\":2}\n".to_vec()], "{size}");
        }
    }

    #[test]
    fn a_refused_line_has_a_row_for_each_reason() {
        let receipt = receipt(
            r#"{"line":7,"id":null,"result":"refused","reasons":[
                {"code":52500021,"message":"'city' is \"odd\", so."},{"code":1,"message":"No."}]}"#,
        );
        assert_eq!(
            failure_rows(&receipt),
            "7,52500021,\"'city' is \"\"odd\"\", so.\"\r\n7,1,\"No.\"\r\n"
        );
    }

    #[test]
    fn each_end_is_counted_and_the_last_line_is_known() {
        let mut tally = Tally::default();
        for result in ["created", "refused", "created", "updated", "unchanged"] {
            let json = format!(r#"{{"line":1,"id":null,"result":"{result}","reasons":[]}}"#);
            tally.add(receipt(&json).result);
        }
        let expected = Tally { lines: 5, created: 2, updated: 1, unchanged: 1, refused: 1 };
        assert_eq!(tally, expected);
        let json = r#"{"summary":{"lines":5,"created":2,"updated":1,"unchanged":1,"refused":1,"replayed":2,"complete":false}}"#;
        let Said::Summary { summary } = serde_json::from_str(json).unwrap() else {
            panic!("no summary");
        };
        assert!(!summary.complete && summary.replayed == 2);
    }
}
