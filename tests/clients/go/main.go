// The scenario of ../scenario.py with pgx (native interface) and lib/pq (database/sql).
// Arguments: driver (pgx, pgx-simple, pgx-exec, pq), DSN, table, vectors or not.
package main

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
)

const unicodeText = "naïve æø 你好 🦀 'quoted' \"double\" \\ back"

type column struct {
	name, sqlType, text string
}

// Values go as text and come back as text: `client.query` gives every cell in the form of the server's output.
var columns = []column{
	{"b", "boolean", "true"},
	{"i2", "smallint", "-32768"},
	{"i4", "integer", "2147483647"},
	{"i8", "bigint", "-9223372036854775807"},
	{"f4", "real", "1.5"},
	{"f8", "double precision", "3.141592653589793"},
	{"n", "numeric(20,5)", "12345.67890"},
	{"t", "text", "plain text"},
	{"v", "varchar(40)", "varying"},
	{"c", "char(5)", "abc"},
	{"y", "bytea", "\x00\xff\x10'\\"},
	{"d", "date", "2024-02-29"},
	{"tm", "time", "23:59:59.999999"},
	{"ts", "timestamp", "1999-12-31 23:59:59.5"},
	{"tz", "timestamptz", "2024-07-01 12:00:00.00025"},
	{"u", "uuid", "12345678-9abc-def0-1234-56789abcdef0"},
	{"j", "json", `{"b":[1,2,null],"a":"x"}`},
	{"jb", "jsonb", `{"a": "x", "b": [1, 2, null]}`},
}

var searchable = []string{"b", "i2", "i4", "i8", "f8", "n", "t", "v", "d", "tm", "ts", "tz", "u"}

// client is a driver as the scenario uses it; cells come back normalised by `normal`.
type client interface {
	query(sql string, arguments ...any) ([][]any, error)
	stream(sql string, row func(id int64, label string)) error
	begin() error
	commit() error
	rollback() error
	sqlstate(err error) string
	close()
}

func check(holds bool, detail ...any) {
	if !holds {
		fmt.Fprintln(os.Stderr, detail...)
		os.Exit(1)
	}
}

func must(rows [][]any, err error) [][]any {
	check(err == nil, "query failed:", err)
	return rows
}

func done(err error) { check(err == nil, "failed:", err) }

type scenario struct {
	client
	table string
}

func (s scenario) names() string {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = column.name
	}
	return strings.Join(names, ", ")
}

func (s scenario) insert(id int, values []any) {
	marks := make([]string, len(columns))
	for i, column := range columns {
		marks[i] = fmt.Sprintf("$%d", i+2)
		if column.sqlType == "json" || column.sqlType == "jsonb" {
			marks[i] += "::" + column.sqlType
		}
	}
	sql := fmt.Sprintf("INSERT INTO %s (id, %s) VALUES ($1, %s)", s.table, s.names(), strings.Join(marks, ", "))
	must(s.query(sql, append([]any{id}, values...)...))
}

func (s scenario) count() int64 {
	return must(s.query("SELECT count(*) FROM " + s.table))[0][0].(int64)
}

func (s scenario) connect() {
	check(must(s.query("SELECT 1 AS one"))[0][0] == int64(1), "SELECT 1")
}

func (s scenario) parameters() {
	definitions := make([]string, len(columns))
	values := make([]any, len(columns))
	for i, column := range columns {
		definitions[i] = column.name + " " + column.sqlType
		values[i] = native(column)
	}
	must(s.query(fmt.Sprintf("CREATE TABLE %s (id integer PRIMARY KEY, %s)", s.table, strings.Join(definitions, ", "))))
	s.insert(1, values)
	row := must(s.query(fmt.Sprintf("SELECT %s FROM %s WHERE id = $1", s.names(), s.table), 1))[0]
	for i, column := range columns {
		wanted := native(column)
		if column.name == "c" {
			wanted = "abc  "
		}
		check(reflect.DeepEqual(normal(column, row[i]), normal(column, wanted)), column.name, row[i], wanted)
	}
	for _, name := range searchable {
		for _, column := range columns {
			if column.name == name {
				rows := must(s.query(fmt.Sprintf("SELECT id FROM %s WHERE %s = $1", s.table, name), native(column)))
				check(len(rows) == 1 && rows[0][0] == int64(1), name, rows)
			}
		}
	}
}

func (s scenario) nulls() {
	s.insert(2, make([]any, len(columns)))
	for i, cell := range must(s.query(fmt.Sprintf("SELECT %s FROM %s WHERE id = $1", s.names(), s.table), 2))[0] {
		check(cell == nil, columns[i].name, cell)
	}
	values := make([]any, len(columns))
	for i, column := range columns {
		if column.name == "t" || column.name == "v" {
			values[i] = ""
		}
	}
	s.insert(3, values)
	row := must(s.query("SELECT t, v FROM " + s.table + " WHERE id = 3"))[0]
	check(row[0] == "" && row[1] == "", "empty strings", row)
	rows := must(s.query("SELECT id FROM " + s.table + " WHERE t IS NULL ORDER BY id"))
	check(len(rows) == 1 && rows[0][0] == int64(2), "IS NULL", rows)
}

func (s scenario) unicode() {
	must(s.query("UPDATE "+s.table+" SET t = $1 WHERE id = $2", unicodeText, 1))
	rows := must(s.query("SELECT t FROM "+s.table+" WHERE t = $1", unicodeText))
	check(len(rows) == 1 && rows[0][0] == unicodeText, "unicode", rows)
}

func (s scenario) rollbacks() {
	done(s.begin())
	must(s.query("DELETE FROM " + s.table))
	check(s.count() == 0, "inside")
	done(s.rollback())
	check(s.count() == 3, "after rollback")
	done(s.begin())
	must(s.query("UPDATE "+s.table+" SET i4 = $1 WHERE id = $2", 7, 3))
	done(s.commit())
	check(must(s.query("SELECT i4 FROM " + s.table + " WHERE id = 3"))[0][0] == int64(7), "commit")
}

func (s scenario) fails(sql, state string) {
	_, err := s.query(sql)
	check(err != nil, sql, "no error")
	check(s.sqlstate(err) == state, sql, err)
}

func (s scenario) errors() {
	for _, pair := range [][2]string{
		{"SELECT * FROM no_such_table", "42P01"},
		{"SELECT no_such_column FROM " + s.table, "42703"},
		{"SELEC 1", "42601"},
		{"INSERT INTO " + s.table + " (id) VALUES (1)", "23505"},
		{"SELECT 1/0", "22012"},
	} {
		s.fails(pair[0], pair[1])
		check(must(s.query("SELECT 2 AS two"))[0][0] == int64(2), "after an error")
	}
	done(s.begin())
	must(s.query("DELETE FROM " + s.table))
	s.fails("SELECT 1/0", "22012")
	s.fails("SELECT 1", "25P02")
	done(s.rollback())
	check(s.count() == 3, "after a failed transaction")
}

func (s scenario) streams() {
	var rows, total int64
	done(s.stream("SELECT id, label FROM scenario_rows ORDER BY id", func(id int64, label string) {
		check(label == fmt.Sprintf("row %d", id), label)
		rows++
		total += id
	}))
	check(rows == 10000 && total == 10000*10001/2, rows, total)
}

func (s scenario) vectors() {
	for operator, nearest := range map[string][2]int64{"<->": {1, 2}, "<=>": {1, 2}, "<#>": {3, 1}} {
		rows := must(s.query("SELECT id FROM scenario_vectors ORDER BY embedding "+operator+
			" ($1::text)::vector, id LIMIT 2", "[1,0,0]"))
		check(len(rows) == 2 && rows[0][0] == nearest[0] && rows[1][0] == nearest[1], operator, rows)
	}
	distance := must(s.query("SELECT embedding <-> '[1,2,1]' FROM scenario_vectors WHERE id = 4"))[0][0].(float64)
	check(math.Abs(distance-3) < 1e-6, distance)
}

func main() {
	driver, dsn, table, vectors := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	var connection client
	if driver == "pq" {
		connection = openPq(dsn)
	} else {
		connection = openPgx(driver, dsn)
	}
	defer connection.close()
	s := scenario{connection, table}
	steps := []struct {
		name string
		run  func()
	}{
		{"connect", s.connect}, {"parameters", s.parameters}, {"nulls", s.nulls}, {"unicode", s.unicode},
		{"rollback", s.rollbacks}, {"error", s.errors}, {"stream", s.streams}, {"vectors", s.vectors},
	}
	for _, step := range steps {
		if step.name == "vectors" && vectors != "vectors" {
			continue
		}
		step.run()
		fmt.Println("ok", step.name)
	}
}
