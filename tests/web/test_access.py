"""Who is let in: the host, the origin and the token, each alone."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.web.access import Access

ACCESS = Access()
PATH = f"/{ACCESS.token}/ws"
HOST = "127.0.0.1:8000"


def refusal(
    path: str = PATH,
    *,
    hosts: tuple[str, ...] = (HOST,),
    origins: tuple[str, ...] = (f"http://{HOST}",),
    asks_origin: bool = True,
) -> str | None:
    return ACCESS.refusal(path, hosts=hosts, origins=origins, asks_origin=asks_origin)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000",
        "localhost:8000",
        "LOCALHOST:8000",
        "[::1]:8000",
        "localhost",
        "127.0.0.1:9",
    ],
)
def test_this_machine_is_let_in_by_each_of_its_names_at_any_forwarded_port(host: str) -> None:
    assert refusal(hosts=(host,), origins=(f"http://{host}",)) is None
    assert refusal(hosts=(host,), origins=(), asks_origin=False) is None


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("",),
        ("evil.example",),
        ("evil.example:8000",),
        ("127.0.0.1.evil.example:8000",),
        ("localhost.evil.example",),
        ("localhost.",),
        ("127.0.0.1:8000@evil.example",),
        ("user@127.0.0.1:8000",),
        ("127.0.0.2:8000",),
        ("2130706433:8000",),
        ("0.0.0.0:8000",),
        ("127.0.0.1:8000\n",),
        ("127.0.0.1:８０００",),
        ("127.0.0.1:",),
        ("127.0.0.1:8000", "evil.example"),
        ("127.0.0.1:8000", "127.0.0.1:8000"),
    ],
)
def test_another_name_is_refused_even_with_the_token(hosts: tuple[str, ...]) -> None:
    origins = tuple(f"http://{host}" for host in hosts)
    assert refusal(hosts=hosts, origins=origins) == "host"


@pytest.mark.parametrize(
    "origins",
    [
        (),
        ("null",),
        ("",),
        ("http://evil.example",),
        ("http://127.0.0.1:9999",),
        ("http://127.0.0.1",),
        ("http://localhost:8000",),
        ("https://127.0.0.1:8000",),
        ("http://127.0.0.1:8000.evil.example",),
        ("http://127.0.0.1:8000/",),
        ("http://127.0.0.1:8000", "http://evil.example"),
    ],
)
def test_another_origin_is_refused_even_with_the_token(origins: tuple[str, ...]) -> None:
    assert refusal(origins=origins) == "origin"


def test_a_page_may_be_opened_without_an_origin_but_not_with_another_one() -> None:
    assert refusal(origins=(), asks_origin=False) is None
    assert refusal(origins=("null",), asks_origin=False) == "origin"


@pytest.mark.parametrize(
    "path",
    ["", "/", "//", "/ws", "/wrong/", f"/x{PATH}", f"/{ACCESS.token}x/ws", f"/{ACCESS.token[:-1]}"],
    ids=range(8),  # the token is another one in each test process
)
def test_a_path_without_the_token_is_refused(path: str) -> None:
    assert refusal(path) == "token"


@given(st.text(max_size=60))
def test_no_text_but_the_token_is_the_token(words: str) -> None:
    assert refusal(f"/{words}") == "token"


def test_each_start_has_a_token_of_256_bits_that_its_repr_does_not_show() -> None:
    tokens = {Access().token for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) >= len(secrets.token_urlsafe(32)) for token in tokens)
    assert ACCESS.token not in repr(ACCESS)
