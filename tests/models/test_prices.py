"""Prices: found by name, dated, and never made up."""

from __future__ import annotations

import pytest

from assay.models import ScriptedModel, create
from assay.models.base import Usage
from assay.models.prices import FREE, PRICES, price_of
from assay.names import UsageError


class Named:
    def __init__(self, name):
        self.name = name


def test_a_listed_model_has_a_dated_price():
    price = price_of(Named("anthropic:claude-haiku-4-5"))
    assert (price.input, price.output) == (1.0, 5.0)
    assert price.as_of.startswith("20") and price.source
    # 1000 tokens in at 1 USD and 2000 out at 5 USD per million.
    assert price.of(Usage(1000, 2000)) == pytest.approx(0.011)


@pytest.mark.parametrize(
    "name", ["anthropic:claude-haiku-4-5-20251001", "openai:gpt-4o-2024-08-06", "openai:o3"]
)
def test_a_snapshot_has_the_price_of_its_model(name):
    assert price_of(Named(name)) is not None


def test_a_snapshot_with_a_price_of_its_own_keeps_it():
    assert price_of(Named("openai:gpt-4o-2024-05-13")).input == 5.0
    assert price_of(Named("openai:gpt-4o")).input == 2.5


@pytest.mark.parametrize("name", ["openai:gpt-5-unheard", "anthropic:claude-haiku", "other:x", "x"])
def test_an_unlisted_model_has_no_price(name):
    assert price_of(Named(name)) is None


def test_another_server_has_no_list_price(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    assert price_of(create("openai:gpt-5")) is not None
    assert price_of(create("openai:gpt-5", base_url="http://localhost:1/v1")) is None


def test_where_no_provider_is_asked_calls_are_free():
    assert price_of(ScriptedModel(lambda prompt: "x")) is FREE


def test_a_file_of_ones_own(tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    path.write_text(
        'as_of = "2030-01-01"\nsource = "me"\n[openai]\nqwen3 = { input = 0.5, output = 1.0 }\n'
    )
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    model = create("openai:qwen3", base_url="http://localhost:1/v1")
    assert price_of(model, path).output == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[openai]\nm = { input = 1.0 }\n", "the price of openai:m is not understood"),
        ("[openai\n", "not valid TOML"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        price_of(Named("openai:m"), path)
    with pytest.raises(UsageError, match=r"nowhere\.toml: cannot be read"):
        price_of(Named("openai:m"), tmp_path / "nowhere.toml")


def test_every_listed_price_can_be_read():
    names = [line.split('"')[1] for line in PRICES.read_text().splitlines() if line[:1] == '"']
    provider = {"c": "anthropic", "g": "openai", "o": "openai"}
    for name in names:
        prefix = "google" if name.startswith("gemini") else provider[name[0]]
        price = price_of(Named(f"{prefix}:{name}"))
        assert price.input > 0 and price.output > 0
