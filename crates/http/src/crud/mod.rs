//! CRUD: one payment method at `/v1/object/payment-method`, in Zuora's oldest words.
