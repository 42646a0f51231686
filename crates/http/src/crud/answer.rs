//! What CRUD and Actions answer about one object.

use cardfile_domain::id::PaymentMethodId;
use serde::Serialize;

use super::error::ObjectError;

/// `{"Success": true, "Id": …}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Saved {
    success: bool,
    id: PaymentMethodId,
}

impl Saved {
    pub(crate) fn new(id: PaymentMethodId) -> Self {
        Self { success: true, id }
    }
}

/// `{"success": true, "id": …}`: a deletion is written with small letters.
#[derive(Debug, Serialize)]
pub(crate) struct Deleted {
    success: bool,
    id: PaymentMethodId,
}

impl Deleted {
    pub(crate) fn new(id: PaymentMethodId) -> Self {
        Self { success: true, id }
    }
}

/// `{"Errors": […], "Success": false}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NotSaved {
    errors: Vec<ObjectError>,
    success: bool,
}

impl NotSaved {
    pub(crate) fn new(errors: Vec<ObjectError>) -> Self {
        Self { errors, success: false }
    }
}

/// `{"errors": […], "success": false}`.
#[derive(Debug, Serialize)]
pub(crate) struct NotDeleted {
    errors: Vec<ObjectError>,
    success: bool,
}

impl NotDeleted {
    pub(crate) fn new(errors: Vec<ObjectError>) -> Self {
        Self { errors, success: false }
    }
}
