"""Clients of the web application, without a browser."""

from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash

from webmap.app import create_app
from webmap.settings import ServeSettings, User

PASSWORD = "a long password"
HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000")
USERS = (
    User(name="ann", role="staff", password_hash=HASH),
    User(name="ben", role="reader", password_hash=HASH),
)
SAME = {"Sec-Fetch-Site": "same-origin"}


class Client(FlaskClient):
    """Reads every answer whole, so that no file stays open."""

    def open(self, *words, **named):
        return super().open(*words, **{"buffered": True, **named})


def client_of(settings):
    app = create_app(settings)
    app.test_client_class = Client
    return app.test_client()


def signed_in(store, name):
    app = create_app(
        ServeSettings(store=store, host="0.0.0.0", names=("localhost",), https=False, users=USERS)
    )
    app.test_client_class = Client
    client = app.test_client()
    if name:
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD}, headers=SAME)
        assert answer.status_code == 302
    return client


def english(client, address):
    answer = client.get(address + ("&" if "?" in address else "?") + "lang=en")
    return answer.status_code, answer.get_data(as_text=True)
