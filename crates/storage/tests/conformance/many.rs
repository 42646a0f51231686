//! Many writes that come together, as those of an upload do.

use cardfile_domain::{
    command::{Claim, Mode, NewCard, Target, Write},
    id::AccountRef,
    limits::RECEIPT_HOURS,
};
use jiff::SignedDuration;

use super::{
    bench::Bench,
    cards::assert_as_given,
    events::assert_unbroken,
    world::{World, create, full_card, plain_card},
};

/// As many as are surely treated as many.
const MANY: u8 = 140;

/// New accounts, each with a card; every other one with all that a card can have.
pub(crate) fn newcomers(world: &World, prefix: &str) -> Vec<(AccountRef, NewCard)> {
    let newcomer = |n| {
        let account = world.account(&format!("{prefix}-{n}"));
        let id = world.card_id(&account);
        let card = if n % 2 == 0 { plain_card(id) } else { full_card(id) };
        (account, card)
    };
    (0..MANY).map(newcomer).collect()
}

/// The writes that put them on file, each with a claim.
pub(crate) fn writes(world: &World, newcomers: &[(AccountRef, NewCard)]) -> Vec<Write> {
    let write = |((account, new), n): (&(AccountRef, NewCard), u8)| Write {
        claim: Some(Claim { key: [n; 32], request: [1; 32] }),
        ..world.write(Target::Account(account.clone()), create(new.clone()))
    };
    newcomers.iter().zip(0..).map(write).collect()
}

pub(crate) async fn everything_about_many_new_accounts_survives(bench: &Bench) {
    let world = World::new(bench);
    let newcomers = newcomers(&world, "N");
    let answers = world.store.queue(writes(&world, &newcomers), Mode::Effect).await.await;
    for ((account, new), answer) in newcomers.into_iter().zip(answers) {
        let answer = answer.unwrap();
        assert!(!answer.replayed);
        assert_eq!(answer.outcome.unwrap().card, Some(new.id));
        let kept = world.store.find_account(account.entity, &account.key).await.unwrap().unwrap();
        assert_eq!(kept.default_card, Some(new.id));
        assert_eq!((kept.created_at, kept.version), (kept.updated_at, 1));
        assert_unbroken(&world.events(&account).await, &kept);
        assert_as_given(world.card(new.id).await.unwrap().card, new);
    }
}

pub(crate) async fn many_that_come_again_are_answered_as_before(bench: &Bench) {
    let world = World::new(bench);
    let newcomers = newcomers(&world, "N");
    let first = world.store.queue(writes(&world, &newcomers), Mode::Effect).await.await;
    let second = world.store.queue(writes(&world, &newcomers), Mode::Effect).await.await;
    for ((first, second), (account, _)) in first.into_iter().zip(second).zip(newcomers) {
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(first.outcome, second.outcome);
        assert!(second.replayed);
        assert_eq!(world.events(&account).await.len(), 1);
    }
}

pub(crate) async fn of_many_that_seem_new_those_that_are_not_find_what_is_there(bench: &Bench) {
    // So many that batches of either lane are large, whatever they begin with.
    const CROWD: usize = 400;
    let world = World::new(bench);
    let crowd = |prefix: &str| {
        let account = |n| world.account(&format!("{prefix}-{n}"));
        (0..CROWD).map(account).collect::<Vec<_>>()
    };
    let arrive = async |accounts: &[AccountRef]| {
        let new = |account: &AccountRef| {
            let new = create(plain_card(world.card_id(account)));
            world.write(Target::Account(account.clone()), new)
        };
        let writes = accounts.iter().map(new).collect();
        let answers = world.store.queue(writes, Mode::Effect).await.await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().outcome.is_ok()));
    };
    arrive(&crowd("N")).await;
    for (prefix, goes_by_its_id) in [("O", false), ("P", true)] {
        // All of these are new, and of those that follow all but the last.
        arrive(&crowd(&format!("{prefix}{prefix}"))).await;
        let known = world.find_account("N-7").await.unwrap();
        let name = if goes_by_its_id { known.id.to_string() } else { "N-7".to_owned() };
        let mut later = crowd(prefix);
        later.push(world.account(&name));
        arrive(&later).await;
        let kept = world.find_account("N-7").await.unwrap();
        assert_eq!((kept.id, kept.default_card), (known.id, known.default_card));
        assert_eq!(kept.event_seq, known.event_seq + 1);
        assert_unbroken(&world.events(&kept.name).await, &kept);
        assert_eq!(world.cards(&later[0]).await.len(), 1);
    }
    assert_eq!(world.cards(&world.account("N-7")).await.len(), 3);
}

pub(crate) async fn many_answers_that_are_outdated_give_way(bench: &Bench) {
    let world = World::new(bench);
    let (first, second) = (newcomers(&world, "N"), newcomers(&world, "O"));
    world.store.queue(writes(&world, &first), Mode::Effect).await.await;
    let mut later = writes(&world, &second);
    for write in &mut later {
        write.context.at += SignedDuration::from_hours(RECEIPT_HOURS + 1);
    }
    let answers = world.store.queue(later, Mode::Effect).await.await;
    for ((account, new), answer) in second.into_iter().zip(answers) {
        let answer = answer.unwrap();
        assert!(!answer.replayed);
        assert_eq!(answer.outcome.unwrap().card, Some(new.id));
        assert_eq!(world.events(&account).await.len(), 1);
    }
}
