//! Tests of how the log is kept short.

use super::*;
use crate::sqlite::checkpoint::Checkpointer;

#[tokio::test]
async fn a_log_that_is_copied_is_begun_anew() {
    let file = file().await;
    let writer = connect::writer(&file.path).unwrap();
    let beside = connect::writer(&file.path).unwrap();
    let write = |count: usize| {
        for _ in 0..count {
            writer
                .execute(
                    "INSERT INTO entity VALUES (randomblob(16), hex(randomblob(9)), zeroblob(3000), 0)",
                    (),
                )
                .unwrap();
        }
    };
    write(50);
    let grown = file.log_bytes();
    assert!(grown > 50 * 4096);
    // Copied beside the writer, nothing is left; the next write goes to the log's beginning.
    assert_eq!(checkpoint::copy(&beside).rest(), 0);
    checkpoint::begin_anew(&writer);
    write(10);
    assert_eq!(file.log_bytes(), grown);
    // Even while somebody reads an old state, which then only takes another try.
    let reader = connect::reader(&file.path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM entity").unwrap();
    write(10);
    assert!(checkpoint::copy(&beside).rest() > 0);
    checkpoint::begin_anew(&writer);
    write(10);
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(checkpoint::copy(&beside).rest(), 0);
    let count: i64 = reader.query_row("SELECT count(*) FROM entity", (), |row| row.get(0)).unwrap();
    assert_eq!(count, 80);
}

#[tokio::test]
async fn the_log_of_a_busy_file_is_begun_anew() {
    let file = file().await;
    let writer = connect::writer(&file.path).unwrap();
    writer.execute_batch("PRAGMA synchronous = OFF").unwrap();
    let mut checkpointer = Checkpointer::start_with(&file.path, 100).unwrap();
    let mut bytes = 0;
    let mut unchanged = 0;
    // Without a pause, until what is written goes to where something was written before.
    for _ in 0..1_000_000 {
        writer
            .execute("INSERT INTO alias VALUES (1, randomblob(16), hex(randomblob(500)), 'x')", ())
            .unwrap();
        checkpointer.count(1);
        checkpointer.begin_anew_if_asked(&writer);
        unchanged = if file.log_bytes() == bytes { unchanged + 1 } else { 0 };
        bytes = file.log_bytes();
        if unchanged == 10 {
            break;
        }
    }
    checkpointer.stop();
    assert_eq!(unchanged, 10, "the log has {bytes} bytes");
}
