"""Every operation of the OpenAPI schema says which errors it may answer with, without each view repeating it."""

from collections.abc import Iterator
from typing import Any

ERROR_NAME = "Error"
ERROR_SCHEMA = {
    "type": "object",
    "required": ["code", "detail"],
    "properties": {
        "code": {"type": "string", "description": "For programs."},
        "detail": {"type": "string", "description": "For people, in their language."},
        "fields": {
            "type": "object",
            "description": "What is wrong with which field; nested names are joined by dots.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "error_id": {"type": "string", "description": "Of a 500: the id under which it was logged."},
    },
}
DESCRIPTIONS = {
    "400": "Not valid",
    "401": "Not signed in",
    "404": "Not found",
    "409": "Not possible in the present state",
    "413": "Too large",
    "415": "Not JSON",
    "429": "Too many calls; see Retry-After",
    "500": "Our fault",
}
METHODS = {"get", "post", "put", "patch", "delete"}


def add_error_responses(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result["components"].setdefault("schemas", {})[ERROR_NAME] = ERROR_SCHEMA
    for path, item in result["paths"].items():
        for method in METHODS.intersection(item):
            answers = {status: _response(status) for status in _statuses(path, method)}
            item[method]["responses"] = {**answers, **item[method]["responses"]}
    return result


def _statuses(path: str, method: str) -> Iterator[str]:
    yield from ("400", "401", "429", "500")
    if "{" in path or method == "get":
        yield "404"
    if method != "get":
        yield from ("409", "413", "415")


def _response(status: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{ERROR_NAME}"}
    return {"description": DESCRIPTIONS[status], "content": {"application/json": {"schema": schema}}}
