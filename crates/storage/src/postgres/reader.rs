//! Reads of cards by id: all that wait become one statement.
//!
//! There is no timer: while one statement is in flight the next readers gather.

use std::collections::HashMap;

use cardfile_domain::{
    id::{EntityId, PaymentMethodId},
    limits::LANE_QUEUE_MAX,
    ports::{FiledCard, StoreError},
};
use sqlx::{
    PgConnection, Postgres,
    postgres::{PgArguments, PgConnectOptions},
    query,
    query::Query,
};
use tokio::{
    runtime::{Handle, Id},
    sync::{mpsc, oneshot},
};

use super::{
    connect::{answered, connect},
    fault::Fault,
    layout::Layout,
    place::{CardKeys, find_moved},
    plans::Plans,
    rows::{Columns, card_columns, filed_columns, its_account},
    telling::Telling,
};
use crate::lane::closed;

/// Cards that are looked up together.
const READ_BATCH_MAX: usize = 256;

macro_rules! from_cards {
    () => {
        " FROM unnest($1, $2, $3) AS i(bucket, entity, id) \
         JOIN card c ON c.bucket = i.bucket AND c.id = i.id AND (c.entity = i.entity) IS TRUE "
    };
}

const FIND_FILED_CARDS: &str = concat!("SELECT ", filed_columns!(), from_cards!(), its_account!());

/// The cards that tell of their accounts.
const FIND_TELLING_CARDS: &str = concat!(
    "SELECT ",
    card_columns!(),
    ", c.account_id, CASE WHEN c.is_default THEN c.id END",
    from_cards!(),
    "AND c.account_id IS NOT NULL"
);

/// What a reader asks for.
type Name = (EntityId, PaymentMethodId);
/// What is found under a name; a row that cannot be read is found, and is an error.
type Found = HashMap<Name, Result<FiledCard, StoreError>>;
type Answer = Result<Option<FiledCard>, StoreError>;

struct Question {
    name: Name,
    reply: oneshot::Sender<Answer>,
}

/// As many readers as there are lanes, and no more than there are runtimes: a connection for each
/// thread of a large machine would be too many for the database.
pub(super) struct Readers {
    /// The runtimes that callers are on, of which the first have a reader each.
    runtimes: Vec<Id>,
    readers: Vec<Reader>,
}

impl Readers {
    /// Starts the tasks that answer; they end when the readers are dropped.
    pub(super) fn start(runtimes: &[Handle], count: usize, place: &Place) -> Self {
        let with_reader = runtimes.iter().take(count.max(1));
        Self {
            runtimes: runtimes.iter().map(Handle::id).collect(),
            readers: with_reader.map(|runtime| Reader::start(runtime, place.clone())).collect(),
        }
    }

    /// The reader on the caller's own runtime, which it reaches without waking another thread.
    pub(super) fn nearest(&self) -> &Reader {
        let here = Handle::try_current().ok().map(|runtime| runtime.id());
        let caller = self.runtimes.iter().position(|id| Some(*id) == here);
        &self.readers[caller.unwrap_or_default() % self.readers.len()]
    }
}

/// The side that callers see.
pub(super) struct Reader(mpsc::Sender<Question>);

impl Reader {
    fn start(runtime: &Handle, place: Place) -> Self {
        let (sender, questions) = mpsc::channel(LANE_QUEUE_MAX);
        runtime.spawn(answer_all(questions, place));
        Self(sender)
    }

    /// Finds a card, wherever it lives now.
    pub(super) async fn find(
        &self,
        entity: EntityId,
        id: PaymentMethodId,
    ) -> Result<Option<FiledCard>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let question = Question { name: (entity, id), reply };
        self.0.send(question).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

/// Where the cards are.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) options: PgConnectOptions,
    pub(super) layout: Layout,
}

async fn answer_all(mut questions: mpsc::Receiver<Question>, place: Place) {
    let mut search =
        Search { place, connection: None, plans: Plans::default(), telling: Telling::default() };
    let mut waiting = Vec::with_capacity(READ_BATCH_MAX);
    while questions.recv_many(&mut waiting, READ_BATCH_MAX).await > 0 {
        let mut asked: HashMap<_, Vec<_>> = HashMap::with_capacity(waiting.len());
        for Question { name, reply } in waiting.drain(..) {
            asked.entry(name).or_default().push(reply);
        }
        let names: Vec<_> = asked.keys().copied().collect();
        let mut found = search.look_up(&names).await;
        for (name, replies) in asked {
            let answer = match &mut found {
                Ok(found) => found.remove(&name).transpose(),
                Err(error) => Err(error.clone()),
            };
            tell(replies, answer);
        }
    }
}

/// Gives the answer to all that wait for it; most often that is one, who has it without a copy.
fn tell(mut replies: Vec<oneshot::Sender<Answer>>, answer: Answer) {
    let last = replies.pop();
    // An error here means that the caller has gone.
    for reply in replies {
        drop(reply.send(answer.clone()));
    }
    if let Some(reply) = last {
        drop(reply.send(answer));
    }
}

/// A reader's own connection, and what it has learned.
struct Search {
    place: Place,
    connection: Option<PgConnection>,
    plans: Plans,
    telling: Telling,
}

impl Search {
    /// Looks cards up, and once more if the connection turns out to be broken.
    async fn look_up(&mut self, names: &[Name]) -> Result<Found, StoreError> {
        let was_new = self.connection.is_none();
        match self.try_look_up(names).await {
            Err(Fault::Lost(_)) if !was_new => self.try_look_up(names).await,
            ended => ended,
        }
        .map_err(Fault::into_error)
    }

    async fn try_look_up(&mut self, names: &[Name]) -> Result<Found, Fault> {
        let mut current = match self.connection.take() {
            Some(current) => current,
            None => connect(&self.place.options, self.place.layout).await?,
        };
        let found = match self.plans.renew(&mut current).await {
            Ok(()) => self.find(&mut current, names).await,
            Err(fault) => Err(fault),
        };
        if !matches!(found, Err(Fault::Lost(_))) {
            self.connection = Some(current);
        }
        found
    }

    async fn find(
        &mut self,
        connection: &mut PgConnection,
        names: &[Name],
    ) -> Result<Found, Fault> {
        let layout = self.place.layout;
        let with_account = || layout.by_key(FIND_FILED_CARDS, &["c", "a"]);
        let mut found = Found::with_capacity(names.len());
        if layout == Layout::Whole && self.telling.asks() {
            find_at(connection, query(FIND_TELLING_CARDS), keys(names), &mut found).await?;
            self.telling.learn(names.len(), found.len());
        }
        let others = missing(names, &found);
        if !others.is_empty() {
            find_at(connection, with_account(), keys(&others), &mut found).await?;
        }
        let others = missing(names, &found);
        if others.is_empty() {
            return Ok(found);
        }
        let mut moved = CardKeys::default();
        for ((entity, id), account) in find_moved(connection, layout, &others).await? {
            moved.push(account.bucket(), entity, id);
        }
        if !moved.is_empty() {
            find_at(connection, with_account(), moved, &mut found).await?;
        }
        Ok(found)
    }
}

fn missing(names: &[Name], found: &Found) -> Vec<Name> {
    names.iter().filter(|name| !found.contains_key(name)).copied().collect()
}

/// Where cards are that did not move.
fn keys(names: &[Name]) -> CardKeys {
    let mut keys = CardKeys::default();
    for (entity, id) in names {
        keys.push(id.bucket(), *entity, *id);
    }
    keys
}

async fn find_at(
    connection: &mut PgConnection,
    cards: Query<'static, Postgres, PgArguments>,
    keys: CardKeys,
    found: &mut Found,
) -> Result<(), Fault> {
    let cards = cards.bind(keys.buckets).bind(keys.entities).bind(keys.ids);
    for row in answered(cards.fetch_all(connection)).await? {
        let mut columns = Columns::of(&row);
        let filed = columns.filed_card().map_err(Fault::of)?;
        let name =
            (EntityId::from_bytes(filed.card.entity), PaymentMethodId::from_bytes(filed.card.id));
        found.insert(name, filed.read());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn callers_share_the_readers_and_each_has_one_of_them() {
        let three = (0..3).map(|_| Builder::new_current_thread().build().unwrap());
        let runtimes: Vec<_> = three.collect();
        let handles: Vec<_> = runtimes.iter().map(|runtime| runtime.handle().clone()).collect();
        let place =
            Place { options: PgConnectOptions::new_without_pgpass(), layout: Layout::Whole };
        let readers = Readers::start(&handles, 2, &place);
        assert_eq!(readers.readers.len(), 2);
        let of = |runtime: &tokio::runtime::Runtime| {
            let nearest: *const Reader = runtime.block_on(async { readers.nearest() });
            readers.readers.iter().position(|reader| std::ptr::eq(reader, nearest)).unwrap()
        };
        assert_eq!(runtimes.iter().map(of).collect::<Vec<_>>(), [0, 1, 0]);
        // Who is on none of them is answered, too.
        let elsewhere: *const Reader = readers.nearest();
        assert!(std::ptr::eq(elsewhere, &raw const readers.readers[0]));
    }
}
