//! What is said in two languages.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::{AppState, context::RequestContext, stripe::fault::Words};

/// The languages that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// That of the original.
    #[default]
    Spanish,
    /// For whoever prefers it.
    English,
}

impl Language {
    /// The language that the caller likes best of those that there are.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let (mut best, mut weight) = (Self::Spanish, 0.0);
        for wish in text.unwrap_or_default().split(',') {
            let (tag, quality) = wish.split_once(";q=").unwrap_or((wish, "1"));
            let quality: f32 = quality.trim().parse().unwrap_or(0.0);
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let language = match primary.to_ascii_lowercase().as_str() {
                "es" => Self::Spanish,
                "en" => Self::English,
                _ => continue,
            };
            if quality > weight {
                (best, weight) = (language, quality);
            }
        }
        best
    }
}

impl FromRequestParts<AppState> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Infallible> {
        Ok(RequestContext::of(parts).language)
    }
}

impl Words {
    pub(crate) fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::Spanish => self.spanish,
            Language::English => self.english,
        }
    }
}

/// What is said of what went well.
#[derive(Clone, Copy, Debug)]
pub(super) enum Message {
    CardCreated,
    CardAssigned,
    DefaultSet,
    CardsListed,
    CustomerCreated,
    CustomerUpdated,
    CustomerDeleted,
    CustomerFound,
    CustomersListed,
}

impl Message {
    pub(super) fn words(self) -> Words {
        let (spanish, english) = match self {
            Self::CardCreated => {
                ("Tarjeta tokenizada correctamente", "Card tokenized successfully")
            }
            Self::CardAssigned => ("Tarjeta añadida con éxito", "Card added successfully"),
            Self::DefaultSet => {
                ("Método de pago actualizado con éxito", "Payment method updated successfully")
            }
            Self::CardsListed => ("Tarjetas listadas correctamente", "Cards listed successfully"),
            Self::CustomerCreated => {
                ("Cliente creado correctamente", "Customer created successfully")
            }
            Self::CustomerUpdated => {
                ("Cliente actualizado correctamente", "Customer updated successfully")
            }
            Self::CustomerDeleted => ("Usuario eliminado con éxito", "User deleted successfully"),
            Self::CustomerFound => {
                ("Cliente obtenido correctamente", "Customer retrieved successfully")
            }
            Self::CustomersListed => {
                ("Clientes listados correctamente", "Customers listed successfully")
            }
        };
        Words { spanish, english }
    }
}

pub(super) static CARD: Words = Words {
    spanish: "number, exp_month, exp_year y cvc son requeridos",
    english: "number, exp_month, exp_year and cvc are required",
};
pub(super) static SOURCE: Words =
    Words { spanish: "userId y source son requeridos", english: "userId and source are required" };
pub(super) static DEFAULT_SOURCE: Words = Words {
    spanish: "userId y default_source son requeridos",
    english: "userId and default_source are required",
};
pub(super) static CUSTOMER: Words = Words {
    spanish: "email, name y phone son requeridos",
    english: "email, name and phone are required",
};
pub(super) static USER: Words =
    Words { spanish: "userId es requerido", english: "userId is required" };
pub(super) static USER_TO_DELETE: Words =
    Words { spanish: "id del usuario es requerido", english: "id of the user is required" };

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_language_is_the_one_that_the_caller_likes_best() {
        for (header, expected) in [
            ("", Language::Spanish),
            ("en", Language::English),
            ("en-US,en;q=0.9", Language::English),
            ("es-MX, en;q=0.8", Language::Spanish),
            ("en;q=0.5, es;q=0.7", Language::Spanish),
            ("de, en;q=0.3", Language::English),
            ("de", Language::Spanish),
            ("EN", Language::English),
            ("en;q=x", Language::Spanish),
        ] {
            let value = HeaderValue::from_str(header).unwrap();
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]);
            assert_eq!(Language::of(&headers), expected, "{header}");
        }
        assert_eq!(Language::of(&HeaderMap::new()), Language::Spanish);
    }
}
