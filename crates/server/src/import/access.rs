//! Where the server is, and as whom it is called.

use std::net::IpAddr;

use cardfile_domain::id::ClientId;
use hyper::Uri;
use zeroize::Zeroizing;

use crate::{
    bootstrap::{self, Bootstrap},
    cli::ServerArgs,
    config,
    data_dir::DataDir,
    fault::Fault,
};

/// A server, and the credentials to call it with.
pub(super) struct Access {
    pub(super) base: String,
    pub(super) client: ClientId,
    pub(super) secret: Zeroizing<String>,
}

impl Access {
    /// What is asked for, and for the rest what the first start noted in the data directory.
    pub(super) fn find(args: &ServerArgs, data: &DataDir) -> Result<Self, Fault> {
        let noted = bootstrap::read(&data.bootstrap_file())?;
        Self::of(args, noted, config::client_secret(), data)
    }

    fn of(
        args: &ServerArgs,
        noted: Option<Bootstrap>,
        secret: Option<Zeroizing<String>>,
        data: &DataDir,
    ) -> Result<Self, Fault> {
        let missing = |what: &str| {
            Fault::usage(format!(
                "{what}: there is no \"{}\" to take it from.",
                data.bootstrap_file().display()
            ))
        };
        let base = match (&args.url, &noted) {
            (Some(url), _) => url.clone(),
            (None, Some(noted)) => noted.base_url.clone(),
            (None, None) => return Err(missing("Say with --url where the server is")),
        };
        let client = match (args.client_id, &noted) {
            (Some(id), _) => id,
            (None, Some(noted)) => noted.client_id,
            (None, None) => return Err(missing("Say with --client-id as whom to call the server")),
        };
        let base = good_base(&base)?;
        let noted = noted.filter(|noted| noted.client_id == client);
        let secret = match (secret, noted) {
            (Some(secret), _) => secret,
            (None, Some(noted)) if may_have_noted(&base, &noted) => {
                Zeroizing::new(noted.client_secret)
            }
            (None, Some(noted)) => {
                return Err(Fault::usage(format!(
                    "The noted secret is of the server {}, and is sent to no other; put that of a \
                     client of the server named with --url into the environment variable \
                     CARDFILE_CLIENT_SECRET, and its id after --client-id.",
                    noted.base_url
                )));
            }
            (None, None) => {
                return Err(Fault::usage(
                    "Put the client's secret into the environment variable \
                     CARDFILE_CLIENT_SECRET.",
                ));
            }
        };
        Ok(Self { base, client, secret })
    }
}

/// The address without a slash at its end.
fn good_base(url: &str) -> Result<String, Fault> {
    let base = url.trim_end_matches('/');
    let is_good = base.parse::<Uri>().is_ok_and(|uri| {
        uri.scheme_str() == Some("http") && uri.authority().is_some() && uri.query().is_none()
    });
    if is_good {
        return Ok(base.to_owned());
    }
    Err(Fault::usage(
        "The server's address is not understood; write http://HOST:PORT. Cardfile speaks plain \
         HTTP, so run the import where the server runs, not from behind what ends TLS.",
    ))
}

/// Whether the noted secret may be sent there, in the clear as it is: to the server that it is of,
/// and wherever nobody between can read it.
fn may_have_noted(base: &str, noted: &Bootstrap) -> bool {
    let is_loopback = |uri: Uri| {
        let host = uri.host().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    base == noted.base_url.trim_end_matches('/') || base.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use cardfile_domain::id::EntityId;

    use super::*;

    fn noted() -> Bootstrap {
        Bootstrap {
            publishable_key: None,
            api_key: None,
            base_url: "http://127.0.0.1:1/".to_owned(),
            entity_id: EntityId::from_bytes([1; 16]),
            client_id: "00000000-0000-4000-8000-000000000001".parse().unwrap(),
            client_secret: "noted".to_owned(),
        }
    }

    fn of(
        args: &ServerArgs,
        noted: Option<Bootstrap>,
        secret: Option<&str>,
    ) -> Result<Access, Fault> {
        let secret = secret.map(|secret| Zeroizing::new(secret.to_owned()));
        Access::of(args, noted, secret, &DataDir::named(Path::new("/data")))
    }

    #[test]
    fn what_is_not_said_comes_from_the_first_start() {
        let access = of(&ServerArgs::default(), Some(noted()), None).unwrap();
        assert_eq!((&*access.base, &**access.secret), ("http://127.0.0.1:1", "noted"));
        assert_eq!(access.client, noted().client_id);
    }

    #[test]
    fn the_noted_secret_is_never_sent_for_another_client() {
        let other = "00000000-0000-4000-8000-000000000002".parse().unwrap();
        let args = ServerArgs { client_id: Some(other), ..ServerArgs::default() };
        let Err(fault) = of(&args, Some(noted()), None) else { panic!("it was sent") };
        assert!(fault.to_string().contains("CARDFILE_CLIENT_SECRET"), "{fault}");
        assert_eq!(&**of(&args, Some(noted()), Some("x")).unwrap().secret, "x");
    }

    #[test]
    fn the_noted_secret_is_never_sent_to_another_server() {
        let at = |url: &str, secret| {
            let args = ServerArgs { url: Some(url.to_owned()), ..ServerArgs::default() };
            let noted = Bootstrap { base_url: "http://cards:1/".to_owned(), ..noted() };
            of(&args, Some(noted), secret).map(|access| (*access.secret).clone())
        };
        for own in ["http://cards:1", "http://127.9.0.1:2/", "http://[::1]:2", "http://localhost"] {
            assert_eq!(at(own, None).unwrap(), "noted", "{own}");
        }
        for other in [
            "http://cards:2",
            "http://cards:1/x",
            "http://192.0.2.1",
            "http://localhost.example",
            "http://127.0.0.1@example",
            "http://127.0.0.1.example",
        ] {
            let fault = at(other, None).unwrap_err().to_string();
            assert!(fault.contains("CARDFILE_CLIENT_SECRET"), "{fault}");
            assert_eq!(at(other, Some("given")).unwrap(), "given", "{other}");
        }
    }

    #[test]
    fn an_address_is_http_with_a_host() {
        for bad in ["https://a", "localhost:8080", "http://", "", "http://a?x=1"] {
            assert!(good_base(bad).is_err(), "{bad}");
        }
        assert_eq!(good_base("http://a:1/x/").ok().as_deref(), Some("http://a:1/x"));
    }
}
