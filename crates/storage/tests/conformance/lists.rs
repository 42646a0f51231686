//! The cards of one account.

use cardfile_domain::{
    card::CardStatus,
    command::CardPatch,
    id::PaymentMethodId,
    ports::{CardPage, FiledCard},
};

use super::{
    bench::Bench,
    world::{World, failures},
};

fn ids(cards: &[FiledCard]) -> Vec<PaymentMethodId> {
    cards.iter().map(|card| card.card.id).collect()
}

pub(crate) async fn the_latest_change_is_listed_first(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(world.create_plain(&account).await);
    }
    assert_eq!(ids(&world.cards(&account).await), [made[3], made[2], made[1], made[0]]);
    world.update(made[1], failures(1)).await;
    let listed = world.cards(&account).await;
    assert_eq!(ids(&listed), [made[1], made[3], made[2], made[0]]);
    for card in listed {
        assert_eq!(Some(card.clone()), world.card(card.card.id).await);
    }
}

pub(crate) async fn pages_join_without_gap_or_overlap(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let mut made = Vec::new();
    let at = world.context().at;
    for n in 0..11 {
        let id = world.card_id(&account);
        let new = super::world::plain_card(id);
        let target = cardfile_domain::command::Target::Account(account.clone());
        let mut write = world.write(target, super::world::create(new));
        // Many at the same moment: the later id comes first.
        write.context.at = at;
        world.send(write).await.unwrap().outcome.unwrap();
        if n % 3 == 0 {
            let mut write = world.write(
                world.on(id),
                super::world::update(CardPatch {
                    status: Some(CardStatus::Closed),
                    ..CardPatch::default()
                }),
            );
            write.context.at = at;
            world.send(write).await.unwrap().outcome.unwrap();
        }
        made.push(id);
    }
    made.reverse();
    let page = async |active_only, offset, limit| {
        let page = CardPage { active_only, offset, limit };
        ids(&world.store.list_cards(&account, &page).await.unwrap())
    };
    for limit in [1, 4, 11, 20] {
        let mut all = Vec::new();
        for offset in (0..11).step_by(limit) {
            all.extend(page(false, offset, limit).await);
        }
        assert_eq!(all, made, "pages of {limit}");
    }
    assert_eq!(page(false, 11, 5).await, []);
    assert_eq!(page(false, 3, 0).await, []);
    let active: Vec<_> =
        made.iter().copied().enumerate().filter(|(n, _)| (10 - n) % 3 != 0).collect();
    let active: Vec<_> = active.into_iter().map(|(_, id)| id).collect();
    assert_eq!(page(true, 0, 100).await, active);
    assert_eq!(page(true, 2, 3).await, active[2..5]);
}

pub(crate) async fn an_account_lists_only_its_own(bench: &Bench) {
    let (world, stranger) = (World::new(bench), World::of(bench, 2));
    let (account, other) = (world.account("A-1"), world.account("A-2"));
    let own = world.create_plain(&account).await;
    let others = world.create_plain(&other).await;
    let foreign = stranger.create_plain(&stranger.account("A-1")).await;
    assert_eq!(ids(&world.cards(&account).await), [own]);
    assert_eq!(ids(&world.cards(&other).await), [others]);
    assert_eq!(ids(&stranger.cards(&stranger.account("A-1")).await), [foreign]);
    assert_eq!(world.cards(&world.account("A-3")).await, []);
}
