// postgres.js: describes every statement, pipelines, text. Arguments: DSN, table, mode, vectors.
import postgres from "postgres";
import { run } from "./values.mjs";

const [dsn, table, mode, vectors] = process.argv.slice(2);
const asText = (oid) => ({ to: oid, from: [oid], serialize: (value) => value, parse: (text) => text });
const sql = postgres(dsn, {
  max: 1,
  fetch_types: false,
  prepare: mode === "prepared",
  types: { date: asText(1082), time: asText(1083), timestamp: asText(1114), timestamptz: asText(1184), json: asText(114), jsonb: asText(3802) },
});

const adapt = (connection) => ({
  async query(text, values = []) {
    // A parameter of type boolean, bytea … is inferred by the server; the driver sends text for all of them.
    return [...(await connection.unsafe(text, values).values())].map((row) => [...row]);
  },
  async stream(text, onRow) {
    await connection.unsafe(text).cursor(500, (rows) => rows.forEach((row) => onRow([row.id, row.label])));
  },
  transaction: (body) => sql.begin((inside) => body(adapt(inside))),
  sqlstate: (error) => error.code,
});
await run(adapt(sql), table, vectors === "vectors");
await sql.end();
