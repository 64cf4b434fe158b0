//! The scenario of ../scenario.py with tokio-postgres: every statement prepared, binary both ways.
//! Arguments: DSN, table, vectors or not.

use std::error::Error;
use std::pin::pin;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

type Outcome = Result<(), Box<dyn Error>>;

const UNICODE: &str = "naïve æø 你好 🦀 'quoted' \"double\" \\ back";

const COLUMNS: &str = "b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric(20,5), \
     t text, v varchar(40), c char(5), y bytea, d date, tm time, ts timestamp, tz timestamptz, u uuid, j json, jb jsonb";
const NAMES: &str = "b, i2, i4, i8, f4, f8, n, t, v, c, y, d, tm, ts, tz, u, j, jb";

struct Values {
    b: bool,
    i2: i16,
    i4: i32,
    i8: i64,
    f4: f32,
    f8: f64,
    n: Decimal,
    t: String,
    v: String,
    c: String,
    y: Vec<u8>,
    d: NaiveDate,
    tm: NaiveTime,
    ts: NaiveDateTime,
    tz: DateTime<Utc>,
    u: Uuid,
    j: serde_json::Value,
    jb: serde_json::Value,
}

fn values() -> Result<Values, Box<dyn Error>> {
    let document = serde_json::json!({"a": "x", "b": [1, 2, null]});
    Ok(Values {
        b: true,
        i2: -32768,
        i4: 2147483647,
        i8: -9223372036854775807,
        f4: 1.5,
        f8: 3.141592653589793,
        n: "12345.67890".parse()?,
        t: "plain text".into(),
        v: "varying".into(),
        c: "abc".into(),
        y: vec![0, 255, 16, 39, 92],
        d: "2024-02-29".parse()?,
        tm: "23:59:59.999999".parse()?,
        ts: "1999-12-31T23:59:59.5".parse()?,
        tz: "2024-07-01T12:00:00.000250Z".parse()?,
        u: "12345678-9abc-def0-1234-56789abcdef0".parse()?,
        j: document.clone(),
        jb: document,
    })
}

impl Values {
    fn all(&self) -> Vec<(&'static str, &(dyn ToSql + Sync))> {
        vec![
            ("b", &self.b),
            ("i2", &self.i2),
            ("i4", &self.i4),
            ("i8", &self.i8),
            ("f4", &self.f4),
            ("f8", &self.f8),
            ("n", &self.n),
            ("t", &self.t),
            ("v", &self.v),
            ("c", &self.c),
            ("y", &self.y),
            ("d", &self.d),
            ("tm", &self.tm),
            ("ts", &self.ts),
            ("tz", &self.tz),
            ("u", &self.u),
            ("j", &self.j),
            ("jb", &self.jb),
        ]
    }
}

fn marks() -> String {
    (2..20).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

async fn connect(client: &Client, _: &str) -> Outcome {
    assert_eq!(client.query_one("SELECT 1 AS one", &[]).await?.get::<_, i32>(0), 1);
    Ok(())
}

async fn parameters(client: &Client, table: &str) -> Outcome {
    client.batch_execute(&format!("CREATE TABLE {table} (id integer PRIMARY KEY, {COLUMNS})")).await?;
    let sent = values()?;
    let mut arguments: Vec<&(dyn ToSql + Sync)> = vec![&1i32];
    arguments.extend(sent.all().into_iter().map(|(_, value)| value));
    let insert = format!("INSERT INTO {table} (id, {NAMES}) VALUES ($1, {})", marks());
    assert_eq!(client.execute(&insert, &arguments).await?, 1);
    let row = client.query_one(&format!("SELECT {NAMES} FROM {table} WHERE id = $1"), &[&1i32]).await?;
    assert_eq!(row.get::<_, bool>("b"), sent.b);
    assert_eq!(row.get::<_, i16>("i2"), sent.i2);
    assert_eq!(row.get::<_, i32>("i4"), sent.i4);
    assert_eq!(row.get::<_, i64>("i8"), sent.i8);
    assert_eq!(row.get::<_, f32>("f4"), sent.f4);
    assert_eq!(row.get::<_, f64>("f8"), sent.f8);
    assert_eq!(row.get::<_, Decimal>("n").to_string(), "12345.67890");
    assert_eq!(row.get::<_, String>("t"), sent.t);
    assert_eq!(row.get::<_, String>("v"), sent.v);
    assert_eq!(row.get::<_, String>("c"), "abc  ");
    assert_eq!(row.get::<_, Vec<u8>>("y"), sent.y);
    assert_eq!(row.get::<_, NaiveDate>("d"), sent.d);
    assert_eq!(row.get::<_, NaiveTime>("tm"), sent.tm);
    assert_eq!(row.get::<_, NaiveDateTime>("ts"), sent.ts);
    assert_eq!(row.get::<_, DateTime<Utc>>("tz"), sent.tz);
    assert_eq!(row.get::<_, Uuid>("u"), sent.u);
    assert_eq!(row.get::<_, serde_json::Value>("j"), sent.j);
    assert_eq!(row.get::<_, serde_json::Value>("jb"), sent.jb);
    for (name, value) in sent.all() {
        if !["f4", "c", "y", "j", "jb"].contains(&name) {
            let found = client.query(&format!("SELECT id FROM {table} WHERE {name} = $1"), &[value]).await?;
            assert_eq!(found.len(), 1, "{name}");
        }
    }
    Ok(())
}

async fn nulls(client: &Client, table: &str) -> Outcome {
    let nothing = "NULL, ".repeat(17) + "NULL";
    client.execute(&format!("INSERT INTO {table} (id, {NAMES}) VALUES ($1, {nothing})"), &[&2i32]).await?;
    let row = client.query_one(&format!("SELECT {NAMES} FROM {table} WHERE id = 2"), &[]).await?;
    assert_eq!(row.get::<_, Option<bool>>("b"), None);
    assert_eq!(row.get::<_, Option<String>>("t"), None);
    assert_eq!(row.get::<_, Option<Vec<u8>>>("y"), None);
    assert_eq!(row.get::<_, Option<Uuid>>("u"), None);
    let insert = format!("INSERT INTO {table} (id, t, v, i4) VALUES ($1, $2, $3, $4)");
    client.execute(&insert, &[&3i32, &"", &"", &None::<i32>]).await?;
    let row = client.query_one(&format!("SELECT t, v, i4 FROM {table} WHERE id = 3"), &[]).await?;
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1), row.get::<_, Option<i32>>(2)), ("", "", None));
    Ok(())
}

async fn unicode(client: &Client, table: &str) -> Outcome {
    client.execute(&format!("UPDATE {table} SET t = $1 WHERE id = $2"), &[&UNICODE, &1i32]).await?;
    let row = client.query_one(&format!("SELECT t FROM {table} WHERE t = $1"), &[&UNICODE]).await?;
    assert_eq!(row.get::<_, &str>(0), UNICODE);
    Ok(())
}

async fn count(client: &Client, table: &str) -> Result<i64, tokio_postgres::Error> {
    Ok(client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await?.get(0))
}

async fn rollback(client: &Client, table: &str) -> Outcome {
    client.batch_execute("BEGIN").await?;
    client.execute(&format!("DELETE FROM {table}"), &[]).await?;
    assert_eq!(count(client, table).await?, 0);
    client.batch_execute("ROLLBACK").await?;
    assert_eq!(count(client, table).await?, 3);
    client.batch_execute("BEGIN").await?;
    client.execute(&format!("UPDATE {table} SET i4 = $1 WHERE id = $2"), &[&7i32, &3i32]).await?;
    client.batch_execute("COMMIT").await?;
    let row = client.query_one(&format!("SELECT i4 FROM {table} WHERE id = 3"), &[]).await?;
    assert_eq!(row.get::<_, i32>(0), 7);
    Ok(())
}

async fn fails(client: &Client, statement: &str, state: &str) {
    let error = client.query(statement, &[]).await.expect_err(statement);
    assert_eq!(error.code().map(|code| code.code()), Some(state), "{statement}: {error}");
}

async fn error(client: &Client, table: &str) -> Outcome {
    for (statement, state) in [
        ("SELECT * FROM no_such_table".to_string(), "42P01"),
        (format!("SELECT no_such_column FROM {table}"), "42703"),
        ("SELEC 1".to_string(), "42601"),
        (format!("INSERT INTO {table} (id) VALUES (1)"), "23505"),
        ("SELECT 1/0".to_string(), "22012"),
    ] {
        fails(client, &statement, state).await;
        assert_eq!(client.query_one("SELECT 2 AS two", &[]).await?.get::<_, i32>(0), 2);
    }
    client.batch_execute("BEGIN").await?;
    client.execute(&format!("DELETE FROM {table}"), &[]).await?;
    fails(client, "SELECT 1/0", "22012").await;
    fails(client, "SELECT 1", "25P02").await;
    client.batch_execute("ROLLBACK").await?;
    assert_eq!(count(client, table).await?, 3);
    Ok(())
}

async fn stream(client: &Client, _: &str) -> Outcome {
    let nothing: [&(dyn ToSql + Sync); 0] = [];
    let mut rows = pin!(client.query_raw("SELECT id, label FROM scenario_rows ORDER BY id", nothing).await?);
    let (mut count, mut total) = (0i64, 0i64);
    while let Some(row) = rows.try_next().await? {
        let id: i32 = row.get(0);
        assert_eq!(row.get::<_, String>(1), format!("row {id}"));
        count += 1;
        total += i64::from(id);
    }
    assert_eq!((count, total), (10_000, 10_000 * 10_001 / 2));
    Ok(())
}

async fn vectors(client: &Client, _: &str) -> Outcome {
    for (operator, nearest) in [("<->", [1, 2]), ("<=>", [1, 2]), ("<#>", [3, 1])] {
        let text = format!(
            "SELECT id FROM scenario_vectors ORDER BY embedding {operator} ($1::text)::vector, id LIMIT 2"
        );
        let ids: Vec<i32> = client.query(&text, &[&"[1,0,0]"]).await?.iter().map(|row| row.get(0)).collect();
        assert_eq!(ids, nearest, "{operator}");
    }
    let row = client.query_one("SELECT embedding <-> '[1,2,1]' FROM scenario_vectors WHERE id = 4", &[]).await?;
    assert!((row.get::<_, f64>(0) - 3.0).abs() < 1e-6);
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().collect();
    let (client, connection) = tokio_postgres::connect(&arguments[1], NoTls).await?;
    let driver = tokio::spawn(connection);
    let table = arguments[2].as_str();
    macro_rules! step {
        ($name:ident) => {
            $name(&client, table).await?;
            println!("ok {}", stringify!($name));
        };
    }
    step!(connect);
    step!(parameters);
    step!(nulls);
    step!(unicode);
    step!(rollback);
    step!(error);
    step!(stream);
    if arguments[3] == "vectors" {
        step!(vectors);
    }
    drop(client);
    driver.await??;
    Ok(())
}
