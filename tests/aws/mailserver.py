"""An SMTP server (aiosmtpd, of the distribution's Python) that keeps each mail as a line of JSON and does as it is told:

    mailserver.py OUT [--cert FILE] [--auth USER:PASSWORD] [--refuse ADDRESS] [--say CODE,CODE…]

--say: what it answers after the first mails' content, one code a mail; "drop": it hangs up without an answer."""
import argparse
import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("out")
parser.add_argument("--cert")
parser.add_argument("--auth")
parser.add_argument("--refuse", default="")
parser.add_argument("--say", default="")
options = parser.parse_args()
say = [word for word in options.say.split(",") if word]


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address == options.refuse:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        word = say.pop(0) if say else "250"
        with open(options.out, "a") as file:
            file.write(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None, "said": word,
                                   "user": session.auth_data.login.decode() if session.auth_data else None,
                                   "content": base64.b64encode(envelope.content).decode()}) + "\n")
        if word == "drop":
            server.transport.abort()
        return f"{word} {'OK' if word == '250' else 'not now'}"


def check(server, session, envelope, mechanism, data):
    good = f"{data.login.decode()}:{data.password.decode()}" == options.auth
    return AuthResult(success=good, auth_data=data)


async def main():
    tls = None
    if options.cert:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options.cert)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), hostname="mail.test", tls_context=tls, require_starttls=tls is not None, enable_SMTPUTF8=False,
                     authenticator=check if options.auth else None, auth_required=bool(options.auth), auth_require_tls=True),
        "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


sys.exit(asyncio.run(main()))
