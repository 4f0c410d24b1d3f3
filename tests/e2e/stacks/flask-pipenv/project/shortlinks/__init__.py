"""Short links, kept in PostgreSQL."""

import os

from flask import Flask

from shortlinks import store
from shortlinks.views import links


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["DATABASE_URL"] = os.environ["DATABASE_URL"]
    with app.app_context():
        store.prepare()
    app.register_blueprint(links)
    return app
