//! How statements find their rows.

use futures::future::join_all;

use super::fresh;
use crate::conformance::world::{World, failures, update};

/// Ends the sessions of the store and waits for it: only then do they tell what they did.
const END_ALL: &str = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// So many that it makes a difference which index is used.
const MANY_CARDS: &str = "CREATE TEMPORARY TABLE more AS \
    SELECT c.* FROM card c, generate_series(1, 5000); \
    UPDATE more SET id = gen_random_uuid(); INSERT INTO card SELECT * FROM more";

const FOUND_BY_KEY: &str = "DO $$ DECLARE used TEXT; BEGIN \
    SELECT string_agg(indexrelname, ', ') INTO used FROM pg_stat_user_indexes \
    WHERE relname = 'card' AND idx_scan > 0; \
    IF used IS DISTINCT FROM 'card_pkey' THEN RAISE 'cards were found by %', used; END IF; END $$";

/// So many changes that what a create looks up makes no difference.
const CHANGES: u8 = 20;

const LOOKED_FOR_ONCE_A_CHANGE: &str = "DO $$ DECLARE times BIGINT; BEGIN \
    SELECT idx_scan INTO times FROM pg_stat_user_indexes WHERE indexrelname = 'card_pkey'; \
    IF times NOT BETWEEN 20 AND 30 THEN RAISE 'the card was looked for % times', times; END IF; END $$";

/// With a single card all indexes are as good, and which one is taken then is nobody's choice.
const RENEWED: &str = "DO $$ DECLARE by_key BIGINT; BEGIN \
    SELECT idx_scan INTO by_key FROM pg_stat_user_indexes WHERE indexrelname = 'card_pkey'; \
    IF by_key < 128 THEN RAISE 'cards were found % times by their key', by_key; END IF; END $$";

#[tokio::test]
async fn a_plan_of_when_there_were_few_cards_is_not_kept() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    let read_and_change = async |count: u8| {
        world.update(card, failures(count.into())).await;
        assert_eq!(world.card(card).await.unwrap().card.failures.get(), count);
    };
    // So many that the plans are made, and that they are to be made again.
    for count in 0..10 {
        read_and_change(count).await;
    }
    // Not by hand: whatever else that does, it has plans made again.
    let accounts: Vec<_> = (0..600).map(|number| world.account(&format!("B-{number}"))).collect();
    join_all(accounts.iter().map(|account| world.create_plain(account))).await;
    for count in 0..80 {
        read_and_change(count).await;
    }
    bench.opened.store().drain().await;
    bench.run(END_ALL).await;
    bench.run(RENEWED).await;
}

#[tokio::test]
async fn a_card_that_was_found_is_written_where_it_lies() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    world.create_plain(&world.account("A-1")).await;
    bench.run(MANY_CARDS).await;
    let card = world.create_plain(&world.account("A-2")).await;
    for count in 0..CHANGES {
        world.update(card, failures(count.into())).await;
    }
    assert_eq!(world.card(card).await.unwrap().card.failures.get(), CHANGES - 1);
    bench.opened.store().drain().await;
    bench.run(END_ALL).await;
    bench.run(LOOKED_FOR_ONCE_A_CHANGE).await;
}

#[tokio::test]
async fn a_card_is_found_by_its_key_also_while_the_planner_has_no_statistics() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    bench.run(MANY_CARDS).await;
    let card = world.create_plain(&account).await;
    let write = world.write(world.on(card), update(failures(5)));
    world.send(write).await.unwrap().outcome.unwrap();
    assert_eq!(world.card(card).await.unwrap().card.failures.get(), 5);
    bench.opened.store().drain().await;
    bench.run(END_ALL).await;
    bench.run(FOUND_BY_KEY).await;
}
