"""An HTTP protocol whose connections can be cut from inside the application."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]
_open: dict[Address, asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """uvicorn's protocol, remembering each open connection by the address of its client."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer: Address = tuple(transport.get_extra_info("peername")[:2])
        _open[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _open.pop(self._peer, None)
        super().connection_lost(exc)


def cut(peer: Address) -> None:
    """Close a client's connection after what was already written to it."""
    transport = _open.get(tuple(peer))  # type: ignore[arg-type]
    if transport is not None:
        transport.close()


def forget(peer: Address) -> None:
    """A connection that became a websocket has ended: its HTTP protocol is not told."""
    _open.pop(tuple(peer), None)  # type: ignore[arg-type]
