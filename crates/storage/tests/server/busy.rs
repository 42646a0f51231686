//! What is said when the connections for lists and queries are all in use.

use cardfile_domain::ports::StoreError;
use cardfile_storage::{Options, open};
use futures::{StreamExt as _, stream::FuturesUnordered};
use sqlx::{Connection as _, PgConnection, raw_sql};

use super::{Fresh, fresh, proxy::Proxy};
use crate::conformance::world::World;

#[tokio::test]
async fn where_every_connection_is_in_use_the_caller_is_to_come_again() {
    let Some(bench) = fresh().await else { return };
    let options = Options { connections: 1, ..Options::default() };
    let store = open(&bench.url, &options).await.unwrap().store();
    let account = World::new(&bench).account("A-1");
    let mut aside = PgConnection::connect(&bench.url).await.unwrap();
    raw_sql("BEGIN; LOCK TABLE account").execute(&mut aside).await.unwrap();
    // The first has the connection, and may give it to the second when it gives up waiting.
    let callers = (0..3).map(|_| store.find_account(account.entity, &account.key));
    let mut answers: FuturesUnordered<_> = callers.collect();
    while let Some(answer) = answers.next().await {
        match answer.unwrap_err() {
            StoreError::Busy => break,
            waited => assert!(format!("{waited:?}").contains("55P03"), "{waited:?}"),
        }
        assert!(!answers.is_empty(), "nobody was told");
    }
    aside.close().await.unwrap();
    drop(answers);
    store.drain().await;
    bench.opened.store().drain().await;
}

#[tokio::test]
async fn where_there_is_no_server_it_is_not_that_too_much_is_going_on() {
    let Some(bench) = fresh().await else { return };
    let proxy = Proxy::start(Fresh::address(&bench.url)).await;
    let url = Fresh::through(&bench.url, proxy.port);
    let store = open(&url, &Options::default()).await.unwrap().store();
    proxy.close();
    let account = World::new(&bench).account("A-1");
    let error = store.find_account(account.entity, &account.key).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    bench.opened.store().drain().await;
}
