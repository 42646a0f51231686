//! Writes what a batch came to, row by row, in the transaction in which it was loaded.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::{chain::still_holds, connect, unavailable, write::Writer};
use crate::lane::{Committed, Decided, Outcomes, ReceiptWrite, Unit};

/// Begins a transaction that will write: from here on nobody else does. What a panic left open is undone.
pub(super) fn begin(connection: &Connection) -> rusqlite::Result<()> {
    roll_back(connection);
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
    Ok(())
}

/// The same, but for as long as another process writes it is an error and nobody waits.
pub(super) fn begin_unless_busy(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::ZERO)?;
    let begun = begin(connection);
    if let Err(error) = connect::be_patient(connection) {
        roll_back(connection);
        return Err(error);
    }
    begun
}

/// Undoes the transaction, if there still is one.
pub(super) fn roll_back(connection: &Connection) {
    if connection.is_autocommit() {
        return;
    }
    if let Err(error) = connection.execute_batch("ROLLBACK") {
        tracing::error!(error = &error as &dyn std::error::Error, "a rollback failed");
    }
}

/// Writes a batch and ends the transaction.
///
/// One account's failure must not undo another's write: if a row is refused, the batch is undone
/// and its units are written one by one, each in a transaction of its own.
pub(super) fn commit(connection: &Connection, decided: &Decided) -> Outcomes {
    if decided.is_empty() {
        roll_back(connection);
        return Outcomes::all(0, &Committed::Written);
    }
    let units: Vec<_> = decided.units.iter().collect();
    let writer = Writer::on(connection);
    match write(&writer, &units, &decided.receipts) {
        Ok(ended) => Outcomes::all(units.len(), &ended),
        Err(error) if is_about_a_row(&error) && !decided.together => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a batch was refused, so its accounts are written one by one"
            );
            Outcomes {
                units: units.iter().map(|unit| write_alone(&writer, &[unit], &[])).collect(),
                receipts: write_alone(&writer, &[], &decided.receipts),
            }
        }
        Err(error) => Outcomes::all(units.len(), &Committed::Failed(unavailable(error))),
    }
}

/// Begins anew, so that another process may have written in between.
fn write_alone(writer: &Writer<'_>, units: &[&Unit], receipts: &[ReceiptWrite]) -> Committed {
    let begin_and_write = || {
        begin(writer.connection)?;
        for unit in units {
            if !still_holds(writer.connection, &unit.account.name, unit.chain)? {
                roll_back(writer.connection);
                return Ok(Committed::Outdated);
            }
        }
        write(writer, units, receipts)
    };
    begin_and_write().unwrap_or_else(|error| Committed::Failed(unavailable(error)))
}

/// Writes and commits; whatever else happens, the transaction is over.
fn write(
    writer: &Writer<'_>,
    units: &[&Unit],
    receipts: &[ReceiptWrite],
) -> rusqlite::Result<Committed> {
    let connection = writer.connection;
    let written = writer.all(units, receipts);
    if matches!(written, Ok(Committed::Written)) {
        let committed = connection.prepare_cached("COMMIT").and_then(|mut end| end.execute(()));
        if let Err(error) = committed {
            roll_back(connection);
            return Err(error);
        }
    } else {
        roll_back(connection);
    }
    written
}

/// Whether a row was refused, rather than the database being out of order.
fn is_about_a_row(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig
        ),
        None => true,
    }
}
