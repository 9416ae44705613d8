"""The API's documentation works on a machine without the internet."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client


@pytest.mark.django_db
def test_everything_the_page_loads_is_served_from_here(client: Client) -> None:
    page = client.get("/api/docs/").text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(loaded) >= 3
    for address in loaded:
        assert address.startswith("/static/"), address
        assert finders.find(address.removeprefix("/static/")) is not None
