//! `cardfile export`: the cards of an entity, in the words of the upload that would make them again.
//!
//! It reads the database itself, page by page, beside a server that may be running: neither database
//! needs the data directory's lock for that. What is opened of a card number goes through age to the
//! receiver, or to nobody.

mod out;
mod permit;
mod progress;
mod row;
mod table;

use std::{collections::BTreeSet, io::Write as _, sync::Arc};

use cardfile_domain::{
    card::StoredNumber,
    client::Entity,
    id::{EntityId, PaymentMethodId},
    ports::{FiledCard, Store},
    query::{CardField, CardQuery, Comparison, Condition, Operand, Order},
};
use cardfile_vault::Vault;
use serde_json::json;

use self::{
    out::{Out, recipients, unwritable},
    permit::Numbers,
    progress::Reporter,
    table::Layout,
};
use crate::{
    admin::{Need, Office},
    bootstrap::failed,
    cli::ExportArgs,
    config::{self, Settings},
    fault::Fault,
    file_form::{FileForm, Format, is_standard},
    output::say,
};

/// How many cards are in memory at a time.
const PAGE: usize = 500;

/// `cardfile export`
pub(crate) async fn export(settings: &Settings, args: &ExportArgs) -> Result<(), Fault> {
    let form = FileForm::of_name(&args.file);
    let recipients = recipients(&args.recipient, args.recipients_file.as_deref())?;
    if form.sealed && recipients.is_empty() {
        return Err(Fault::usage(
            "A name that ends in .age promises a sealed file; say with --recipient for whom.",
        ));
    }
    if !recipients.is_empty() && !form.sealed && !is_standard(&args.file) {
        return Err(Fault::usage(
            "Let the name of a sealed export end in .age, so that everybody sees what it is.",
        ));
    }
    if is_standard(&args.file) && args.output.json {
        return Err(Fault::usage("The export itself goes to standard output: leave --json out."));
    }
    let office = Office::open(settings, Need::RootKey).await?;
    let numbers = match (recipients.is_empty(), args.plain_card_numbers) {
        (true, false) => Numbers::Masked,
        (true, true) => Numbers::Plain,
        (false, _) => Numbers::Sealed,
    };
    let done = run(&office, args, numbers, |path| Out::create(path, form, &recipients)).await;
    office.close(done).await
}

/// What an export works with.
struct Export {
    store: Arc<dyn Store>,
    vault: Vault,
    entity: EntityId,
    numbers: Numbers,
    quiet: bool,
}

/// How many cards there were.
#[derive(Clone, Copy, Default)]
struct Count {
    cards: u64,
    /// Cards of which nothing is left that could be put on file again.
    scrubbed: u64,
}

async fn run(
    office: &Office,
    args: &ExportArgs,
    numbers: Numbers,
    create: impl FnOnce(&std::path::Path) -> Result<Out, Fault>,
) -> Result<(), Fault> {
    let entities = office.entities().await?;
    let entity = one_of(&entities, args.entity)?;
    let vault = office.vault(&entities)?;
    if numbers == Numbers::Plain {
        let (id, secret) = permit::required(args.client_id, config::client_secret())?;
        let client = office.directory.find_client(id).await.map_err(|error| failed(&error))?;
        permit::check(client.as_ref(), &secret, entity, &vault)?;
    }
    let store = office.database.opened.store();
    let export = Export { store, vault, entity, numbers, quiet: args.quiet };
    let format = args.format.or(FileForm::of_name(&args.file).format).unwrap_or(Format::Ndjson);
    let layout = export.layout(format).await?;
    let mut out = create(&args.file)?;
    let count = match export.write(&layout, &mut out).await {
        Ok(count) => count,
        Err(fault) => {
            out.abandon();
            return Err(fault);
        }
    };
    out.finish().map_err(|error| unwritable(&args.file, &error))?;
    tracing::info!(
        %entity,
        cards = count.cards,
        scrubbed = count.scrubbed,
        card_numbers = numbers.as_str(),
        client = args.client_id.filter(|_| numbers == Numbers::Plain).map(|id| id.to_string()),
        "cards were exported"
    );
    tell(args, entity, numbers, count)
}

fn one_of(entities: &[Entity], named: Option<EntityId>) -> Result<EntityId, Fault> {
    match (named, entities) {
        (Some(id), _) if entities.iter().any(|entity| entity.id == id) => Ok(id),
        (Some(id), _) => Err(Fault::usage(format!(
            "There is no entity {id}; `cardfile entity list` shows those that there are."
        ))),
        (None, [only]) => Ok(only.id),
        (None, _) => Err(Fault::usage(
            "There are several entities; say with --entity which one, `cardfile entity list` shows \
             them.",
        )),
    }
}

impl Export {
    /// The layout; for a table it must be known first what the tenant's own fields are called.
    async fn layout(&self, format: Format) -> Result<Layout, Fault> {
        let own = if format == Format::Csv { self.own_fields().await? } else { BTreeSet::new() };
        Layout::new(format, &own).ok_or_else(|| {
            Fault::usage("The cards have more custom fields than a table has columns; use NDJSON.")
        })
    }

    async fn own_fields(&self) -> Result<BTreeSet<String>, Fault> {
        let mut own = BTreeSet::new();
        let mut reporter = Reporter::new(self.quiet);
        let mut cards = 0;
        let mut after = None;
        loop {
            let page = self.page(after).await?;
            let Some(last) = page.last() else { return Ok(own) };
            after = Some(last.card.id);
            for filed in &page {
                own.extend(filed.card.custom.iter().map(|(name, _)| name.as_str().to_owned()));
                cards += 1;
            }
            reporter.update(cards, "looked through for their fields");
        }
    }

    async fn write(&self, layout: &Layout, out: &mut Out) -> Result<Count, Fault> {
        let broken = |error| Fault::other(format!("The export cannot be written: {error}."));
        layout.head(out).map_err(broken)?;
        let mut reporter = Reporter::new(self.quiet);
        let mut count = Count::default();
        let mut after = None;
        loop {
            let page = self.page(after).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.card.id);
            for filed in &page {
                if row::is_whole(&filed.card) {
                    count.cards += 1;
                } else {
                    count.scrubbed += 1;
                    if self.numbers != Numbers::Masked {
                        continue;
                    }
                }
                let row = self.row(filed)?;
                layout.row(out, &row).map_err(broken)?;
            }
            reporter.update(count.cards + count.scrubbed, "read");
        }
        out.flush().map_err(broken)?;
        Ok(count)
    }

    fn row(&self, filed: &FiledCard) -> Result<row::Row, Fault> {
        let card = &filed.card;
        let number = match &card.number {
            Some(StoredNumber { vaulted: Some(number), .. }) if self.numbers != Numbers::Masked => {
                Some(self.vault.open(card.entity, card.id, &number.sealed).map_err(|error| {
                    Fault::database(format!("The number of the card {} is lost: {error}.", card.id))
                })?)
            }
            _ => None,
        };
        Ok(row::row(filed, number.as_ref()))
    }

    async fn page(&self, after: Option<PaymentMethodId>) -> Result<Vec<FiledCard>, Fault> {
        // A token is no card yet, and none at all tomorrow.
        let mut parts = vec![Condition::NoToken];
        parts.extend(after.map(|id| {
            Condition::Compare(CardField::Id, Comparison::Greater, Operand::Text(id.to_string()))
        }));
        let condition = Some(Condition::All(parts));
        let order = vec![Order { field: CardField::Id, descending: false }];
        let query = CardQuery { condition, order, offset: 0, limit: PAGE };
        self.store.query_cards(self.entity, &query).await.map_err(|error| failed(&error))
    }
}

fn tell(args: &ExportArgs, entity: EntityId, numbers: Numbers, count: Count) -> Result<(), Fault> {
    let Count { cards, scrubbed } = count;
    if args.output.json {
        let shown = json!({
            "entity_id": entity,
            "cards": cards,
            "scrubbed": scrubbed,
            "card_numbers": numbers.as_str(),
        });
        return say(&format!("{shown}\n"));
    }
    let what = match numbers {
        Numbers::Masked => "masked numbers; it cannot be imported",
        Numbers::Sealed => "their numbers, sealed for the recipients",
        Numbers::Plain => "their numbers IN THE CLEAR; whoever gets hold of it has them",
    };
    // Standard output may be the export.
    eprintln!("{cards} cards were exported with {what}.");
    if scrubbed > 0 && numbers != Numbers::Masked {
        eprintln!("{scrubbed} scrubbed cards were left out: they have no number any more.");
    }
    Ok(())
}
