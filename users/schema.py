"""What the OpenAPI schema has to be told about our own classes; imported with the addresses, as only they have a schema."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_bearer_security_scheme_object

from users.key_serializers import PermissionsSerializer


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "users.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Any:  # noqa: ARG002
        return build_bearer_security_scheme_object("HTTP_AUTHORIZATION", "Bearer", bearer_format="JWT")


class PermissionsFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "users.key_serializers.StoredPermissionsField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> Any:
        return auto_schema.resolve_serializer(PermissionsSerializer, direction).ref
