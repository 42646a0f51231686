//! Compares what is said on the wire with `openapi.yaml`, whichever test says it.
//!
//! An answer must be one that its operation promises: status, headers and body. A request that was
//! granted must be one that the contract allows; so neither can the server be more lenient than the
//! contract nor the contract stricter than the server. And some things hold for every answer there
//! is, and are looked at in every one.

mod always;
mod granted;
mod promised;

use crate::{message::Reply, seen, spec::Spec};

/// Where a request went, by the contract.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'s> {
    /// To an operation.
    Operation(&'s crate::spec::Operation),
    /// To a path that has no such method.
    NoMethod,
    /// To no path.
    NoPath,
}

impl<'s> Place<'s> {
    fn of(spec: &'s Spec, reply: &Reply) -> Self {
        let Some(template) = spec.template(reply.request.path()) else { return Self::NoPath };
        // What answers GET answers HEAD, without a body.
        let method = match reply.request.method.as_str() {
            "HEAD" => "GET",
            other => other,
        };
        spec.find(template, method).map_or(Self::NoMethod, Self::Operation)
    }
}

/// Fails if an exchange is not as the contract has it, and otherwise remembers that it was seen.
pub fn check(reply: &Reply) {
    let spec = Spec::get();
    let place = Place::of(spec, reply);
    let found = complaints(spec, place, reply);
    assert!(found.is_empty(), "not as in openapi.yaml:\n- {}\n{reply}", found.join("\n- "));
    match place {
        Place::Operation(operation) if operation.answers.contains_key(&reply.status) => {
            seen::note(&operation.id, reply.status);
        }
        _ => seen::note(seen::TRANSPORT, reply.status),
    }
}

/// Everything about an exchange that is not as the contract has it.
pub(crate) fn complaints(spec: &Spec, place: Place<'_>, reply: &Reply) -> Vec<String> {
    let mut found = promised::complaints(spec, place, reply);
    if let Place::Operation(operation) = place
        && promised::is_success(reply)
    {
        found.extend(granted::complaints(spec, operation, reply));
    }
    found.extend(always::complaints(reply));
    found
}

#[cfg(test)]
mod tests;
