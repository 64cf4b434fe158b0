package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// native is the value of a column in the Go type that a program would send.
func native(c column) any {
	switch c.name {
	case "b":
		return true
	case "i2", "i4", "i8":
		value, _ := strconv.ParseInt(c.text, 10, 64)
		return value
	case "f4", "f8":
		value, _ := strconv.ParseFloat(c.text, 64)
		return value
	case "y":
		return []byte(c.text)
	case "d":
		value, _ := time.Parse("2006-01-02", c.text)
		return value
	case "ts", "tz":
		value, _ := time.Parse("2006-01-02 15:04:05.999999", c.text)
		return value
	}
	return c.text
}

// normal brings a sent or read cell to one comparable form, whatever type the driver chose for it.
func normal(c column, cell any) any {
	switch value := cell.(type) {
	case nil:
		return nil
	case int16:
		return int64(value)
	case int32:
		return int64(value)
	case float32:
		return float64(value)
	case time.Time:
		if c.name == "tm" {
			return value.Format("15:04:05.999999")
		}
		return value.UTC().Format("2006-01-02 15:04:05.999999")
	case [16]byte:
		text := hex.EncodeToString(value[:])
		return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
	case pgtype.Time:
		return time.UnixMicro(value.Microseconds).UTC().Format("15:04:05.999999")
	case pgtype.Numeric:
		return trimmed(numericText(value))
	case map[string]any:
		text, _ := json.Marshal(value)
		return string(text)
	case []byte:
		if c.name == "y" {
			return string(value)
		}
		return normal(c, string(value))
	case string:
		switch c.name {
		case "j", "jb":
			var document map[string]any
			if json.Unmarshal([]byte(value), &document) == nil {
				return normal(c, document)
			}
		case "n":
			return trimmed(value)
		case "f4", "f8":
			number, _ := strconv.ParseFloat(value, 64)
			return number
		}
		return value
	}
	return cell
}

func numericText(value pgtype.Numeric) string {
	text, err := value.Value()
	if err != nil {
		return fmt.Sprint(err)
	}
	return fmt.Sprint(text)
}

func trimmed(number string) string {
	if strings.Contains(number, ".") {
		return strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number
}
