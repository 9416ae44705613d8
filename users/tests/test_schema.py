from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from rest_framework.test import APIClient


def test_the_schema_is_generated_without_a_warning_and_says_every_error() -> None:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    schema = yaml.safe_load(out.getvalue())
    check = schema["paths"]["/api/exchange-keys/{id}/check/"]["post"]
    assert check["security"] == [{"token": []}]
    assert {"200", "400", "401", "404", "409", "429", "500"} <= set(check["responses"])
    register = schema["paths"]["/api/auth/register/"]["post"]
    assert "security" not in register or register["security"] == [{}]
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    key = schema["components"]["schemas"]["Key"]["properties"]
    assert key["permissions"]["allOf"] if "allOf" in key["permissions"] else key["permissions"]["$ref"]
    assert not {"secret_key", "passphrase", "ciphertext"} & set(key)


@pytest.mark.django_db
def test_the_schema_is_served(anyone: APIClient) -> None:
    assert anyone.get("/api/schema/").status_code == 200
