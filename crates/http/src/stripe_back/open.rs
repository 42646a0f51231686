//! The dialect without credentials, as the original has it: for whoever can reach the server.

use std::net::IpAddr;

use axum::http::{header, request::Parts, uri::Authority};
use cardfile_domain::{
    client::{Right, Rights},
    id::{ClientId, EntityId},
};
use cardfile_service::Caller;

use crate::context::RequestContext;

/// The client that the audit trail names where the dialect is open to whoever can reach it; nobody can
/// sign in as it, because ids of clients are random.
const ANYBODY: ClientId = ClientId::from_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);

/// Whoever calls where the dialect is open to an entity's cards; nobody if a web page may be behind it.
pub(crate) fn anybody(entity: EntityId, parts: &Parts, context: &RequestContext) -> Option<Caller> {
    let rights = Rights::of([Right::Read, Right::Write]);
    let caller = Caller { client: ANYBODY, entity, rights, track: context.track.clone() };
    is_of_no_page(parts).then_some(caller)
}

/// Any page that somebody on the machine has open can have their browser send a request here. A
/// browser says so, or it believes that it talks to another host whose name leads here.
fn is_of_no_page(parts: &Parts) -> bool {
    if parts.headers.contains_key(header::ORIGIN) || parts.headers.contains_key("sec-fetch-site") {
        return false;
    }
    let named = parts.headers.get(header::HOST).map(|host| Authority::try_from(host.as_bytes()));
    match (named, parts.uri.host()) {
        (Some(Ok(authority)), _) => is_this_machine(authority.host()),
        (Some(Err(_)), _) => false,
        (None, Some(host)) => is_this_machine(host),
        (None, None) => true,
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn is_let_in(headers: &[(&str, &str)]) -> bool {
        let mut request = Request::post("/api/cards");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        is_of_no_page(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_program_on_this_machine_is_let_in_and_a_page_is_not() {
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "127.8.8.8"] {
            assert!(is_let_in(&[("host", host)]), "{host}");
        }
        assert!(is_let_in(&[]));
        for host in
            ["evil.example", "evil.example:8080", "192.0.2.1", "localhost.evil.example", "::"]
        {
            assert!(!is_let_in(&[("host", host)]), "{host}");
        }
        let host = ("host", "localhost:8080");
        assert!(!is_let_in(&[host, ("origin", "http://localhost:8080")]));
        assert!(!is_let_in(&[host, ("origin", "null")]));
        assert!(!is_let_in(&[host, ("sec-fetch-site", "cross-site")]));
    }
}
