"""Reading requests, and what the fault layer tells the dialects about one."""

from starlette.requests import Request

# In a request's scope: the exchange as this one request is to meet it.
EXCHANGE = "paper.exchange"
LARGEST_BODY = 65_536


async def read_body(request: Request, largest: int = LARGEST_BODY) -> bytes | None:
    """The whole body, or None when it is larger than any legitimate request."""
    chunks, size = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > largest:
            return None
    return b"".join(chunks)
