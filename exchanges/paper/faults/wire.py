"""Faults of the way between client and exchange: what is late, lost, refused or broken off."""

import asyncio
from dataclasses import dataclass
from typing import Self

from .answer import Answer
from .interception import Interception
from .options import Options, take_choice, take_flag, take_seconds, take_when


@dataclass(frozen=True, slots=True)
class Delay:
    seconds: float
    after: bool

    @classmethod
    def parse(cls, options: Options) -> Self:
        return cls(take_seconds(options, "seconds"), take_when(options))

    async def apply(self, request: Interception) -> None:
        if not self.after:
            await asyncio.sleep(self.seconds)
            await request.pass_on()
            return
        answer = await request.execute()
        await asyncio.sleep(self.seconds)
        await request.answer(answer)


@dataclass(frozen=True, slots=True)
class Drop:
    after: bool

    @classmethod
    def parse(cls, options: Options) -> Self:
        return cls(take_when(options))

    async def apply(self, request: Interception) -> None:
        if self.after:
            await request.execute()
        await request.cut()


@dataclass(frozen=True, slots=True)
class Half:
    @classmethod
    def parse(cls, options: Options) -> Self:
        del options
        return cls()

    async def apply(self, request: Interception) -> None:
        await request.answer_half(await request.execute())


@dataclass(frozen=True, slots=True)
class Status:
    status: int
    after: bool
    html: bool

    @classmethod
    def parse(cls, options: Options) -> Self:
        status = take_choice(options, "status", (500, 502, 503, 504))
        return cls(status, take_when(options), take_flag(options, "html"))

    async def apply(self, request: Interception) -> None:
        if self.after:
            await request.execute()
        page = Answer.of_page(self.status)
        await request.answer(page if self.html else request.dialect.server_error(self.status))


@dataclass(frozen=True, slots=True)
class Limit:
    status: int
    retry_after: int

    @classmethod
    def parse(cls, options: Options) -> Self:
        status = take_choice(options, "status", (429, 418, 403, 200))
        return cls(status, int(take_seconds(options, "retry_after", default=1)))

    async def apply(self, request: Interception) -> None:
        await request.answer(request.dialect.too_many_requests(self.status, self.retry_after))
