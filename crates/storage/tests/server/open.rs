//! What is said of a database that cannot be used.

use cardfile_storage::{OpenError, Options, open};

use super::Fresh;

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
