use super::*;

#[test]
fn arrays_become_a_table_with_named_columns() {
    let mut statement = Statement::default();
    statement.text("SELECT * FROM ").rows();
    statement.column("n", vec![1_i32]).column("name", vec!["a"]).end_rows();
    statement.text(" WHERE n > ").value(0_i32);
    assert_eq!(
        statement.sql,
        "SELECT * FROM (SELECT unnest($1) AS n, unnest($2) AS name) i WHERE n > $3"
    );
    assert_eq!(statement.values.len(), 3);
}

#[test]
fn the_one_bucket_of_a_statement_is_a_value_of_its_own() {
    let mut statement = Statement::of_bucket(7);
    statement.text("UPDATE t SET a = i.a FROM ").rows();
    statement.column("n", vec![1_i32]).column("bucket", vec![7_i16]);
    statement.json("a", vec!["{}"]).end_rows();
    statement.text(" WHERE t.bucket = i.bucket AND i.n > ").value(0_i32);
    assert_eq!(
        statement.sql,
        "UPDATE t SET a = i.a FROM unnest($2, $3) AS i(n, a) WHERE t.bucket = $1 AND i.n > $4"
    );
    assert_eq!(statement.values.len(), 4);
}

fn insert(mut statement: Statement) -> Statement {
    statement.insert("t").column("n", vec![1_i32, 2]).column("bucket", vec![7_i16, 7]);
    statement.column("name", vec!["a", "b"]).json("more", vec!["{}", "[]"]).end_insert();
    statement
}

#[test]
fn rows_are_added_from_arrays() {
    let statement = insert(Statement::default());
    assert_eq!(
        statement.sql,
        "INSERT INTO t (bucket, name, more) SELECT bucket, name, CAST(more AS JSON) FROM \
         (SELECT unnest($1) AS n, unnest($2) AS bucket, unnest($3) AS name, unnest($4) AS more) i"
    );
    assert_eq!(statement.values.len(), 4);
}

#[test]
fn rows_of_one_bucket_are_added_by_their_values() {
    let statement = insert(Statement::of_bucket(7));
    assert_eq!(
        statement.sql,
        "INSERT INTO t (bucket, name, more) VALUES ($1, $2, CAST($4 AS JSON)), \
         ($1, $3, CAST($5 AS JSON))"
    );
    assert_eq!(statement.values.len(), 5);
}
