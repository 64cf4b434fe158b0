// node-postgres: text results; named statements when "prepared" is given. Arguments: DSN, table, mode, vectors.
import pg from "pg";
import QueryStream from "pg-query-stream";
import { run } from "./values.mjs";

const [dsn, table, mode, vectors] = process.argv.slice(2);
// Dates and times as the server prints them: the scenario compares the server's text.
for (const oid of [1082, 1083, 1114, 1184, 114, 3802]) pg.types.setTypeParser(oid, (text) => text);
const client = new pg.Client({ connectionString: dsn });
await client.connect();
let number = 0;
const names = new Map();
const named = (sql) => {
  if (mode !== "prepared") return undefined;
  if (!names.has(sql)) names.set(sql, `s${(number += 1)}`);
  return names.get(sql);
};

const adapter = {
  async query(sql, values) {
    const result = await client.query({ text: sql, values, rowMode: "array", name: values && named(sql) });
    return result.rows;
  },
  async stream(sql, onRow) {
    for await (const row of client.query(new QueryStream(sql, [], { rowMode: "array", batchSize: 500 }))) onRow(row);
  },
  async transaction(body) {
    await client.query("BEGIN");
    try {
      await body(adapter);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    }
  },
  sqlstate: (error) => error.code,
};
await run(adapter, table, vectors === "vectors");
await client.end();
