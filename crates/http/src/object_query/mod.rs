//! Object Query: lists of payment methods that are filtered, sorted and paged by parameters.
