//! An upload of many lines in one request, whose receipts are read while it is being sent.

use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures::{Stream, stream::try_unfold};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{Request, body::Frame, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufWriter},
    net::TcpStream,
};

use crate::{clock::now, failed::Failed, token};

const PIECE_BYTES: usize = 64 * 1024;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Host and port of the server
    #[arg(long)]
    host: String,
    /// The file `bootstrap.json` of the server
    #[arg(long)]
    credentials: PathBuf,
    /// The lines, compressed with gzip
    #[arg(long)]
    file: PathBuf,
    /// Where to write the receipts
    #[arg(long)]
    receipts: PathBuf,
}

#[derive(Deserialize)]
struct End {
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    lines: u64,
    created: u64,
    updated: u64,
    complete: bool,
}

pub(crate) async fn run(args: &Args) -> Result<Value, Failed> {
    let token = token::fetch(&args.host, &args.credentials).await?;
    let stream = TcpStream::connect(&args.host).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::post("/v1/payment-methods/credit-cards/bulk")
        .header("host", &args.host)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/x-ndjson")
        .header("content-encoding", "gzip")
        .body(StreamBody::new(pieces(&args.file).await?))
        .map_err(|error| Failed::because(error.to_string()))?;
    let start = now();
    let response = sender.send_request(request).await?;
    let status = response.status();
    let mut body = response.into_body();
    let mut receipts = BufWriter::new(File::create(&args.receipts).await?);
    while let Some(frame) = body.frame().await {
        if let Some(piece) = frame?.data_ref() {
            receipts.write_all(piece).await?;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    receipts.flush().await?;
    if status != 200 {
        return Err(Failed::because(format!("an answer of status {status}")));
    }
    report(&summary(&args.receipts)?, seconds)
}

async fn pieces(
    path: &Path,
) -> Result<impl Stream<Item = std::io::Result<Frame<Bytes>>> + use<>, Failed> {
    let file = File::open(path).await?;
    Ok(try_unfold(file, |mut file| async move {
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        let more = file.read_buf(&mut piece).await? > 0;
        Ok(more.then(|| (Frame::data(piece.freeze()), file)))
    }))
}

fn summary(receipts: &Path) -> Result<Summary, Failed> {
    let text = std::fs::read_to_string(receipts)?;
    let last = text.lines().next_back().unwrap_or_default();
    Ok(serde_json::from_str::<End>(last)?.summary)
}

/// Every line has to take effect: a line that is refused, or was there before, costs less than it should.
fn report(summary: &Summary, seconds: f64) -> Result<Value, Failed> {
    if !summary.complete || summary.lines == 0 || summary.created + summary.updated != summary.lines
    {
        return Err(Failed::because("some lines of the upload took no effect"));
    }
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 lines")]
    let rate = summary.lines as f64 / seconds;
    Ok(json!({"requests": summary.lines, "seconds": seconds, "rate": rate}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary_of(lines: u64, created: u64, updated: u64, complete: bool) -> Summary {
        Summary { lines, created, updated, complete }
    }

    #[test]
    fn an_upload_counts_only_if_all_of_it_took_effect() {
        let report = report(&summary_of(10, 6, 4, true), 2.0).unwrap();
        assert_eq!(report["rate"], 5.0);
        for spoilt in
            [summary_of(10, 9, 0, true), summary_of(10, 10, 0, false), summary_of(0, 0, 0, true)]
        {
            assert!(super::report(&spoilt, 2.0).is_err());
        }
    }

    #[test]
    fn the_summary_is_the_last_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "{\"line\":1,\"result\":\"created\"}\n{\"summary\":{\"lines\":1,\"created\":1,\"updated\":0,\"complete\":true}}\n";
        std::fs::write(file.path(), text).unwrap();
        assert_eq!(summary(file.path()).unwrap().lines, 1);
    }
}
