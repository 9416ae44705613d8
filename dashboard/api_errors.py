"""What can go wrong between the dashboard and the API. Every failed call raises one of these.

ApiError
├── Unreachable    no answer from the API: nothing is known to have happened, trying again later helps
├── SignedOut      the sign-in is over (expired, revoked, logged out): sign in again
├── Refused        the API said no (400, 403, 404, 409, 429, 503) and why, in the user's language
└── ServerFault    the API failed (500); `error_id` finds the reason in its log
"""

from collections.abc import Mapping


class ApiError(Exception):
    """Never raised itself."""


class Unreachable(ApiError):
    pass


class SignedOut(ApiError):
    pass


class Refused(ApiError):
    """`fields` maps a field's name, dotted where nested, to what is wrong with it."""

    def __init__(
        self, status: int, code: str, detail: str, fields: Mapping[str, list[str]] | None = None
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = dict(fields or {})


class ServerFault(ApiError):
    def __init__(self, status: int, error_id: str = "") -> None:
        super().__init__(f"{status} {error_id}")
        self.status = status
        self.error_id = error_id
