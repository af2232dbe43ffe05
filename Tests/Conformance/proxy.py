"""TLS before a server on this machine, as an operator's proxy adds it."""

import os
import socket
import ssl
import subprocess
import threading


class TLSProxy:
    """Takes TLS with ALPN h2 on a free port, and hands the bytes on to `port`."""

    def __init__(self, port, folder):
        self.port = port
        self.certificate = os.path.join(folder, "tls.crt")
        key = os.path.join(folder, "tls.key")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key,
             "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE",
             "-out", self.certificate],
            check=True, capture_output=True, timeout=60)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.context.set_alpn_protocols(["h2"])

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            outer = self.context.wrap_socket(client, server_side=True)
        except (ssl.SSLError, OSError):
            client.close()
            return
        with outer, socket.create_connection(("127.0.0.1", self.port)) as inner:
            back = threading.Thread(target=pump, args=(inner, outer), daemon=True)
            back.start()
            pump(outer, inner)
            back.join(timeout=10)


def pump(source, target):
    """Hands bytes on until one side ends, and then ends the other."""
    try:
        while data := source.recv(65_536):
            target.sendall(data)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
