//! What uploads that end badly cost: bounded memory, and nobody else anything.

use std::future::IntoFuture as _;

use bytes::Bytes;
use cardfile_tests::{
    alone,
    app::{create, seed_path},
    cards,
    client::Client,
    gzip,
    server::{Home, Server, bootstrap},
    suite::Case,
};
use serde_json::json;

use super::{
    bad::{bomb, ends_after},
    slow, upload_bytes,
};

pub(crate) fn cases() -> Vec<Case> {
    alone![
        a_bomb_takes_no_memory_and_harms_nobody,
        many_empty_lines_take_no_memory,
        a_caller_that_does_not_read_takes_no_memory_and_harms_nobody,
    ]
}

/// A server of one's own, and somebody who may do everything there.
async fn own(home: &Home, server: &Server) -> Client {
    let known = bootstrap(&home.data());
    let text = |name: &str| known[name].as_str().unwrap().to_owned();
    server.caller().sign_in(&text("client_id"), &text("client_secret")).await
}

fn a_bomb_takes_no_memory_and_harms_nobody() {
    const AT_ONCE: usize = 4;
    let home = Home::sqlite();
    let server = Server::start(&home);
    cardfile_tests::block_on(async {
        let client = own(&home, &server).await;
        let card = create(&client, &cards::bare()).await;
        let long_line = bomb();
        let Some(before) = server.peak_memory() else { return };
        let call = || upload_bytes(&client, "").encoded("gzip", long_line.clone()).into_future();
        let bombs = futures::future::join_all((0..AT_ONCE).map(|_| call()));
        let other = async {
            for number in 0..20 {
                client.put(seed_path(&card)).json(&json!({"n__c": number})).await.ok();
            }
        };
        let (bombs, ()) = tokio::join!(bombs, other);
        for reply in bombs {
            ends_after(&reply, 0, 1, 50_000_070);
        }
        let grown = server.peak_memory().unwrap() - before;
        assert!(grown < 64 * 1024 * 1024, "{AT_ONCE} bombs took {grown} bytes");
    });
    assert!(server.stop().success());
}

fn many_empty_lines_take_no_memory() {
    const BYTES: usize = 24 * 1024 * 1024;
    const AT_ONCE: usize = 4;
    let home = Home::sqlite();
    let server = Server::start(&home);
    cardfile_tests::block_on(async {
        let client = own(&home, &server).await;
        let packed = gzip::deflate(&vec![b'\n'; BYTES]);
        let Some(before) = server.peak_memory() else { return };
        let call = || upload_bytes(&client, "").encoded("gzip", packed.clone()).into_future();
        for reply in futures::future::join_all((0..AT_ONCE).map(|_| call())).await {
            assert_eq!(super::results(&reply), Vec::<String>::new());
        }
        let grown = server.peak_memory().unwrap() - before;
        assert!(grown < 16 * 1024 * 1024, "{AT_ONCE} uploads took {grown} bytes");
    });
    assert!(server.stop().success());
}

fn a_caller_that_does_not_read_takes_no_memory_and_harms_nobody() {
    const PIECES: usize = 1000;
    let home = Home::sqlite();
    let server = Server::start(&home);
    cardfile_tests::block_on(async {
        let client = own(&home, &server).await;
        let card = create(&client, &cards::bare()).await;
        let Some(before) = server.peak_memory() else { return };
        let piece = Bytes::from("7\n".repeat(32 * 1024));
        let head = upload_bytes(&client, "").request().clone();
        let deaf = slow::Deaf::begin(server.address(), &head).await;
        let sent = deaf.send(&piece, PIECES).await;
        assert!(sent < PIECES, "the server took {sent} pieces from somebody who does not read");
        client.put(seed_path(&card)).json(&json!({"city": "Ulm"})).await.ok();
        let grown = server.peak_memory().unwrap() - before;
        assert!(grown < 24 * 1024 * 1024, "it took {grown} bytes");
    });
    drop(server);
}
