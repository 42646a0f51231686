//! The gateways of the configuration.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
    sync::Arc,
    time::Duration,
};

use cardfile_domain::{
    client::Entity,
    id::EntityId,
    ports::{Directory, Gateway},
};
use cardfile_gateway::{
    Gateways, Guarded, Iso8583, NoGateway, Sandbox, Stripe,
    iso8583::IsoSettings,
    stripe::{API_VERSION_DEFAULT, BASE_URL_DEFAULT, StripeSettings},
};
use cardfile_service::WebhookSecret;
use zeroize::Zeroizing;

use crate::{
    bootstrap::failed,
    config::{
        Settings, secret_variable,
        tables::{GatewayKind, GatewayTable},
    },
    fault::Fault,
    world::World,
};

/// How long a question may take where nothing is set.
const WITHIN_MS: u64 = 20_000;
/// How long one attempt at one call may take where nothing is set.
const ATTEMPT_MS: u64 = 6_000;
/// How often a call is repeated where nothing is set.
const RETRIES: u32 = 2;
/// Connections to an issuer host where no number is set.
const CONNECTIONS: usize = 4;
/// The euro.
const CURRENCY: &str = "978";

/// Makes the gateways, and gives each entity the one that it is set to have.
pub(crate) async fn build(
    settings: &Settings,
    directory: &dyn Directory,
    world: &World,
) -> Result<(Gateways, Arc<[WebhookSecret]>), Fault> {
    let mut named = BTreeMap::new();
    for (name, table) in &settings.gateways {
        named.insert(name.as_str(), Arc::new(gateway(name, table, world)?));
    }
    let entities = if settings.entities.is_empty() {
        Vec::new()
    } else {
        directory.list_entities().await.map_err(|error| failed(&error))?
    };
    let mut by_entity = HashMap::new();
    let mut entities_of: BTreeMap<&str, Vec<EntityId>> = BTreeMap::new();
    for (key, table) in &settings.entities {
        let entity = find(&entities, key)?;
        let Some(name) = &table.gateway else { continue };
        let gateway = named.get(name.as_str()).ok_or_else(|| {
            Fault::usage(format!(
                "The entity \"{key}\" is set to have the gateway \"{name}\", but there is no table \
                 [gateways.{name}]."
            ))
        })?;
        if by_entity.insert(entity.id, Arc::clone(gateway)).is_some() {
            return Err(Fault::usage(format!(
                "The entity \"{key}\" has two tables, one by its id and one by its name; keep one."
            )));
        }
        entities_of.entry(name).or_default().push(entity.id);
    }
    let others: Arc<dyn Gateway> =
        if settings.sandbox { Arc::clone(&world.gateway) } else { Arc::new(NoGateway) };
    let webhooks = webhooks(settings, &entities_of)?;
    Ok((Gateways::new(by_entity, others), webhooks))
}

/// What the gateways of these entities sign with.
fn webhooks(
    settings: &Settings,
    entities_of: &BTreeMap<&str, Vec<EntityId>>,
) -> Result<Arc<[WebhookSecret]>, Fault> {
    let mut secrets = Vec::new();
    for (name, table) in &settings.gateways {
        let entities = entities_of.get(name.as_str()).cloned().unwrap_or_default();
        for file in table.webhook_secret_files.iter().flatten() {
            let secret = secret(file)?;
            if secret.is_empty() {
                return Err(Fault::usage(format!(
                    "The file \"{}\" with a webhook secret of [gateways.{name}] is empty.",
                    file.display()
                )));
            }
            secrets.push(WebhookSecret { secret, entities: entities.clone() });
        }
    }
    Ok(secrets.into())
}

pub(crate) fn find<'a>(entities: &'a [Entity], key: &str) -> Result<&'a Entity, Fault> {
    let by_id = |entity: &&Entity| key.parse() == Ok(entity.id);
    let by_name = |entity: &&Entity| entity.name == key;
    let found = entities.iter().find(by_id).or_else(|| entities.iter().find(by_name));
    found.ok_or_else(|| {
        Fault::usage(format!(
            "The configuration has a table [entities.\"{key}\"], but there is no such entity; \
             `cardfile entity list` shows their ids and names."
        ))
    })
}

fn gateway(name: &str, table: &GatewayTable, world: &World) -> Result<Guarded, Fault> {
    if let Some(key) = table.misplaced() {
        return Err(Fault::usage(format!(
            "The key {key} in [gateways.{name}] means nothing for a gateway of the kind {}; remove it.",
            table.kind.as_str()
        )));
    }
    Ok(match table.kind {
        GatewayKind::Sandbox => Guarded::inside(name, Arc::new(Sandbox)),
        GatewayKind::Stripe => {
            let stripe = Stripe::new(&stripe(name, table)?).map_err(|fault| {
                Fault::usage(format!("The table [gateways.{name}] is wrong: {fault}."))
            })?;
            let stripe = Arc::new(stripe);
            Guarded::outside(name, Arc::<Stripe>::clone(&stripe)).keeping(stripe)
        }
        GatewayKind::Iso8583 => {
            let host =
                Iso8583::new(iso(name, table)?, Arc::clone(&world.clock), world.ids.random());
            Guarded::outside(name, Arc::new(host))
        }
    })
}

fn stripe(name: &str, table: &GatewayTable) -> Result<StripeSettings, Fault> {
    let secret_key = match (&table.secret_key_file, &table.secret_key_env) {
        (Some(file), None) => secret(file)?,
        (None, Some(variable)) => secret_variable(variable).ok_or_else(|| {
            Fault::usage(format!(
                "The environment variable {variable}, which [gateways.{name}] names, is not set."
            ))
        })?,
        _ => {
            return Err(Fault::usage(format!(
                "The table [gateways.{name}] needs either secret_key_file or secret_key_env: the \
                 secret key itself must not stand in the file."
            )));
        }
    };
    Ok(StripeSettings {
        base_url: table.base_url.clone().unwrap_or_else(|| BASE_URL_DEFAULT.to_owned()),
        secret_key,
        api_version: table.api_version.clone().unwrap_or_else(|| API_VERSION_DEFAULT.to_owned()),
        attempt_within: millis(table.attempt_timeout_ms, ATTEMPT_MS),
        within: millis(table.timeout_ms, WITHIN_MS),
        retries: table.retries.unwrap_or(RETRIES),
    })
}

fn iso(name: &str, table: &GatewayTable) -> Result<IsoSettings, Fault> {
    let wrong = |what: &str| Fault::usage(format!("The table [gateways.{name}] {what}."));
    let address = table.address.clone().filter(|address| {
        let port = address.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        matches!(port, Some(Ok(_)))
    });
    let currency = table.currency.clone().unwrap_or_else(|| CURRENCY.to_owned());
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("has a currency that is none; write its number, such as 978"));
    }
    let text =
        |value: &Option<String>, default: &str| value.as_deref().unwrap_or(default).to_owned();
    let (terminal, merchant) =
        (text(&table.terminal, "CARDFILE"), text(&table.merchant, "CARDFILE"));
    if !(terminal.is_ascii() && merchant.is_ascii()) {
        return Err(wrong("has a terminal or a merchant with letters that are not ASCII"));
    }
    Ok(IsoSettings {
        address: address.ok_or_else(|| wrong("needs an address such as issuer.example:8583"))?,
        within: millis(table.timeout_ms, WITHIN_MS),
        connections: table.connections.unwrap_or(CONNECTIONS),
        terminal,
        merchant,
        currency,
    })
}

/// A secret in a file of its own; the end of its line is not part of it.
fn secret(file: &Path) -> Result<Zeroizing<String>, Fault> {
    let text = fs::read_to_string(file).map(Zeroizing::new).map_err(|error| {
        Fault::usage(format!("The secret in \"{}\" cannot be read: {error}.", file.display()))
    })?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

fn millis(set: Option<u64>, default: u64) -> Duration {
    Duration::from_millis(set.unwrap_or(default))
}
