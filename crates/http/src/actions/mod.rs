//! Actions: many payment methods in one call, each with its own result, and queries in ZOQL.
