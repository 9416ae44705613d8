"""Messages for a platform's workers, pushed so fast that the pushing is not what is measured."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from itertools import islice
from typing import Any
from uuid import uuid4

from celery import Celery
from redis import Redis

from benchmarks.rig.waiting import wait_until

QUEUE = "bots"
TEMPLATE_QUEUE = "benchmark-template"
PUSHED_AT_ONCE = 500
POLL_SECONDS = 0.005


def make_template(redis: Redis, url: str, prefix: str, task: str) -> dict[str, Any]:
    """A message for `task` as Celery writes it."""
    app = Celery(broker=url)
    app.conf.broker_transport_options = {"global_keyprefix": prefix}
    with app.connection_for_write() as connection:
        app.send_task(task, args=(), queue=TEMPLATE_QUEUE, connection=connection, ignore_result=True)
    raw: Any = redis.rpop(prefix + TEMPLATE_QUEUE)
    template: dict[str, Any] = json.loads(raw)
    return template


def fill_in(template: dict[str, Any], arguments: Sequence[Any]) -> bytes:
    """A copy with an id of its own and these positional arguments."""
    own_id = str(uuid4())
    _, keywords, embedded = json.loads(b64decode(template["body"]))
    message = {
        **template,
        "body": b64encode(json.dumps([arguments, keywords, embedded]).encode()).decode(),
        "headers": {**template["headers"], "id": own_id, "root_id": own_id},
        "properties": {
            **template["properties"],
            "correlation_id": own_id,
            "delivery_tag": str(uuid4()),
            "delivery_info": {"exchange": "", "routing_key": QUEUE},
        },
    }
    return json.dumps(message).encode()


def push(redis: Redis, prefix: str, messages: Sequence[bytes]) -> None:
    left = iter(messages)
    while batch := list(islice(left, PUSHED_AT_ONCE)):
        redis.lpush(prefix + QUEUE, *batch)


def wait_drained(redis: Redis, prefix: str, seconds: float) -> None:
    """Until every message was taken and acknowledged. Raises TimeoutError."""

    def is_drained() -> bool:
        return not (redis.llen(prefix + QUEUE) or redis.hlen(prefix + "unacked"))

    wait_until(is_drained, seconds, "all messages taken", every=POLL_SECONDS)
