from contextlib import closing

import psycopg2
from flask import current_app


def _connect():
    return psycopg2.connect(current_app.config["DATABASE_URL"])


def prepare() -> None:
    with closing(_connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1)")
        cursor.execute("CREATE TABLE IF NOT EXISTS links (name text PRIMARY KEY, url text)")


def save(name: str, url: str) -> None:
    with closing(_connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO links VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET url = %s",
            (name, url, url),
        )


def every() -> list[tuple[str, str]]:
    with closing(_connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name, url FROM links ORDER BY name")
        return cursor.fetchall()


def find(name: str) -> str | None:
    with closing(_connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT url FROM links WHERE name = %s", (name,))
        row = cursor.fetchone()
    return row[0] if row else None
