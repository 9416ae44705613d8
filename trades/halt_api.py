"""What forbids entries of whoever is signed in, and the switch of their own account."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from saas.clock import utc_now
from trades import halting
from trades.domain import HaltedBy, HaltScope
from trades.halt_texts import describe_halt, describe_reason
from trades.halts import EntryBlock, list_blocks
from users.models import User

REASON_CHARACTERS = 300


class HaltRequest(serializers.Serializer[Any]):
    """The body of a halt; may be left out."""

    reason = serializers.CharField(max_length=REASON_CHARACTERS, default="", allow_blank=True)


class HaltSerializer(serializers.Serializer[Any]):
    """One thing that forbids new entries. Exits go on whatever is halted."""

    scope = serializers.ChoiceField(choices=[scope.value for scope in HaltScope])
    halted_by = serializers.ChoiceField(choices=[by.value for by in HaltedBy], source="by")
    halted_at = serializers.DateTimeField(source="since")
    text = serializers.SerializerMethodField(help_text="Which switch and whose, in words.")
    reason = serializers.SerializerMethodField(help_text="As typed by whoever halted; may be empty.")
    exchange = serializers.CharField()
    environment = serializers.CharField(help_text="Empty: all of them.")
    exchange_key = serializers.IntegerField(source="key_id", allow_null=True)
    bot = serializers.IntegerField(source="bot_id", allow_null=True)
    may_resume = serializers.SerializerMethodField(help_text="Whether the account's owner can lift it.")

    def get_text(self, block: EntryBlock) -> str:
        return describe_halt(block.details())

    def get_reason(self, block: EntryBlock) -> str:
        return describe_reason(block.details())

    def get_may_resume(self, block: EntryBlock) -> bool:
        return block.by is HaltedBy.OWNER


class HaltPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = HaltSerializer(many=True)


class HaltsView(APIView):
    """All that forbids new entries of yours now, the most general first."""

    @extend_schema(operation_id="halts_list", responses=HaltPageSerializer)
    def get(self, request: Request) -> Response:
        return show_halts(cast("User", request.user))


class HaltAccountView(APIView):
    """Stop new entries of all your bots, at their next tick at the latest; exits go on. Answers with what then holds."""

    @extend_schema(operation_id="account_halt", request=HaltRequest, responses=HaltPageSerializer)
    def post(self, request: Request) -> Response:
        user = cast("User", request.user)
        halting.halt_as_owner(halting.user_target(user), user, read_reason(request), utc_now())
        return show_halts(user)


class ResumeAccountView(APIView):
    """Lift the halt of your own account. 409 where the operator set it. Answers with what still holds."""

    @extend_schema(operation_id="account_resume", request=None, responses=HaltPageSerializer)
    def post(self, request: Request) -> Response:
        user = cast("User", request.user)
        halting.resume_as_owner(halting.user_target(user))
        return show_halts(user)


def read_reason(request: Request) -> str:
    form = HaltRequest(data=request.data)
    form.is_valid(raise_exception=True)
    return str(form.validated_data["reason"])


def show_halts(user: User) -> Response:
    results = HaltSerializer(list_blocks(user), many=True).data
    return Response({"count": len(results), "next": None, "previous": None, "results": results})
