//! Uploads at the same time.

use std::iter::repeat_with;

use cardfile_domain::limits::BULK_AT_ONCE;
use cardfile_tests::{app::Database, suite::Case, wired, wired::Wired};
use futures::future::join_all;
use tokio::sync::mpsc;

use super::{
    results,
    slow::{self, Piece},
    upload,
};

pub(crate) fn cases() -> Vec<Case> {
    wired![an_upload_too_many_is_turned_away]
}

async fn an_upload_too_many_is_turned_away(database: Database) {
    let wired = Wired::new(database).await;
    let (began, mut waiting) = mpsc::unbounded_channel();
    let endless = || {
        let began = began.clone();
        let tell = Piece::Do(Box::new(move || began.send(()).unwrap()));
        slow::answer(&wired, [tell, Piece::Never])
    };
    let going_on = join_all(repeat_with(endless).take(BULK_AT_ONCE));
    let one_more = async {
        for _ in 0..BULK_AT_ONCE {
            waiting.recv().await.unwrap();
        }
        upload(&wired.client, &[]).await
    };
    let reply = tokio::select! {
        _ = going_on => panic!("an endless upload ended"),
        reply = one_more => reply,
    };
    assert_eq!(reply.header("retry-after"), Some("1"));
    reply.fails(429, 50_000_070, "Too many uploads are going on. Try again in a second.");
    // Those that go away make room.
    assert!(results(&upload(&wired.client, &[]).await).is_empty());
}
