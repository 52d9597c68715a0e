"""A mail server of one test, on aiosmtpd. Argument: a JSON object with

  tls       null, "starttls" or "tls"
  cert, key files of the certificate
  user, password   what it asks for; null = nothing
  refused   recipients that get 550
  later     recipients that get 451
  breaks_on recipients at whose letter the connection is closed after the letter came
            and before that is said

It prints its port, then one JSON object per letter it took. It ends when its input does.
"""

import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

options = json.loads(sys.argv[1])


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in options["refused"]:
            return "550 5.1.1 no such mailbox"
        if address in options["later"]:
            return "451 4.3.0 come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        say(
            json.dumps(
                {
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "encrypted": session.ssl is not None or options["tls"] == "tls",
                    "authenticated": bool(session.authenticated),
                    "content": base64.b64encode(envelope.content).decode(),
                }
            )
        )
        if set(envelope.rcpt_tos) & set(options["breaks_on"]):
            server.transport.abort()
            await asyncio.sleep(60)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    given = (data.login.decode(), data.password.decode())
    is_right = given == (options["user"], options["password"])
    # What is not handled here is answered by the server.
    return AuthResult(success=is_right, handled=is_right)


async def main():
    context = None
    if options["tls"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["cert"], options["key"])
    starttls = options["tls"] == "starttls"
    has_login = options["user"] is not None

    def session():
        return SMTP(
            Handler(),
            enable_SMTPUTF8=True,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            authenticator=authenticate if has_login else None,
            auth_required=has_login,
            auth_require_tls=options["tls"] == "starttls",
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        session, "127.0.0.1", 0, ssl=context if options["tls"] == "tls" else None
    )
    say(str(server.sockets[0].getsockname()[1]))
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
