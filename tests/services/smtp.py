"""A real SMTP server inside the test process that keeps what it is sent and can be told to misbehave."""

from __future__ import annotations

import asyncio
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


class SmtpServer:
    """Listens on a free port of 127.0.0.1. ``messages`` holds what was delivered, in order of arrival."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refused: dict[str, str] = {}
        self.cut_off_after_data = False
        self.seconds_to_answer = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-server", daemon=True)
        self._thread.start()
        self._listener = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port: int = self._listener.sockets[0].getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[EmailMessage]:
        return [_parsed(envelope) for envelope in self.envelopes]

    def messages_to(self, address: str) -> list[EmailMessage]:
        return [_parsed(envelope) for envelope in self.envelopes if address in envelope.rcpt_tos]

    def refuse(self, address: str, answer: str = "550 5.1.1 no such mailbox") -> None:
        """Answer mail to this address with an error: 4xx means later, 5xx means never."""
        self.refused[address] = answer

    def forget(self) -> None:
        """Back to an empty, well-behaved server."""
        self.envelopes.clear()
        self.refused.clear()
        self.cut_off_after_data = False
        self.seconds_to_answer = 0.0

    def end(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(
            lambda: SMTP(self, enable_SMTPUTF8=True, decode_data=False, hostname="localhost"), "127.0.0.1", 0
        )

    async def _close(self) -> None:
        self._listener.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        await asyncio.sleep(self.seconds_to_answer)
        if self.cut_off_after_data and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()  # taken, but the sender never hears of it
        return "250 OK"


def _parsed(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message
