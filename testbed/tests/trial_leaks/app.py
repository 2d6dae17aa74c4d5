# The application of a trial, as far as it can do harm: it mails what is queued, calls its webhook, and writes into production's database. Real clients:
# smtplib, http.client, psql. It goes on whatever fails.
import http.client, os, signal, smtplib, subprocess, sys, time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def psql(*words):
    done = subprocess.run(["psql", "-qAtX", *words], capture_output=True, text=True, timeout=10)
    return done.stdout.split("\n") if done.returncode == 0 else []


def mail():
    for line in psql("-F", " ", "-c", "select smtp, recipient from settings, mail_queue where smtp is not null"):
        if line:
            relay, recipient = line.split(" ")
            host, port = relay.rsplit(":", 1)
            with smtplib.SMTP(host, int(port), timeout=5) as server:
                server.sendmail("dashboard@acme.example", [recipient], "Subject: your invoice\n\nPlease pay.\n")


def call():
    connection = http.client.HTTPConnection(os.environ["WEBHOOK"], timeout=5)
    connection.request("POST", "/hook", body="{}")
    connection.getresponse().read()


def write():
    host, port = os.environ["PRODUCTION"].rsplit(":", 1)
    psql("-h", host, "-p", port, "-d", "postgres", "-c", "insert into invoices values (-1)")


while True:
    for harm in (mail, call, write):
        try:
            harm()
        except Exception as error:
            print(harm.__name__, error, flush=True)
    time.sleep(1)
