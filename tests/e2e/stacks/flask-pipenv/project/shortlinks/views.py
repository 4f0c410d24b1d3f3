from urllib.parse import urlsplit

from flask import Blueprint, abort, jsonify, redirect, render_template, request
from slugify import slugify

from shortlinks import store

links = Blueprint("links", __name__)


@links.get("/")
def index():
    return render_template("index.html", links=store.every())


@links.get("/healthz")
def healthz():
    return jsonify(status="ok", links=len(store.every()))


@links.post("/links")
def create():
    url = request.form["url"]
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        abort(400)
    name = slugify(f"{parts.netloc} {parts.path}")[:40]
    store.save(name, url)
    return jsonify(name=name), 201


@links.get("/<name>")
def follow(name):
    url = store.find(name)
    if url is None:
        abort(404)
    return redirect(url)
