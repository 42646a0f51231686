//! Long answers are made apart from the threads of connections, where others would wait for them.

use std::{future::Future, panic::resume_unwind};

use axum::response::{IntoResponse, Response};
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;

use crate::failure::Failure;

/// Answers on another runtime; whoever gives up waiting ends the work.
pub(super) async fn apart(
    runtime: &Handle,
    answer: impl Future<Output = Response> + Send + 'static,
) -> Response {
    match AbortOnDropHandle::new(runtime.spawn(answer)).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The process is on its way out.
            Err(_) => Failure::NotReady.into_response(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, panic::AssertUnwindSafe, time::Duration};

    use futures::FutureExt;
    use tokio::{
        runtime::{Builder, Runtime},
        sync::oneshot,
        time::timeout,
    };

    use super::*;

    /// The common runtime, which may not be dropped where something is awaited.
    fn common() -> Runtime {
        Builder::new_multi_thread().worker_threads(1).build().unwrap()
    }

    #[tokio::test]
    async fn a_long_answer_is_made_elsewhere() {
        let common = common();
        let (tell, told) = oneshot::channel();
        let answer = async {
            tell.send(Handle::current().id()).unwrap();
            Response::default()
        };
        assert_eq!(apart(common.handle(), answer).await.status(), 200);
        assert_eq!(told.await.unwrap(), common.handle().id());
        common.shutdown_background();
    }

    #[tokio::test]
    async fn a_panic_is_its_callers() {
        let common = common();
        let answer = async { panic!("of a test") };
        let ended = AssertUnwindSafe(apart(common.handle(), answer)).catch_unwind().await;
        assert_eq!(ended.unwrap_err().downcast_ref(), Some(&"of a test"));
        common.shutdown_background();
    }

    #[tokio::test]
    async fn nobody_works_for_a_caller_that_has_gone() {
        let common = common();
        let (work, ended) = oneshot::channel::<()>();
        let (start, begun) = oneshot::channel();
        let answer = async move {
            start.send(()).unwrap();
            pending::<()>().await;
            drop(work);
            Response::default()
        };
        let waiting = tokio::spawn({
            let common = common.handle().clone();
            async move { apart(&common, answer).await }
        });
        begun.await.unwrap();
        waiting.abort();
        let ended = timeout(Duration::from_mins(1), ended).await;
        ended.expect("the work ends").unwrap_err();
        common.shutdown_background();
    }
}
