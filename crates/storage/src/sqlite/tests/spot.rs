//! Tests of callers who write by themselves.

use std::cell::Cell;

use super::*;

const WRITES: u32 = 20;

#[tokio::test]
async fn who_writes_on_the_spot_sees_who_else_is_on_its_thread() {
    let file = file().await;
    let options = Options { runtimes: vec![Handle::current(); 2], ..Options::default() };
    let store = SqliteStore::start(&file.path, &options).unwrap();
    let write = || async { store.write(Job::probe(0).0.write).await.unwrap() };
    for _ in 0..WRITES {
        write().await;
    }
    assert!(store.callers.enter().is_alone());
    let here = Cell::new(2);
    let write_beside = async || {
        for _ in 0..WRITES {
            write().await;
            // The slower of them may be by itself in the end, which is no fault.
            assert!(here.get() < 2 || !store.callers.enter().is_alone());
        }
        here.set(here.get() - 1);
    };
    tokio::join!(write_beside(), write_beside());
    store.lanes.drain().await;
}
