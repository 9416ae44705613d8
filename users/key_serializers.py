"""What exchange keys look like from outside: masked, with the secrets going in only."""

from functools import cached_property
from typing import Any

from django.conf import settings
from rest_framework import serializers

from exchanges.domain import Environment
from exchanges.paper_accounts import has_simulated_prices
from users.models import ExchangeAPIKey, KeyState

LONGEST_CREDENTIAL = 512
PERMISSIONS = ("can_trade", "can_withdraw", "can_transfer", "ip_restricted", "expires_at")


class SecretField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        style = {"input_type": "password"}
        super().__init__(max_length=LONGEST_CREDENTIAL, write_only=True, style=style, **options)


class NewKeySerializer(serializers.Serializer[Any]):
    exchange = serializers.ChoiceField(choices=settings.EXCHANGES)
    environment = serializers.ChoiceField(choices=[environment.value for environment in Environment])
    label = serializers.CharField(max_length=60, required=False, default="")  # type: ignore[assignment]
    api_key = SecretField()
    secret_key = SecretField()
    passphrase = SecretField(required=False, allow_blank=True, default="")


class NewPaperKeySerializer(serializers.Serializer[Any]):
    exchange = serializers.ChoiceField(choices=settings.EXCHANGES, default="binance")
    label = serializers.CharField(max_length=60, required=False, default="")  # type: ignore[assignment]


class KeyLabelSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(max_length=60)  # type: ignore[assignment]


class PermissionsSerializer(serializers.Serializer[Any]):
    """null: not known (not checked yet, or the exchange cannot tell)."""

    can_trade = serializers.BooleanField(allow_null=True)
    can_withdraw = serializers.BooleanField(allow_null=True)
    can_transfer = serializers.BooleanField(allow_null=True)
    ip_restricted = serializers.BooleanField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class StoredPermissionsField(serializers.Field[Any, Any, Any, Any]):
    def to_representation(self, value: Any) -> dict[str, Any]:
        stored = value if isinstance(value, dict) else {}
        return {name: stored.get(name) for name in PERMISSIONS}


class BalanceSerializer(serializers.Serializer[Any]):
    free = serializers.CharField()
    locked = serializers.CharField()


class KeySerializer(serializers.ModelSerializer[ExchangeAPIKey]):
    api_key = serializers.CharField(source="masked", read_only=True, help_text="Masked: `***7LFx`.")
    state = serializers.ChoiceField(choices=KeyState.choices, read_only=True)
    state_detail = serializers.CharField(read_only=True, help_text="Why the key is in its state, in words.")
    halt_reason = serializers.CharField(source="halt_text", read_only=True)
    permissions = StoredPermissionsField(read_only=True)
    balances = serializers.DictField(child=BalanceSerializer(), read_only=True)
    simulated = serializers.SerializerMethodField(help_text="Its prices are made up.")

    class Meta:
        model = ExchangeAPIKey
        fields = [
            "id",
            "exchange",
            "environment",
            "label",
            "api_key",
            "state",
            "state_detail",
            "permissions",
            "balances",
            "checked_at",
            "halted_at",
            "halt_reason",
            "simulated",
            "created_at",
        ]
        read_only_fields = fields

    def get_simulated(self, key: ExchangeAPIKey) -> bool:
        if key.environment != Environment.PAPER.value:
            return False
        if key.exchange not in self._simulated:
            self._simulated[key.exchange] = has_simulated_prices(key.exchange)
        return self._simulated[key.exchange]

    @cached_property
    def _simulated(self) -> dict[str, bool]:
        """Per exchange, asked once for a whole list."""
        return {}
