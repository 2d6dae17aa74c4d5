"""A mail server on loopback that can misbehave: real SMTP (aiosmtpd), which shares no code with Uplift.

The one argument is JSON, every field optional:
  tls       "starttls" or "implicit", with certificate and key, two files; else none is offered
  inject    text that somebody on the way puts behind the answer to STARTTLS
  password  of the user "uplift", who must sign in then
  greets    what connections meet, in their order, the last one repeated: "ok", "hang", "close"
  to        recipient -> what mails to it meet, in their order, the last one repeated:
            "ok", "rcpt 550 text", "data 552 text", "lose" (close without an answer), "hang" (no answer),
            "hold" (no answer until a line on stdin says "go"), "slow-quit" (accepted, but QUIT is not answered)

It prints JSON lines: first {"port"}, then what it sees, one object for each event.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

config = json.loads(sys.argv[1])
released = asyncio.Event()


def tell(event, session, **more):
    tls = config.get("tls") == "implicit" or session.ssl is not None
    print(json.dumps({"event": event, "tls": tls, **more}), flush=True)


def take(script):
    return script.pop(0) if len(script) > 1 else script[0]


class Handler:
    """What is said to the commands; each of them is told."""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        tell("ehlo", session, name=hostname)
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        tell("mail", session, address=address, options=options)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.does = take(config.get("to", {}).get(address, ["ok"]))
        tell("rcpt", session, address=address)
        if envelope.does.startswith("rcpt "):
            return envelope.does.removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        does = envelope.does
        content = envelope.content.decode("latin-1")  # byte for byte
        user = session.auth_data.login.decode() if session.authenticated else None
        tell("message", session, to=envelope.rcpt_tos, sender=envelope.mail_from, content=content, user=user)
        if does == "hang":
            await asyncio.Event().wait()
        if does == "hold":
            await released.wait()
        if does == "lose":
            server.transport.abort()
        session.slow_quit = does == "slow-quit"
        return does.removeprefix("data ") if does.startswith("data ") else "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        tell("quit", session)
        if getattr(session, "slow_quit", False):
            await asyncio.Event().wait()
        return "221 Bye"


class Server(SMTP):
    """Greets as it is told to, and may be spoken over by somebody on the way."""

    async def _handle_client(self):
        tell("connected", self.session)
        greets = take(config.setdefault("greets", ["ok"]))
        if greets == "hang":
            await asyncio.Event().wait()
        if greets == "close":
            self.transport.abort()
            return
        await super()._handle_client()

    async def push(self, status):
        if status == "220 Ready to start TLS" and "inject" in config:
            status = status + "\r\n" + config["inject"]
        await super().push(status)


def authenticate(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"uplift", config["password"].encode())
    tell("auth", session, mechanism=mechanism, user=data.login.decode(), good=good)
    return AuthResult(success=good, handled=False, auth_data=data)


def context():
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(config["certificate"], config["key"])
    return made


def make(loop):
    signs_in = "password" in config
    more = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False} if signs_in else {}
    if config.get("tls") == "starttls":
        more["tls_context"] = context()
    return Server(Handler(), hostname="mail.test", loop=loop, **more)


async def main():
    loop = asyncio.get_running_loop()
    # A handshake that fails is a test's aim, and told to the client.
    loop.set_exception_handler(lambda loop, what: None)
    over_tls = context() if config.get("tls") == "implicit" else None
    listening = await loop.create_server(lambda: make(loop), "127.0.0.1", 0, ssl=over_tls, backlog=512)
    print(json.dumps({"port": listening.sockets[0].getsockname()[1]}), flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        assert line == "go\n", line
        released.set()
    sys.stdout.flush()


try:
    asyncio.run(main())
except asyncio.CancelledError:
    pass
