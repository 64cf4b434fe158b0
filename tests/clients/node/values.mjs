// The scenario of ../scenario.py for JavaScript: values, statements and checks that both drivers share.
import assert from "node:assert/strict";

export const unicode = "naïve \u00e6\u00f8 \u4f60\u597d \u{1f980} 'quoted' \"double\" \\ back";

export const columns = {
  b: ["boolean", true],
  i2: ["smallint", -32768],
  i4: ["integer", 2147483647],
  i8: ["bigint", "-9223372036854775807"],
  f4: ["real", 1.5],
  f8: ["double precision", 3.141592653589793],
  n: ["numeric(20,5)", "12345.67890"],
  t: ["text", "plain text"],
  v: ["varchar(40)", "varying"],
  c: ["char(5)", "abc"],
  y: ["bytea", Buffer.from([0, 255, 16, 39, 92])],
  d: ["date", "2024-02-29"],
  tm: ["time", "23:59:59.999999"],
  ts: ["timestamp", "1999-12-31 23:59:59.5"],
  tz: ["timestamptz", "2024-07-01 12:00:00.00025+00"],
  u: ["uuid", "12345678-9abc-def0-1234-56789abcdef0"],
  j: ["json", '{"b": [1, 2, null], "a": "x"}'],
  jb: ["jsonb", '{"a": "x", "b": [1, 2, null]}'],
};

const searchable = ["b", "i2", "i4", "i8", "f8", "n", "t", "v", "d", "tm", "ts", "tz", "u"];

function expected(column) {
  const value = columns[column][1];
  return column === "c" ? value.padEnd(5) : value;
}

// `client` has query(sql, parameters) -> rows as arrays, stream(sql, onRow), transaction(body), sqlstate(error).
export async function run(client, table, vectors) {
  const step = async (name, body) => {
    await body();
    console.log(`ok ${name}`);
  };
  const names = Object.keys(columns);
  const casts = { j: "::json", jb: "::jsonb" };
  const marks = names.map((name, i) => `$${i + 2}${casts[name] ?? ""}`).join(", ");
  const insert = (id, values) =>
    client.query(`INSERT INTO ${table} (id, ${names.join(", ")}) VALUES ($1, ${marks})`, [id, ...values]);
  const count = async () => Number((await client.query(`SELECT count(*) FROM ${table}`))[0][0]);

  await step("connect", async () => {
    assert.deepEqual(await client.query("SELECT 1 AS one"), [[1]]);
  });
  await step("parameters", async () => {
    const list = names.map((name) => `${name} ${columns[name][0]}`).join(", ");
    await client.query(`CREATE TABLE ${table} (id integer PRIMARY KEY, ${list})`);
    await insert(1, names.map((name) => columns[name][1]));
    const [row] = await client.query(`SELECT ${names.join(", ")} FROM ${table} WHERE id = $1`, [1]);
    names.forEach((name, i) => {
      const value = ["j", "jb"].includes(name) ? JSON.parse(row[i]) : row[i];
      const wanted = ["j", "jb"].includes(name) ? JSON.parse(expected(name)) : expected(name);
      assert.deepEqual(value, wanted, name);
    });
    for (const name of searchable) {
      const found = await client.query(`SELECT id FROM ${table} WHERE ${name} = $1`, [columns[name][1]]);
      assert.deepEqual(found, [[1]], name);
    }
  });
  await step("nulls", async () => {
    await insert(2, names.map(() => null));
    const [row] = await client.query(`SELECT ${names.join(", ")} FROM ${table} WHERE id = $1`, [2]);
    assert.deepEqual(row, names.map(() => null));
    await insert(3, names.map((name) => (["t", "v"].includes(name) ? "" : null)));
    assert.deepEqual(await client.query(`SELECT t, v FROM ${table} WHERE id = 3`), [["", ""]]);
    assert.deepEqual(await client.query(`SELECT id FROM ${table} WHERE t IS NULL ORDER BY id`), [[2]]);
  });
  await step("unicode", async () => {
    await client.query(`UPDATE ${table} SET t = $1 WHERE id = $2`, [unicode, 1]);
    assert.deepEqual(await client.query(`SELECT t FROM ${table} WHERE t = $1`, [unicode]), [[unicode]]);
  });
  await step("rollback", async () => {
    await assert.rejects(
      client.transaction(async (inside) => {
        await inside.query(`DELETE FROM ${table}`);
        assert.equal(Number((await inside.query(`SELECT count(*) FROM ${table}`))[0][0]), 0);
        throw new Error("undo");
      }),
      /undo/,
    );
    assert.equal(await count(), 3);
    await client.transaction((inside) => inside.query(`UPDATE ${table} SET i4 = $1 WHERE id = $2`, [7, 3]));
    assert.deepEqual(await client.query(`SELECT i4 FROM ${table} WHERE id = 3`), [[7]]);
  });
  await step("error", async () => {
    for (const [statement, state] of [
      ["SELECT * FROM no_such_table", "42P01"],
      [`SELECT no_such_column FROM ${table}`, "42703"],
      ["SELEC 1", "42601"],
      [`INSERT INTO ${table} (id) VALUES (1)`, "23505"],
      ["SELECT 1/0", "22012"],
    ]) {
      await assert.rejects(client.query(statement), (error) => client.sqlstate(error) === state, statement);
      assert.deepEqual(await client.query("SELECT 2 AS two"), [[2]]);
    }
    await assert.rejects(
      client.transaction(async (inside) => {
        await inside.query(`DELETE FROM ${table}`);
        await inside.query("SELECT 1/0");
      }),
      (error) => client.sqlstate(error) === "22012",
    );
    assert.equal(await count(), 3);
  });
  await step("stream", async () => {
    let rows = 0;
    let total = 0;
    await client.stream("SELECT id, label FROM scenario_rows ORDER BY id", ([id, label]) => {
      assert.equal(label, `row ${id}`);
      rows += 1;
      total += id;
    });
    assert.deepEqual([rows, total], [10000, (10000 * 10001) / 2]);
  });
  if (!vectors) return;
  await step("vectors", async () => {
    for (const [operator, nearest] of [["<->", [1, 2]], ["<=>", [1, 2]], ["<#>", [3, 1]]]) {
      const rows = await client.query(
        `SELECT id FROM scenario_vectors ORDER BY embedding ${operator} ($1::text)::vector, id LIMIT 2`,
        ["[1,0,0]"],
      );
      assert.deepEqual(rows.map((row) => row[0]), nearest, operator);
    }
    const [[distance]] = await client.query("SELECT embedding <-> '[1,2,1]' FROM scenario_vectors WHERE id = 4");
    assert.ok(Math.abs(distance - 3) < 1e-6);
  });
}
