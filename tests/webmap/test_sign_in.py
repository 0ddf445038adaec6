"""Who may see what, and what is refused."""

import pytest

from planner.errors import ConfigurationError
from webmap.app import create_app
from webmap.settings import ServeSettings, read_settings

from .clients import HASH, PASSWORD, SAME, USERS, signed_in


def test_another_address_than_loopback_needs_users(tmp_path):
    with pytest.raises(ConfigurationError, match="sign in"):
        read_settings(None, host="0.0.0.0")
    for host in ("127.0.0.1", "::1", "localhost"):
        assert read_settings(None, host=host).local
    path = tmp_path / "serve.toml"
    path.write_text(
        f'host = "0.0.0.0"\n[[users]]\nname = "ann"\nrole = "staff"\npassword_hash = "{HASH}"\n'
    )
    assert read_settings(path).users[0].name == "ann"
    path.write_text(
        'hots = "0.0.0.0"\n[[users]]\nname = "ann"\nrole = "king"\npassword_hash = "plain"\n'
    )
    with pytest.raises(ConfigurationError) as refused:
        read_settings(path)
    assert len(refused.value.faults) >= 3


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/search",
        "/plans/{id}/",
        "/plans/{id}/data/core.json",
        "/plans/{id}/search.json?q=a",
        "/tiles/0/1/0/0",
    ],
)
def test_nobody_sees_anything_before_signing_in(store, plan, address):
    answer = signed_in(store, None).get(address.format(id=plan.plan_id))

    assert answer.status_code in {302, 401}
    assert plan.manifest["name"] not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "rest",
    [
        "data/organisations.json",
        "enterprises.json?box=0,0,180,90",
        "files/",
        "files/plan.xlsx",
        "files/map.zip",
    ],
)
def test_enterprises_are_for_staff(site, store, plan, rest):
    assert signed_in(store, "ben").get(f"/plans/{plan.plan_id}/{rest}").status_code == 403
    assert signed_in(store, "ann").get(f"/plans/{plan.plan_id}/{rest}").status_code == 200


def test_readers_find_places_and_no_enterprise(site, store, plan):
    reader, staff = signed_in(store, "ben"), signed_in(store, "ann")
    firm = plan.layers["enterprises"].iloc[0]["enterprise_id"]
    town = plan.layers["street_towns"].iloc[0]["name"]
    address = f"/plans/{plan.plan_id}/search.json"

    assert reader.get(address, query_string={"q": firm}).json["answers"] == []
    assert len(staff.get(address, query_string={"q": firm}).json["answers"]) == 1
    assert reader.get(address, query_string={"q": town}).json["answers"][0]["kind"] == "street_town"
    assert '"organisations":false' in reader.get(f"/plans/{plan.plan_id}/").get_data(as_text=True)


def test_cookies_are_strict_and_secure_off_loopback(store):
    app = create_app(ServeSettings(store=store, host="0.0.0.0", names=("localhost",), users=USERS))
    answer = app.test_client().post(
        "/sign-in", data={"name": "ann", "password": PASSWORD}, headers=SAME
    )
    cookie = answer.headers["Set-Cookie"]

    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Secure"))


def test_signing_in_from_another_site_is_refused(store):
    client = signed_in(store, None)
    data = {"name": "ann", "password": PASSWORD}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.test"},
        {},
    ):
        assert client.post("/sign-in", data=data, headers=headers).status_code == 403
    assert (
        client.post("/sign-in", data=data, headers={"Origin": "http://localhost"}).status_code
        == 302
    )
    assert client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/").status_code == 200
    client.post("/sign-out", headers=SAME)
    assert client.get("/").status_code == 302


def test_guessing_is_slowed_down(store):
    client = signed_in(store, None)
    codes = [
        client.post(
            "/sign-in", data={"name": "ann", "password": f"wrong {k}"}, headers=SAME
        ).status_code
        for k in range(7)
    ]

    assert codes == [401] * 5 + [429] * 2


@pytest.mark.parametrize(
    "target", ["//evil.test/", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/a\nb"]
)
def test_signing_in_leads_nowhere_else(store, target):
    client = signed_in(store, None)
    answer = client.post(
        "/sign-in",
        query_string={"to": target},
        data={"name": "ann", "password": PASSWORD},
        headers=SAME,
    )

    assert answer.headers["Location"] == "/"


def test_a_foreign_name_for_this_machine_is_refused(client):
    assert client.get("/", headers={"Host": "evil.test"}).status_code == 400
    assert client.get("/", headers={"Host": "127.0.0.1:8765"}).status_code == 200


def test_large_requests_are_refused(store):
    client = signed_in(store, None)
    answer = client.post("/sign-in", data={"name": "a" * 100_000, "password": "b"}, headers=SAME)

    assert answer.status_code == 413
