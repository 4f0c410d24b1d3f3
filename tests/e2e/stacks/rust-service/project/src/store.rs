//! The notes in a SQLite file.

use rusqlite::Connection;

pub struct Store {
    connection: Connection,
}

impl Store {
    pub fn open(path: &str) -> Store {
        let connection = Connection::open(path).expect("the file of notes can be opened");
        connection
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
                 INSERT INTO notes (text) SELECT 'Water the plants' WHERE NOT EXISTS (SELECT 1 FROM notes);",
            )
            .expect("the table can be made");
        Store { connection }
    }

    pub fn all(&self) -> Vec<String> {
        let mut rows = self.connection.prepare("SELECT text FROM notes ORDER BY id").expect("a query");
        let texts = rows.query_map([], |row| row.get(0)).expect("rows");
        texts.filter_map(Result::ok).collect()
    }

    pub fn add(&self, text: &str) {
        let _ = self.connection.execute("INSERT INTO notes (text) VALUES (?1)", [text]);
    }
}
