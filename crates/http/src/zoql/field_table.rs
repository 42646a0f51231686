//! Every field that Zuora knows of a payment method, by its name in CRUD and ZOQL.
//!
//! The fields of bank accounts and wallets are here too. No card has a value for them, and generic
//! clients select them all.

use cardfile_domain::{card_number::Bin, ports::FiledCard, query::CardField as C};

use super::field::{
    Asked::{self, Account, Active, Id, Nowhere, Stored},
    Shown, Source, Standard,
};

/// Sorted by name without regard to case, because that is how a field is looked up.
pub(super) static FIELDS: [Standard; 96] = [
    kept("AccountId", Account, |filed| {
        text((!filed.card.account.is_orphan()).then_some(filed.account_id))
    }),
    null("AchAbaCode"),
    null("AchAccountName"),
    null("AchAccountNumberMask"),
    null("AchAccountType"),
    null("AchAddress1"),
    null("AchAddress2"),
    null("AchBankName"),
    null("AchCity"),
    null("AchCountry"),
    null("AchPostalCode"),
    null("AchState"),
    kept("Active", Active, |filed| Shown::Flag(filed.card.is_active())),
    null("BankBranchCode"),
    null("BankCheckDigit"),
    null("BankCity"),
    null("BankCode"),
    kept("BankIdentificationNumber", Stored(C::BankIdentificationNumber), |filed| {
        text(filed.card.number.as_ref().and_then(|number| number.bin.as_ref()).map(Bin::as_str))
    }),
    null("BankName"),
    null("BankPostalCode"),
    null("BankStreetName"),
    null("BankStreetNumber"),
    null("BankTransferAccountName"),
    null("BankTransferAccountNumberMask"),
    null("BankTransferAccountType"),
    null("BankTransferType"),
    null("BusinessIdentificationCode"),
    kept("CardBrand", Stored(C::CardType), |filed| Shown::Word(filed.card.card_type.as_str())),
    null("CardClass"),
    null("CardIssuingBank"),
    null("CardIssuingCountry"),
    null("CardProductType"),
    null("City"),
    null("CompanyName"),
    null("Country"),
    kept("CreatedById", Stored(C::CreatedBy), |filed| text(Some(filed.card.created.by.simple()))),
    kept("CreatedDate", Stored(C::CreatedAt), |filed| Shown::Time(filed.card.created.at)),
    kept("CreditCardAddress1", Stored(C::AddressLine1), |filed| {
        written(filed.card.holder.address_line1.as_ref())
    }),
    kept("CreditCardAddress2", Stored(C::AddressLine2), |filed| {
        written(filed.card.holder.address_line2.as_ref())
    }),
    kept("CreditCardCity", Stored(C::City), |filed| written(filed.card.holder.city.as_ref())),
    kept("CreditCardCountry", Stored(C::Country), |filed| {
        filed.card.holder.country.map_or(Shown::Null, |country| Shown::Word(country.name()))
    }),
    kept("CreditCardExpirationMonth", Stored(C::ExpirationMonth), |filed| {
        Shown::Number(filed.card.expiry.month.get().into())
    }),
    kept("CreditCardExpirationYear", Stored(C::ExpirationYear), |filed| {
        Shown::Number(filed.card.expiry.year.get().into())
    }),
    kept("CreditCardHolderName", Stored(C::HolderName), |filed| {
        written(filed.card.holder_name.as_ref())
    }),
    kept("CreditCardMaskNumber", Stored(C::MaskedNumber), |filed| {
        text(filed.card.number.as_ref().map(|number| number.masked))
    }),
    kept("CreditCardPostalCode", Stored(C::ZipCode), |filed| {
        written(filed.card.holder.zip_code.as_ref())
    }),
    kept("CreditCardState", Stored(C::State), |filed| written(filed.card.holder.state.as_ref())),
    kept("CreditCardType", Stored(C::CardType), |filed| Shown::Word(filed.card.card_type.as_str())),
    kept("DeviceSessionId", Nowhere, |filed| written(filed.card.extras.device_session_id.as_ref())),
    kept("Email", Stored(C::Email), |filed| written(filed.card.holder.email.as_ref())),
    null("ExistingMandate"),
    null("FirstName"),
    null("IBAN"),
    kept("Id", Id, |filed| text(Some(filed.card.id))),
    kept("IdentityNumber", Nowhere, |filed| written(filed.card.extras.identity_number.as_ref())),
    kept("IPAddress", Nowhere, |filed| written(filed.card.extras.ip_address.as_ref())),
    always("IsCompany", Shown::Flag(false)),
    always("IsSystem", Shown::Flag(false)),
    kept("LastFailedSaleTransactionDate", Nowhere, |filed| {
        filed.card.activity.last_failed_payment_at.map_or(Shown::Null, Shown::Time)
    }),
    null("LastName"),
    kept("LastTransactionDateTime", Nowhere, |filed| {
        filed.card.activity.last_transaction_at.map_or(Shown::Null, Shown::Time)
    }),
    kept("LastTransactionStatus", Nowhere, |filed| {
        let status = filed.card.activity.last_transaction_status;
        status.map_or(Shown::Null, |status| Shown::Word(status.as_str()))
    }),
    null("MandateCreationDate"),
    kept("MandateID", Nowhere, |filed| written(filed.card.extras.mandate.mandate_id.as_ref())),
    kept("MandateReason", Nowhere, |filed| {
        written(filed.card.extras.mandate.mandate_reason.as_ref())
    }),
    null("MandateReceived"),
    kept("MandateStatus", Nowhere, |filed| {
        written(filed.card.extras.mandate.mandate_status.as_ref())
    }),
    null("MandateUpdateDate"),
    kept("MaxConsecutivePaymentFailures", Stored(C::MaxFailures), |filed| {
        number(filed.card.retry_rule.max_failures.map(|max| max.get().into()))
    }),
    null("MethodReferenceId"),
    null("MethodSpecificData"),
    null("Name"),
    null("NetworkTokenProvider"),
    null("NetworkTokenType"),
    kept("NumConsecutiveFailures", Stored(C::Failures), |filed| {
        Shown::Number(filed.card.failures.get().into())
    }),
    kept("PaymentMethodStatus", Stored(C::Status), |filed| Shown::Word(filed.card.status.as_str())),
    kept("PaymentRetryWindow", Stored(C::RetryWindow), |filed| {
        number(filed.card.retry_rule.window_hours.map(|hours| hours.get().into()))
    }),
    null("PaypalBaid"),
    null("PaypalEmail"),
    null("PaypalPreapprovalKey"),
    null("PaypalType"),
    kept("Phone", Stored(C::Phone), |filed| written(filed.card.holder.phone.as_ref())),
    null("PostalCode"),
    null("SecondTokenId"),
    null("State"),
    null("StreetName"),
    null("StreetNumber"),
    null("SubType"),
    null("TokenId"),
    kept("TotalNumberOfErrorPayments", Stored(C::FailedPayments), |filed| {
        Shown::Number(filed.card.activity.failed_payments.into())
    }),
    kept("TotalNumberOfProcessedPayments", Stored(C::ProcessedPayments), |filed| {
        Shown::Number(filed.card.activity.processed_payments.into())
    }),
    always("Type", Shown::Word("CreditCard")),
    kept("UpdatedById", Stored(C::UpdatedBy), |filed| text(Some(filed.card.updated.by.simple()))),
    kept("UpdatedDate", Stored(C::UpdatedAt), |filed| Shown::Time(filed.card.updated.at)),
    kept("UseDefaultRetryRule", Stored(C::UseDefaultRetryRule), |filed| {
        Shown::Flag(filed.card.retry_rule.use_default)
    }),
    null("UserReferenceId"),
];

const fn kept(name: &'static str, asked: Asked, shown: fn(&FiledCard) -> Shown) -> Standard {
    Standard { name, source: Source::Kept { asked, shown } }
}

const fn always(name: &'static str, value: Shown) -> Standard {
    Standard { name, source: Source::Always(value) }
}

const fn null(name: &'static str) -> Standard {
    always(name, Shown::Null)
}

fn written(value: Option<&impl AsRef<str>>) -> Shown {
    value.map_or(Shown::Null, |value| Shown::Text(value.as_ref().to_owned()))
}

fn text(value: Option<impl ToString>) -> Shown {
    value.map_or(Shown::Null, |value| Shown::Text(value.to_string()))
}

fn number(value: Option<i64>) -> Shown {
    value.map_or(Shown::Null, Shown::Number)
}
