//! Tests of callers who write by themselves.

use super::*;

#[tokio::test]
async fn who_writes_on_the_spot_sees_who_else_is_on_its_thread() {
    let file = file().await;
    let options = Options { runtimes: vec![Handle::current(); 2], ..Options::default() };
    let store = SqliteStore::start(&file.path, &options).unwrap();
    let write = async || {
        for _ in 0..20 {
            store.write(Job::probe(0).0.write).await.unwrap();
        }
    };
    write().await;
    assert!(store.callers.enter().is_alone());
    tokio::join!(write(), write());
    assert!(!store.callers.enter().is_alone());
    store.lanes.drain().await;
}
