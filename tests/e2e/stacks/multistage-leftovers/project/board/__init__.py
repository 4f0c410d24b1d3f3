"""A board of notices, with a badge for each."""

import io
import os
from contextlib import closing

import psycopg2
from flask import Flask, abort, jsonify, render_template, request, send_file
from PIL import Image, ImageDraw


def create_app() -> Flask:
    app = Flask(__name__)
    url = os.environ["DATABASE_URL"]

    def run(query, *values):
        with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as one:
            one.execute(query, values)
            return one.fetchall() if one.description else []

    run("CREATE TABLE IF NOT EXISTS notices (id serial PRIMARY KEY, text text NOT NULL)")

    @app.get("/")
    def index():
        return render_template("index.html", notices=run("SELECT id, text FROM notices ORDER BY id"))

    @app.get("/healthz")
    def healthz():
        return jsonify(status="ok", notices=run("SELECT count(*) FROM notices")[0][0])

    @app.post("/notices")
    def add():
        if not request.form.get("text"):
            abort(400)
        run("INSERT INTO notices (text) VALUES (%s)", request.form["text"])
        return "", 204

    @app.get("/badge/<text>.png")
    def badge(text):
        image = Image.new("RGB", (120, 20), "steelblue")
        ImageDraw.Draw(image).text((6, 4), text[:16], fill="white")
        out = io.BytesIO()
        image.save(out, "PNG")
        out.seek(0)
        return send_file(out, mimetype="image/png")

    return app
