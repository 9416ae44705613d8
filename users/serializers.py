"""What users' requests and answers look like. Passwords, tokens and secrets are write-only wherever they come in."""

from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers

from users.models import Currency, Language, User

LONGEST_PASSWORD = 128
LONGEST_TOKEN = 4096


class PasswordField(serializers.CharField):
    """Taken as it is typed, spaces included; bounded, because hashing takes its time."""

    def __init__(self, **options: Any) -> None:
        style = {"input_type": "password"}
        super().__init__(
            max_length=LONGEST_PASSWORD, trim_whitespace=False, write_only=True, style=style, **options
        )


class LanguageField(serializers.ChoiceField):
    """`pt-BR` and `pt-br` are the same language."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=Language.choices, **options)

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(data.lower() if isinstance(data, str) else data))


class RegisterSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    language = LanguageField(required=False)
    display_currency = serializers.ChoiceField(choices=Currency.choices, default=Currency.BRL.value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Who names no language gets the one that the request was answered in."""
        active = get_language()
        fallback = active if active in Language.values else Language.PORTUGUESE.value
        return {"language": fallback, **attrs}


class RegisteredSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "language", "display_currency"]
        read_only_fields = fields


class UserSerializer(serializers.ModelSerializer[User]):
    language = LanguageField(required=False)

    class Meta:
        model = User
        fields = ["id", "email", "language", "display_currency", "date_joined"]
        read_only_fields = ["id", "email", "date_joined"]


class SignInSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254, write_only=True)
    password = PasswordField()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=LONGEST_TOKEN, write_only=True)


class PasswordChangeSerializer(serializers.Serializer[Any]):
    current_password = PasswordField()
    new_password = PasswordField()


class PasswordResetSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254, write_only=True)


class PasswordResetConfirmSerializer(serializers.Serializer[Any]):
    uid = serializers.CharField(max_length=100, write_only=True)
    token = serializers.CharField(max_length=100, write_only=True)
    new_password = PasswordField()


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(read_only=True)
    refresh = serializers.CharField(read_only=True)
