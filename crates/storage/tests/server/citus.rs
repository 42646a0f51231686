//! Databases on a cluster of Citus, which has a server on each machine.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, query, query_as, query_scalar};

use super::{Fresh, host_of, new_name, run_on, server, with_database};

/// Names the coordinator.
const COORDINATOR: &str = "CARDFILE_TEST_CITUS_URL";

/// The machines beside the coordinator. A cluster of one has none.
const WORKERS: &str = "SELECT nodename, nodeport FROM pg_dist_node \
    WHERE groupid <> 0 AND noderole = 'primary' AND isactive ORDER BY nodeid";

/// Some versions can make databases on all machines by themselves, which would be in the way here. Those that
/// do not know the setting refuse any that begins like theirs.
const ON_THIS_MACHINE: &str = "SELECT set_config(name, 'off', false) FROM pg_settings \
    WHERE name = 'citus.enable_create_database_propagation'";

/// A write that was killed while it was on two machines may have left what nobody ends any more, and with it
/// a database that cannot be dropped.
const LEFT: &str =
    "SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = $1";

/// Makes a database without tables that spreads over the machines of the one that the URL names.
pub(super) async fn make() -> Option<Fresh> {
    let (server, name) = (server(COORDINATOR)?, new_name());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let workers: Vec<(String, i32)> = query_as(WORKERS).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let others: Vec<_> = workers.iter().map(|(host, port)| at(&server, host, *port)).collect();
    for machine in others.iter().chain([&server]) {
        create(machine, &name).await;
        run_on(&with_database(machine, &name), "CREATE EXTENSION citus").await;
    }
    // Every table is as many, and every test makes all of them.
    run_on(&server, &format!("ALTER DATABASE {name} SET citus.shard_count = 4")).await;
    let url = with_database(&server, &name);
    if let Some((host, port)) = own_place(&server).await {
        run_on(&url, &format!("SELECT citus_set_coordinator_host('{host}', {port})")).await;
    }
    for (host, port) in &workers {
        run_on(&url, &format!("SELECT citus_add_node('{host}', {port})")).await;
    }
    Some(Fresh { server, others, name, url })
}

/// Under what the other machines know the coordinator, if they do.
async fn own_place(server: &str) -> Option<(String, i32)> {
    const OWN: &str = "SELECT nodename, nodeport FROM pg_dist_node WHERE groupid = 0";
    let mut connection = PgConnection::connect(server).await.unwrap();
    let place = query_as(OWN).fetch_optional(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    place
}

/// Ends what killed writes left in a database on a machine.
pub(super) async fn end_what_is_left(machine: &str, name: &str) {
    let mut connection = PgConnection::connect(&with_database(machine, name)).await.unwrap();
    let left: Vec<String> = query_scalar(LEFT).bind(name).fetch_all(&mut connection).await.unwrap();
    for end in left {
        query(AssertSqlSafe(end)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

async fn create(machine: &str, name: &str) {
    let mut connection = PgConnection::connect(machine).await.unwrap();
    query(ON_THIS_MACHINE).execute(&mut connection).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    query(create).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The URL with another machine in it.
fn at(server: &str, host: &str, port: i32) -> String {
    let (from, to) = host_of(server);
    format!("{}{host}:{port}{}", &server[..from], &server[to..])
}
