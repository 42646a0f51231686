//! What is said of a database that cannot be used, and what is not.

use cardfile_storage::{OpenError, Options, open};

use super::{Fresh, fresh};
use crate::conformance::world::{World, failures, update};

#[tokio::test]
async fn a_database_without_tables_is_refused() {
    let Some(database) = Fresh::make().await else { return };
    let refused = open(&database.url, &Options::default()).await.err().unwrap();
    assert!(matches!(refused, OpenError::OlderSchema), "{refused}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    // Port 9 is the discard service, which nobody runs.
    let url = "postgres://nobody@127.0.0.1:9/cards";
    let refused = open(url, &Options::default()).await.err().unwrap();
    assert!(matches!(refused, OpenError::Unreachable(_)), "{refused}");
}

#[tokio::test]
async fn a_url_that_makes_no_sense_is_refused() {
    let url = "postgres://localhost:port/cards";
    let refused = open(url, &Options::default()).await.err().unwrap();
    assert!(matches!(refused, OpenError::Url), "{refused}");
}

#[tokio::test]
async fn a_refused_statement_is_reported_without_its_row() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    let card = world.create_plain(&world.account("A-1")).await;
    // PostgreSQL quotes the whole row when it says that this rule is broken.
    bench.run("ALTER TABLE card ADD CHECK (failures = 0)").await;
    let write = world.write(world.on(card), update(failures(5)));
    let error = world.send(write).await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(said.contains("23514"), "{said}");
    assert!(!said.contains("Lovelace") && !said.contains("Failing"), "{said}");
    bench.opened.store().drain().await;
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_not_ready() {
    let Some(bench) = fresh().await else { return };
    let store = bench.opened.store();
    store.ready().await.unwrap();
    let name = bench.url.rsplit('/').next().unwrap();
    bench.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    let again = bench.open_again().await.store();
    let error = again.ready().await.unwrap_err();
    assert!(format!("{error:?}").contains("ReadOnly"), "{error:?}");
    again.drain().await;
    store.drain().await;
}
