p='docs/guides/service.md'
s=open(p).read()
s=s.replace('''## Read events

```sh''','''## A CRM over HTTP

```sh
deed init --data ./company > made.txt
deed serve --data ./company --http 127.0.0.1:0 --auth none > http.txt &
server=$!
until grep -q HTTP http.txt; do sleep 0.1; done
kill "$server"
wait "$server"
```

`GET /openapi.json` describes everything there is; what follows is what one needs first.

| To | Ask |
|---|---|
| carry out a command | `POST /v1/commands/CreateAccount` with `Idempotency-Key` and the command's message in the proto3 JSON mapping |
| change only what you saw | the same with `If-Match: "3"`, the record's `ETag`; another revision is 412 |
| see a record, now or then | `GET /v1/accounts/ID`, with `as-of` (recorded) or `effective` (happened) |
| see who did what to it, who owned it | `GET /v1/accounts/ID/history`, `/owners` |
| see what somebody did | `GET /v1/users/ID/actions` |
| read events | `GET /v1/events?after=POSITION&wait=20`: a page of CloudEvents 1.0, or a wait for the next |
| follow events | `GET /v1/events/stream`: server-sent events |
| know whether it works | `GET /livez`, `/readyz`, `/metrics` (Prometheus) |

A command is durable when its answer comes, and every question asked after it sees it. Problems are RFC
9457 with a stable `code`: 409 for what stands in the way, 412 for another revision, 422 for what can't
be, 507 while the disk is full.

### Streams that prove themselves

```text
event: AccountCreated
id: 41-5f1c9e…
data: {"specversion":"1.0","id":"019aa7b1-…","type":"deed.AccountCreated","position":"41",…}

event: caught-up
id: 57-90ab12…
data: {"position":57,"size":58,"digest":"90ab12…"}
```

A stream sends the events there are, then `caught-up`, then those to come. Its `id` is a cursor: keep it
together with what you made of the event, and send it as `Last-Event-ID` when you connect again. Where
nothing matched for long, a `checkpoint` moves the cursor. Narrow a stream by `type` and `tag` (each
several times), `stream` and `actor`. It ends after an hour, and within seconds when its key is revoked;
connect again.

Behind the position the cursor carries a running digest, d' = SHA-256(d ‖ position ‖ leaf hash) over
every event sent. Whoever keeps it can have the log recompute it, so a skipped or doubled event shows:

```text
deed subscription verify --type AccountCreated --through 57 --digest 90ab12…
```

### Keys

`deed serve --auth keys` lets in who sends `Authorization: Bearer deed_…`:

```text
deed keys make --user usr_01KAH8NPC0244KE13EW15XFQAC --name billing --scope read --expires-after 90
deed keys list
deed keys revoke abcdefgh
```

A key acts as its user and never further than that user's rights; `--scope` narrows it to asking or
commands. Only its hash is kept. Over gRPC it goes in the metadata `authorization`, which is what
`Client(url, api_key=…)` of umadb sends.

| Limit | Value |
|---|---|
| a request's body; all headers; one header | 1 MiB; 32 KiB, 100 fields; 16 KiB |
| connections; streams | 2,000; 1,000 |
| requests of one key | 500 a second, 1,000 at once: then 429 |
| silence of a connection | 60 seconds |

## Read events without a server

```sh''')
open(p,'w').write(s)
open('docs/guides/operations.md','w').write('''# Guide for operators

One process serves one workspace. It listens on loopback addresses only; a proxy on the same machine
adds TLS and passes on to it.

## Begin

```sh
export DEED_DATA=company
deed init --organization "Star River Ltd" --administrator "Chen Jie" > made.txt
administrator=$(sed -n 's/.*Administrator *\\(usr_[A-Z0-9]*\\).*/\\1/p' made.txt)
deed keys make --user "$administrator" --name monitoring > key.txt
deed keys list
```

```text
deed serve --http 127.0.0.1:8080 --grpc 127.0.0.1:50051 --auth keys
```

| Option | Default | Meaning |
|---|---|---|
| `--data DIR`, `DEED_DATA` | `./deed-data` | the data folder |
| `--workspace NAME` | `main` | the workspace in it |
| `--keys DIR` | `<data>.keys` | signing key, vault, hashes of API keys |
| `--http HOST:PORT` | none | HTTP; port 0 takes a free one, and the first lines on standard output say which |
| `--grpc HOST:PORT` | none | gRPC, likewise |
| `--auth keys\\|none` | none given | `keys` lets in API keys; `none` lets everybody do everything |

As a unit of systemd:

```text
[Unit]
Description=Deed
After=local-fs.target

[Service]
User=deed
UMask=0077
ExecStart=/usr/local/bin/deed serve --data /var/lib/deed/data --http 127.0.0.1:8080 --auth keys
Restart=on-failure
KillSignal=SIGTERM
TimeoutStopSec=30
NoNewPrivileges=true
ProtectSystem=strict
ReadWritePaths=/var/lib/deed
PrivateTmp=true

[Install]
WantedBy=multi-user.target
```

## Watch

`/livez` says that the process answers. `/readyz` is 503 when a read model is stuck, or the server is
stopping; a slow subscriber never makes it so. Both need no key. `/metrics` needs one, and has:

| Figure | Alarm when |
|---|---|
| `deed_log_events` | it stands still though people work |
| `deed_model_lag_events` | it grows |
| `deed_model_ok` | it is 0 |
| `deed_http_streams` | it nears 1,000 |
| `deed_http_request_seconds` | its 99th percentile grows |

## Stop, back up, restore

SIGTERM ends it: what runs has ten seconds, the last checkpoint is signed, the files are closed. A
process that was killed loses nothing that it acknowledged.

```sh
deed log backup ./backup
deed log verify --quiet
deed log restore ./backup --data ./restored --keys ./company.keys
```

A backup may be made while the server runs. It holds no keys: copy `company.keys` apart from it, to
another place. A restore never goes over a log, nor behind a checkpoint that is known here.

## When the disk is full

Questions go on, commands get 507 (gRPC `RESOURCE_EXHAUSTED`), and writing resumes when there is room.
Nothing that was acknowledged is touched.
''')
p='docs/CHANGELOG.md'; s=open(p).read()
s=s.replace('''  `make conformance` runs the test cases of `eventsourcing` against it.
''','''  `make conformance` runs the test cases of `eventsourcing` against it.
- `deed serve --http` takes commands once for their key, shows records as of any moment, and streams
  events with a cursor and a running digest that `deed subscription verify` recomputes; its OpenAPI 3.1
  document is made of the routes themselves.
- `deed keys` makes, lists and revokes API keys, kept as hashes, with scopes and an end.
''')
open(p,'w').write(s)
p='docs/ARCHITECTURE.md'; s=open(p).read()
s=s.replace('''| `GRPCAPI` |''','''| `HTTPAPI` | HTTP: operations, their OpenAPI document, streams ([0006](design/0006-http.md)) |
| `GRPCAPI` |''')
open(p,'w').write(s)
p='docs/design/0001-floors.md'; s=open(p).read()
s=s.replace("`Console`, `GRPCAPI` |","`Console`, `GRPCAPI`, `HTTPAPI` |"); open(p,'w').write(s)
p='docs/dependencies.md'; s=open(p).read()
s=s.replace("| `GRPCAPI`, `deed` |","| `GRPCAPI`, `HTTPAPI`, `deed` |")
s=s.replace('''| swift-argument-parser |''','''| Hummingbird, swift-http-types | HTTP: parsing, routing, streaming bodies | `HTTPAPI` |
| swift-log, swift-service-lifecycle | what Hummingbird logs with and is stopped by | `HTTPAPI` |
| swift-argument-parser |''',1)
open(p,'w').write(s)
open('docs/design/0006-http.md','w').write('''# 0006: Routes and their description are one thing

**Decided:** what the server does over HTTP is a list of `Operation` values: path, parameters, statuses,
schema, and the closure that carries it out. Routes are made of the list, and so is the OpenAPI
document. An operation refuses a parameter that it doesn't name, so the document can't leave one out.

**Why:** a document beside the code is wrong after the first hurried patch. Here a route without a
description can't be written, and schemathesis checks the rest: statuses and bodies that were not
promised.

**Commands are one path.** `POST /v1/commands/{name}` takes every command of the catalogue by its message,
so that a new command needs no new route, and a refusal has the code that the domain gave it.

**A subscription's digest is in its cursor.** d' = SHA-256(d ‖ position ‖ leaf hash), begun with a digest of
the filter and the start. The server keeps nothing of a stream that ended: the cursor carries position
and digest, so a stream that was broken off in the middle proves itself as one.

**Without TLS, on loopback only.** A proxy does TLS better, with certificates that renew themselves. A
server without authentication also refuses hosts of other names, so that no page in a browser reaches it
under a name of its own.

**API keys stand beside the workspace's other keys**, as SHA-256 in a file for its owner alone: they have
256 random bits, so a slow hash adds nothing. A server reads the file again after a second, which is how
long a revoked key lives; streams ask again every second.
''')
