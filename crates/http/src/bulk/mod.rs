//! `POST /v1/payment-methods/credit-cards/bulk`: lines in, receipts out, as many as there are.
//!
//! An extension of Cardfile's own. Nothing of an upload is ever kept as a whole: lines are inflated,
//! split, parsed and handed to the lanes as they arrive, and each is answered as soon as it and all
//! before it are done. Who sends faster than the lanes work is slowed down, and so is who does not
//! read its receipts.
//!
//! The body is read while the answer is written, so the answer begins before anything is known of the
//! lines: its status is 200 once the request itself is in order, and what is wrong with a line is in
//! the line's receipt.

mod content;
mod fault;
mod incoming;
mod kept;
mod line;
mod lines;
mod names;
mod reader;
mod receipt;
mod source;
mod stream;
mod table;
mod unread;

use axum::{
    Extension,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Uri, header},
    response::Response,
};
use cardfile_domain::command::Mode;
use cardfile_service::{Identity, Upload};

pub(crate) use self::fault::UploadFault;
use self::{incoming::Incoming, line::Scope, reader::Reader, source::Format};
use crate::{
    UseCases,
    body::SentBytes,
    context::RequestContext,
    failure::Failure,
    headers,
    layers::{Entered, ReadsOn},
};

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Extension(identity): Extension<Identity>,
    Extension(context): Extension<RequestContext>,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let format = format(&parts.headers)?;
    let mode = mode(&parts.uri)?;
    let key = headers::idempotency_key(&parts.headers)
        .map_err(|_| Failure::BadHeader("Idempotency-Key"))?
        .map(str::to_owned);
    let sent = parts.extensions.get::<SentBytes>().cloned().unwrap_or_default();
    let incoming = match parts.headers.get(header::CONTENT_ENCODING) {
        None => Incoming::plain(body, sent),
        Some(coding) if coding == "gzip" => Incoming::packed(body, sent),
        Some(_) => return Err(Failure::Upload(UploadFault::MediaType)),
    };
    let reader = Reader::new(incoming, format, Scope { identity, caller });
    let upload = Upload::begin(service, key, mode).ok_or(Failure::Upload(UploadFault::TooMany))?;
    let receipts = stream::receipts(reader, upload, context);
    let mut response = Response::new(Body::from_stream(receipts));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(ReadsOn);
    Ok(response)
}

fn format(headers: &HeaderMap) -> Result<Format, Failure> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(Format::lines()) };
    let kind = kind.to_str().unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-ndjson") {
        Ok(Format::lines())
    } else if essence.eq_ignore_ascii_case("text/csv") {
        Ok(Format::table())
    } else {
        Err(Failure::Upload(UploadFault::MediaType))
    }
}

/// `?dryRun=true`.
fn mode(uri: &Uri) -> Result<Mode, Failure> {
    let mut mode = Mode::Effect;
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if name == "dryRun" {
            mode = match value.as_ref() {
                "true" => Mode::Rehearsal,
                "false" => Mode::Effect,
                _ => return Err(Failure::BadQuery("'dryRun' must be true or false.".into())),
            };
        }
    }
    Ok(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_is_asked_for_in_so_many_words() {
        let mode = |uri| mode(&Uri::from_static(uri)).ok();
        assert_eq!(mode("/"), Some(Mode::Effect));
        assert_eq!(mode("/?dryRun=false&x=1"), Some(Mode::Effect));
        assert_eq!(mode("/?dryRun=true"), Some(Mode::Rehearsal));
        assert_eq!(mode("/?dryRun=1"), None);
        assert_eq!(mode("/?dryRun=true&dryRun"), None);
    }

    #[test]
    fn lines_come_in_two_formats() {
        let format = |kind| {
            let kind = HeaderValue::from_static(kind);
            format(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]))
        };
        assert!(matches!(format("application/x-ndjson; charset=utf-8"), Ok(Format::Lines(_))));
        assert!(matches!(format("Text/CSV;header=present"), Ok(Format::Table(_))));
        for kind in ["application/json", "", "text/plain"] {
            assert!(matches!(format(kind), Err(Failure::Upload(UploadFault::MediaType))), "{kind}");
        }
        assert!(super::format(&HeaderMap::new()).is_ok());
    }
}
