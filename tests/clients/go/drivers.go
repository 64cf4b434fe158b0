package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"
)

type pgxClient struct {
	*pgx.Conn
	tx pgx.Tx
}

// The modes of pgx: its statement cache (describe, then binary), describe each time, and the simple protocol.
var pgxModes = map[string]pgx.QueryExecMode{
	"pgx":        pgx.QueryExecModeCacheStatement,
	"pgx-exec":   pgx.QueryExecModeDescribeExec,
	"pgx-simple": pgx.QueryExecModeSimpleProtocol,
}

func openPgx(driver, dsn string) client {
	config, err := pgx.ParseConfig(dsn)
	done(err)
	config.DefaultQueryExecMode = pgxModes[driver]
	connection, err := pgx.ConnectConfig(context.Background(), config)
	done(err)
	return &pgxClient{Conn: connection}
}

func (c *pgxClient) query(text string, arguments ...any) ([][]any, error) {
	rows, err := c.Conn.Query(context.Background(), text, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found [][]any
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			return nil, err
		}
		for i, cell := range row {
			switch value := cell.(type) {
			case int16:
				row[i] = int64(value)
			case int32:
				row[i] = int64(value)
			}
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

func (c *pgxClient) stream(text string, row func(id int64, label string)) error {
	rows, err := c.Conn.Query(context.Background(), text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var label string
		if err := rows.Scan(&id, &label); err != nil {
			return err
		}
		row(id, label)
	}
	return rows.Err()
}

func (c *pgxClient) begin() (err error) {
	c.tx, err = c.Conn.Begin(context.Background())
	return err
}
func (c *pgxClient) commit() error   { return c.tx.Commit(context.Background()) }
func (c *pgxClient) rollback() error { return c.tx.Rollback(context.Background()) }
func (c *pgxClient) close()          { c.Conn.Close(context.Background()) }

func (c *pgxClient) sqlstate(err error) string {
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		return failure.Code
	}
	return ""
}

type pqClient struct {
	database *sql.DB
	tx       *sql.Tx
}

func openPq(dsn string) client {
	if strings.Contains(dsn, "?") {
		dsn += "&sslmode=disable"
	} else {
		dsn += "?sslmode=disable"
	}
	database, err := sql.Open("postgres", dsn)
	done(err)
	database.SetMaxOpenConns(1)
	return &pqClient{database: database}
}

func (c *pqClient) rows(text string, arguments ...any) (*sql.Rows, error) {
	if c.tx != nil {
		return c.tx.Query(text, arguments...)
	}
	return c.database.Query(text, arguments...)
}

func (c *pqClient) query(text string, arguments ...any) ([][]any, error) {
	rows, err := c.rows(text, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var found [][]any
	for rows.Next() {
		row := make([]any, len(names))
		targets := make([]any, len(names))
		for i := range row {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

func (c *pqClient) stream(text string, row func(id int64, label string)) error {
	rows, err := c.rows(text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var label string
		if err := rows.Scan(&id, &label); err != nil {
			return err
		}
		row(id, label)
	}
	return rows.Err()
}

func (c *pqClient) begin() (err error) {
	c.tx, err = c.database.Begin()
	return err
}

func (c *pqClient) commit() error {
	tx := c.tx
	c.tx = nil
	return tx.Commit()
}

func (c *pqClient) rollback() error {
	tx := c.tx
	c.tx = nil
	return tx.Rollback()
}

func (c *pqClient) close() { c.database.Close() }

func (c *pqClient) sqlstate(err error) string {
	var failure *pq.Error
	if errors.As(err, &failure) {
		return string(failure.Code)
	}
	return ""
}
