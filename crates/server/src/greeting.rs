//! What a server says of itself when it starts.

use cardfile_domain::ports::Clock;
use jiff::tz::TimeZone;

use crate::{
    bootstrap::Bootstrap, config::Settings, data_dir::DataDir, hints::Hints, output::mention,
};

const SANDBOX: &str = "\n\
    This is a SANDBOX: it takes published test numbers only, its gateway asks nobody, and its time\n\
    can be moved ahead with POST /sandbox/clock. Keep no real card in it.\n";
const NO_GATEWAY: &str = "\n\
    No entity has a gateway, so nobody can verify a card: a security code is refused. Configure\n\
    [gateways] and [entities] (cardfile --help), or start with --sandbox to try things out.\n";

/// How to go on from here.
pub(crate) fn greeting(
    credentials: Option<&Bootstrap>,
    settings: &Settings,
    data: &DataDir,
    base_url: &str,
    clock: &dyn Clock,
) -> String {
    if settings.sandbox {
        mention(SANDBOX);
    } else if settings.entities.values().all(|table| table.gateway.is_none()) {
        mention(NO_GATEWAY);
    }
    let Some(credentials) = credentials else {
        return "\n`cardfile client create` makes credentials to call it with.\n".to_owned();
    };
    Hints {
        base_url,
        client: credentials.client_id,
        bootstrap_file: &data.bootstrap_file(),
        year: clock.now().to_zoned(TimeZone::UTC).year(),
        sandbox: settings.sandbox,
    }
    .text()
}
