//! Carries errands out: each as a request to the API, on behalf of who was let in with it.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use axum::{body::Body, http::Request, response::Response};
use cardfile_domain::limits::ERRANDS_AT_ONCE;
use cardfile_service::{Caller, Errand, Failure, Note, Service};
use futures::future::join_all;
use http_body_util::BodyExt;
use tokio::{task::JoinSet, time::sleep};
use tower::ServiceExt;

use super::note::{Order, Report, Told};
use crate::{
    Api,
    layers::{PartMayPass, Spoken},
};

/// How often to look for what other processes filed or left lying.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often an errand is kept from others while it is being carried out.
const KEEP_EVERY: Duration = Duration::from_secs(4);

/// Who a request is made for, in place of credentials: they were checked when it was accepted.
///
/// Nothing that comes from outside can bring one along.
#[derive(Clone, Debug)]
pub(crate) struct Resumed(pub(crate) Caller);

/// Carries errands out.
pub struct ErrandRunner {
    service: Arc<Service>,
    api: Api,
}

impl ErrandRunner {
    /// A runner that has the API answer.
    pub fn new(service: Arc<Service>, api: Api) -> Self {
        Self { service, api }
    }

    /// Carries out whatever comes, until told to stop; what was begun by then is finished.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let runner = Arc::new(self);
        let mut running = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            let free = ERRANDS_AT_ONCE - running.len();
            let taken = runner.service.take_errands(free).await.unwrap_or_else(|error| {
                report(&error, "errands could not be looked for");
                Vec::new()
            });
            let may_be_more = taken.len() == free;
            for errand in taken {
                let runner = Arc::clone(&runner);
                running.spawn(async move { runner.carry_out(errand).await });
            }
            tokio::select! {
                () = &mut stop => break,
                () = runner.next_look(&mut running, may_be_more) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Returns when it is worth looking again, and there is room for what is found.
    async fn next_look(&self, running: &mut JoinSet<()>, may_be_more: bool) {
        let mut time_to_look = pin!(async {
            if !may_be_more {
                tokio::select! {
                    () = self.service.errand_filed() => {}
                    () = sleep(LOOK_EVERY) => {}
                }
            }
        });
        let mut is_time = false;
        while !is_time || running.len() == ERRANDS_AT_ONCE {
            tokio::select! {
                () = &mut time_to_look, if !is_time => is_time = true,
                Some(_) = running.join_next() => {}
            }
        }
    }

    /// Carries out all that is due, and returns how many that were.
    pub async fn work_off(&self) -> Result<usize, Failure> {
        let mut count = 0;
        loop {
            let taken = self.service.take_errands(ERRANDS_AT_ONCE).await?;
            if taken.is_empty() {
                return Ok(count);
            }
            count += taken.len();
            join_all(taken.into_iter().map(|errand| self.carry_out(errand))).await;
        }
    }

    async fn carry_out(&self, mut errand: Errand) {
        let order = serde_json::from_slice::<Order>(&errand.note).ok();
        let Some((told, mut request)) = order.and_then(|order| order.into_request(&errand.key()))
        else {
            tracing::error!(errand = %errand.id(), "an asynchronous request cannot be read");
            if let Err(error) = self.service.shelve_errand(&mut errand).await {
                report(&error, "an asynchronous request that cannot be read could not be put off");
            }
            return;
        };
        let caller = Caller { track: told.track.clone(), ..errand.caller.clone() };
        request.extensions_mut().insert(Resumed(caller));
        let Some(response) = self.answer(request, &mut errand).await else { return };
        let failed = response.extensions().get::<Spoken>().copied();
        let may_pass = failed.is_some_and(|spoken| spoken.may_pass)
            || response.extensions().get::<PartMayPass>().is_some();
        let settled = if may_pass && !errand.is_last_try() {
            self.service.postpone_errand(&mut errand).await
        } else {
            let note = note(told, failed.is_none(), response).await;
            self.service.finish_errand(&errand, &note).await
        };
        if let Err(error) = settled {
            // It is due again in a while, and then the claim gives the answer of this time.
            report(&error, "the answer to an asynchronous request could not be kept");
        }
    }

    /// The API's answer, unless another process takes the errand up meanwhile.
    async fn answer(&self, request: Request<Body>, errand: &mut Errand) -> Option<Response> {
        let mut answer = pin!(self.api.clone().oneshot(request));
        loop {
            tokio::select! {
                answer = &mut answer => {
                    let Ok(response) = answer;
                    return Some(response);
                }
                () = sleep(KEEP_EVERY) => {
                    if matches!(self.service.keep_errand(errand).await, Ok(false)) {
                        return None;
                    }
                }
            }
        }
    }
}

async fn note(told: Told, succeeded: bool, response: Response) -> Note {
    let status = response.status().as_u16();
    // Bodies of answers are whole before they are sent, and they are JSON.
    let body = response.into_body().collect().await.map(http_body_util::Collected::to_bytes);
    let body = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
    let report = Report { told, succeeded, status, body };
    Note::new(serde_json::to_vec(&report).unwrap_or_default())
}

fn report(error: &Failure, what: &'static str) {
    tracing::warn!(error = error as &dyn std::error::Error, "{what}");
}
