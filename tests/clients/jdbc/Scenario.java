// The scenario of ../scenario.py with the JDBC driver. Arguments: JDBC URL, table, vectors or not.
// The URL carries preferQueryMode; with binary transfer the driver switches to binary after prepareThreshold uses.

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

public class Scenario {
    static final String UNICODE = "na\u00efve \u00e6\u00f8 \u4f60\u597d \ud83e\udd80 'quoted' \"double\" \\ back";
    static final Map<String, String> TYPES = new LinkedHashMap<>();
    static final Map<String, Object> VALUES = new LinkedHashMap<>();

    static void column(String name, String type, Object value) {
        TYPES.put(name, type);
        VALUES.put(name, value);
    }

    static {
        column("b", "boolean", true);
        column("i2", "smallint", (short) -32768);
        column("i4", "integer", 2147483647);
        column("i8", "bigint", -9223372036854775807L);
        column("f4", "real", 1.5f);
        column("f8", "double precision", 3.141592653589793);
        column("n", "numeric(20,5)", new BigDecimal("12345.67890"));
        column("t", "text", "plain text");
        column("v", "varchar(40)", "varying");
        column("c", "char(5)", "abc");
        column("y", "bytea", new byte[] {0, (byte) 255, 16, 39, 92});
        column("d", "date", LocalDate.of(2024, 2, 29));
        column("tm", "time", LocalTime.of(23, 59, 59, 999999000));
        column("ts", "timestamp", LocalDateTime.of(1999, 12, 31, 23, 59, 59, 500000000));
        column("tz", "timestamptz", OffsetDateTime.parse("2024-07-01T12:00:00.000250Z"));
        column("u", "uuid", UUID.fromString("12345678-9abc-def0-1234-56789abcdef0"));
        column("j", "json", "{\"b\": [1, 2, null], \"a\": \"x\"}");
        column("jb", "jsonb", "{\"a\": \"x\", \"b\": [1, 2, null]}");
    }

    static final List<String> SEARCHABLE =
        List.of("b", "i2", "i4", "i8", "f8", "n", "t", "v", "d", "tm", "ts", "tz", "u");

    final Connection connection;
    final String table;

    Scenario(Connection connection, String table) {
        this.connection = connection;
        this.table = table;
    }

    static void check(boolean holds, Object detail) {
        if (!holds) throw new AssertionError(detail);
    }

    static Object read(ResultSet rows, int index, String name) throws SQLException {
        switch (name) {
            case "i2": Short small = rows.getShort(index); return rows.wasNull() ? null : small;
            case "y": return rows.getBytes(index);
            case "d": return rows.getObject(index, LocalDate.class);
            case "tm": return rows.getObject(index, LocalTime.class);
            case "ts": return rows.getObject(index, LocalDateTime.class);
            case "tz": return rows.getObject(index, OffsetDateTime.class);
            case "j": case "jb": case "t": case "v": case "c": return rows.getString(index);
            default: return rows.getObject(index);
        }
    }

    static void bind(PreparedStatement statement, int index, Object value) throws SQLException {
        if (value instanceof byte[]) statement.setBytes(index, (byte[]) value);
        else statement.setObject(index, value);
    }

    int update(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) bind(statement, i + 1, values[i]);
            return statement.executeUpdate();
        }
    }

    List<List<Object>> query(String sql, Object... values) throws SQLException {
        List<List<Object>> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) bind(statement, i + 1, values[i]);
            try (ResultSet rows = statement.executeQuery()) {
                int width = rows.getMetaData().getColumnCount();
                while (rows.next()) {
                    List<Object> row = new ArrayList<>();
                    for (int i = 1; i <= width; i++) row.add(rows.getObject(i));
                    found.add(row);
                }
            }
        }
        return found;
    }

    void insert(int id, Map<String, Object> values) throws SQLException {
        String marks = TYPES.keySet().stream()
            .map(name -> name.equals("j") ? "?::json" : name.equals("jb") ? "?::jsonb" : "?")
            .collect(Collectors.joining(", "));
        String sql = "INSERT INTO " + table + " (id, " + String.join(", ", TYPES.keySet()) + ") VALUES (?, " + marks + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, id);
            int index = 2;
            for (String name : TYPES.keySet()) {
                Object value = values.get(name);
                if (value == null) statement.setNull(index, name.equals("y") ? Types.BINARY : Types.NULL);
                else bind(statement, index, value);
                index++;
            }
            check(statement.executeUpdate() == 1, "update count");
        }
    }

    long count() throws SQLException {
        return ((Number) query("SELECT count(*) FROM " + table).get(0).get(0)).longValue();
    }

    void connect() throws SQLException {
        check(query("SELECT 1 AS one").equals(List.of(List.of(1))), "SELECT 1");
    }

    void parameters() throws SQLException {
        String columns = TYPES.entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue()).collect(Collectors.joining(", "));
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + table + " (id integer PRIMARY KEY, " + columns + ")");
        }
        insert(1, VALUES);
        // Often enough to pass the driver's prepareThreshold, so that binary transfer is used as well.
        for (int round = 0; round < 8; round++) compare();
        for (String name : SEARCHABLE) {
            List<List<Object>> found = query("SELECT id FROM " + table + " WHERE " + name + " = ?", VALUES.get(name));
            check(found.equals(List.of(List.of(1))), name + ": " + found);
        }
    }

    PreparedStatement comparing;

    void compare() throws SQLException {
        if (comparing == null) {
            comparing = connection.prepareStatement(
                "SELECT " + String.join(", ", TYPES.keySet()) + " FROM " + table + " WHERE id = ?");
        }
        comparing.setInt(1, 1);
        try (ResultSet rows = comparing.executeQuery()) {
            check(rows.next(), "no row");
            int index = 1;
            for (String name : TYPES.keySet()) {
                Object value = read(rows, index++, name);
                Object wanted = name.equals("c") ? "abc  " : VALUES.get(name);
                boolean same = value instanceof byte[] ? Arrays.equals((byte[]) value, (byte[]) wanted) : wanted.equals(value);
                check(same, name + ": " + value + " (" + (value == null ? null : value.getClass()) + ")");
            }
            check(!rows.next(), "two rows");
        }
    }

    void nulls() throws SQLException {
        insert(2, Map.of());
        List<Object> row = query("SELECT " + String.join(", ", TYPES.keySet()) + " FROM " + table + " WHERE id = ?", 2).get(0);
        check(row.stream().allMatch(value -> value == null), row);
        insert(3, Map.of("t", "", "v", ""));
        check(query("SELECT t, v FROM " + table + " WHERE id = 3").equals(List.of(List.of("", ""))), "empty strings");
        check(query("SELECT id FROM " + table + " WHERE t IS NULL ORDER BY id").equals(List.of(List.of(2))), "IS NULL");
    }

    void unicode() throws SQLException {
        check(update("UPDATE " + table + " SET t = ? WHERE id = ?", UNICODE, 1) == 1, "update count");
        check(query("SELECT t FROM " + table + " WHERE t = ?", UNICODE).equals(List.of(List.of(UNICODE))), "unicode");
    }

    void rollback() throws SQLException {
        connection.setAutoCommit(false);
        update("DELETE FROM " + table);
        check(count() == 0, "inside");
        connection.rollback();
        check(count() == 3, "after rollback");
        update("UPDATE " + table + " SET i4 = ? WHERE id = ?", 7, 3);
        connection.commit();
        connection.setAutoCommit(true);
        check(query("SELECT i4 FROM " + table + " WHERE id = 3").equals(List.of(List.of(7))), "commit");
    }

    void fails(String sql, String state) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException error) {
            check(state.equals(error.getSQLState()), sql + ": " + error.getSQLState() + " " + error.getMessage());
            return;
        }
        throw new AssertionError(sql + ": no error");
    }

    void error() throws SQLException {
        for (String[] pair : new String[][] {
            {"SELECT * FROM no_such_table", "42P01"},
            {"SELECT no_such_column FROM " + table, "42703"},
            {"SELEC 1", "42601"},
            {"INSERT INTO " + table + " (id) VALUES (1)", "23505"},
            {"SELECT 1/0", "22012"},
        }) {
            fails(pair[0], pair[1]);
            check(query("SELECT 2 AS two").equals(List.of(List.of(2))), "after an error");
        }
        connection.setAutoCommit(false);
        update("DELETE FROM " + table);
        fails("SELECT 1/0", "22012");
        fails("SELECT 1", "25P02");
        connection.rollback();
        connection.setAutoCommit(true);
        check(count() == 3, "after a failed transaction");
    }

    void stream() throws SQLException {
        connection.setAutoCommit(false);
        long rows = 0;
        long total = 0;
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(500);
            try (ResultSet result = statement.executeQuery("SELECT id, label FROM scenario_rows ORDER BY id")) {
                while (result.next()) {
                    rows++;
                    total += result.getInt(1);
                    check(result.getString(2).equals("row " + result.getInt(1)), result.getString(2));
                }
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
        check(rows == 10000 && total == 10000L * 10001 / 2, rows + " rows");
    }

    void vectors() throws SQLException {
        for (Object[] pair : new Object[][] {{"<->", List.of(1, 2)}, {"<=>", List.of(1, 2)}, {"<#>", List.of(3, 1)}}) {
            List<Object> ids = query("SELECT id FROM scenario_vectors ORDER BY embedding " + pair[0]
                + " (?::text)::vector, id LIMIT 2", "[1,0,0]").stream().map(row -> row.get(0)).collect(Collectors.toList());
            check(ids.equals(pair[1]), pair[0] + ": " + ids);
        }
        Object distance = query("SELECT embedding <-> '[1,2,1]' FROM scenario_vectors WHERE id = 4").get(0).get(0);
        check(Math.abs((Double) distance - 3) < 1e-6, distance);
    }

    interface Step {
        void run() throws SQLException;
    }

    static void step(String name, Step body) throws SQLException {
        body.run();
        System.out.println("ok " + name);
    }

    public static void main(String[] arguments) throws Exception {
        System.setOut(new java.io.PrintStream(System.out, true, StandardCharsets.UTF_8));
        try (Connection connection = DriverManager.getConnection(arguments[0])) {
            Scenario scenario = new Scenario(connection, arguments[1]);
            step("connect", scenario::connect);
            step("parameters", scenario::parameters);
            step("nulls", scenario::nulls);
            step("unicode", scenario::unicode);
            step("rollback", scenario::rollback);
            step("error", scenario::error);
            step("stream", scenario::stream);
            if (arguments[2].equals("vectors")) step("vectors", scenario::vectors);
        }
    }
}
