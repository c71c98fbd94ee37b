"""The peers. Each takes one bundle a school over a fresh mutual TLS 1.3 connection and says when it has it."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

from measure import BIN, CERTS, DATA, GUIXUE, HERE, Peer, fresh, sh

PG = os.environ.get('PGBIN', '/usr/lib/postgresql/15/bin')
os.environ.setdefault('NODE_PATH', DATA + '/couch_mods/node_modules')


def secured(port):
    context = ssl.create_default_context(cafile=CERTS + '/root.pem')
    context.load_cert_chain(CERTS + '/school.chain.pem', CERTS + '/school.key')
    return lambda line: context.wrap_socket(line, server_hostname='localhost')


class Guixue(Peer):
    """The real thing: `guixue-hub run` with its checks, rollup, sealed store; schools by `load`."""

    port, warm = 7543, True

    def __init__(self, name, mode, exchange='hybrid', schools=1000, entries=1):
        super().__init__(name)
        self.mode, self.exchange, self.schools, self.entries = mode, exchange, schools, entries
        self.tool = GUIXUE + '/examples/load'

    def county(self):
        made = f'{DATA}/county-{self.schools}'
        if not os.path.exists(made + '/schools'):
            fresh(made)
            sh(self.tool, 'prepare', made, str(self.schools), '--listen', f'127.0.0.1:{self.port}')
        return made

    def prepare(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.copytree(self.county(), self.dir)

    def command(self):
        return [GUIXUE + '/guixue-hub', '--dir', self.dir + '/hub', 'run']

    def load(self, n, at_once, size, acks):
        # a school's night is what it is: size does not apply
        return [self.tool, 'nights', f'127.0.0.1:{self.port}', self.county(), str(n), str(at_once), self.mode, acks,
                '--exchange', self.exchange, '--entries', str(self.entries)]

    def missing(self, n, acks):
        self.kill()
        found = json.loads(sh(self.tool, 'verify', self.dir, str(n), acks))
        return found['missing'] + found['mended'], found['stored']


class Nats(Peer):
    kind, port = 'nats', 4222

    def __init__(self, name, sync=False, resume=False):
        super().__init__(name)
        self.sync, self.resume = sync, resume

    def prepare(self):
        super().prepare()
        os.makedirs(self.dir + '/js')
        if self.sync:
            # this release has no sync-always: the folder's files are written synchronously instead
            sh('chattr', '+S', self.dir + '/js')
        open(self.dir + '/c.conf', 'w').write(
            f'listen: 127.0.0.1:{self.port}\n'
            f'jetstream {{ store_dir: "{self.dir}/js", max_file_store: 4GB }}\n'
            'max_connections: 4096\n'
            f'tls {{ cert_file: "{CERTS}/hub.chain.pem", key_file: "{CERTS}/hub.key", '
            f'ca_file: "{CERTS}/root.pem", verify: true, timeout: 10 }}\n')

    def command(self):
        return ['nats-server', '-c', self.dir + '/c.conf']

    def ask(self, subject, body):
        line = socket.create_connection(('127.0.0.1', self.port))
        line.recv(4096)
        line = secured(self.port)(line)
        line.sendall(b'CONNECT {"verbose":false,"tls_required":true}\r\nSUB _I.1 1\r\nPUB '
                     + f'{subject} _I.1 {len(body)}\r\n{body}\r\n'.encode())
        heard = line.makefile('rb')
        while True:
            said = heard.readline()
            if said.startswith(b'MSG'):
                answer = json.loads(heard.read(int(said.split()[-1])))
                line.close()
                return answer
            if not said or said.startswith(b'-ERR'):
                raise ConnectionError(said)

    def set_up(self):
        stream = {'name': 'NIGHT', 'subjects': ['nightly.*'], 'retention': 'limits', 'storage': 'file',
                  'num_replicas': 1, 'duplicate_window': 120_000_000_000}
        answer = self.ask('$JS.API.STREAM.CREATE.NIGHT', json.dumps(stream))
        if 'error' in answer:
            raise RuntimeError(answer)
        if self.sync:
            sh('chattr', '-R', '+S', self.dir + '/js')

    def load(self, n, at_once, size, acks):
        return super().load(n, at_once, size, acks) + (['1'] if self.resume else [])

    def missing(self, n, acks):
        state = self.ask('$JS.API.STREAM.INFO.NIGHT', '{"subjects_filter":">"}')['state']
        return n - state.get('num_subjects', 0), state['messages']


class Mqtt(Peer):
    kind, port = 'mqtt', 8883

    def __init__(self, name, saving):
        super().__init__(name)
        self.saving = saving

    def prepare(self):
        super().prepare()
        open(self.dir + '/c.conf', 'w').write(
            f'user root\nlistener {self.port} 127.0.0.1\ncafile {CERTS}/root.pem\ncertfile {CERTS}/hub.chain.pem\n'
            f'keyfile {CERTS}/hub.key\nrequire_certificate true\nuse_identity_as_username true\npersistence true\n'
            f'persistence_location {self.dir}/\nmax_queued_messages 0\nmax_connections -1\nset_tcp_nodelay true\n'
            f'{self.saving}\n')

    def command(self):
        return ['mosquitto', '-c', self.dir + '/c.conf']

    def subscribe(self, *more):
        return ['mosquitto_sub', '-h', 'localhost', '-p', str(self.port), '--cafile', CERTS + '/root.pem',
                '--cert', CERTS + '/school.chain.pem', '--key', CERTS + '/school.key', '-c', '-i', 'hubsub',
                '-q', '1', '-t', 'nightly/#', *more]

    def set_up(self):
        sh(*self.subscribe('-E'))
        self.process.send_signal(signal.SIGUSR1)  # saves the subscriber's session now
        time.sleep(0.3)

    def missing(self, n, acks):
        heard = subprocess.run(self.subscribe('-F', '%t', '-W', '4'), stdout=subprocess.PIPE, text=True).stdout.split()
        return n - len(set(heard)), len(heard)


class Postgres(Peer):
    kind, port, shared = 'pg', 5499, True

    def as_postgres(self, *command):
        return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', *command]

    def prepare(self):
        super().prepare()
        base = self.dir + '/d'
        sh('chown', '-R', 'postgres:postgres', self.dir)
        sh('chmod', 'a+x', DATA, os.path.dirname(DATA))
        sh(*self.as_postgres(PG + '/initdb', '-D', base, '-A', 'trust', '-E', 'UTF8'))
        for name in ('hub.chain.pem', 'hub.key', 'root.pem'):
            shutil.copy(f'{CERTS}/{name}', base)
            sh('chown', 'postgres', f'{base}/{name}')
        sh('chmod', '600', base + '/hub.key')
        open(base + '/postgresql.auto.conf', 'a').write(
            f"listen_addresses='127.0.0.1'\nport={self.port}\nunix_socket_directories='{self.dir}'\nssl=on\n"
            "ssl_cert_file='hub.chain.pem'\nssl_key_file='hub.key'\nssl_ca_file='root.pem'\nmax_connections=200\n")
        open(base + '/pg_hba.conf', 'w').write('local all all trust\nhostssl all school 127.0.0.1/32 cert\n')

    def command(self):
        return self.as_postgres(PG + '/postgres', '-D', self.dir + '/d')

    def query(self, sql, base='bench'):
        for attempt in range(100):
            try:
                return sh('psql', '-h', self.dir, '-p', str(self.port), '-U', 'postgres', '-At', '-c', sql, base).strip()
            except subprocess.CalledProcessError:
                if attempt == 99:
                    raise
                time.sleep(0.1)

    def set_up(self):
        self.query('create database bench', 'postgres')
        self.query('create role school login; create table nightly(school int, seq int, body bytea, '
                   'at timestamptz default now(), primary key(school,seq)); '
                   'grant insert,select on nightly to school')

    def missing(self, n, acks):
        there = int(self.query('select count(distinct school) from nightly'))
        return n - there, there


class Couch(Peer):
    kind, port = 'couch', 6984

    def command(self):
        return ['node', HERE + '/couch/hub.js', self.dir, CERTS]

    def missing(self, n, acks):
        time.sleep(0.5)
        line = secured(self.port)(socket.create_connection(('127.0.0.1', self.port)))
        line.sendall(b'GET /nightly HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
        answer = b''
        while part := line.recv(65536):
            answer += part
        there = int(answer.split(b'"doc_count":')[1].split(b',')[0].split(b'}')[0])
        return n - there, there


class Reference(Peer):
    """A floor: gRPC, TLS and one group-committed write, without authorisation, checks or rollup."""

    port = 7443

    def __init__(self, name, store, tls):
        super().__init__(name)
        self.store, self.tls, self.warm = store, tls, tls == 'stateful'

    def command(self):
        return [BIN + '/reference', 'hub', f'127.0.0.1:{self.port}', CERTS, self.store, self.dir + '/d', self.tls, 'grpc']

    def load(self, n, at_once, size, acks):
        return [BIN + '/reference', 'load', f'127.0.0.1:{self.port}', str(n), str(at_once), str(size), CERTS, acks,
                'full' if self.tls == 'full' else 'resume', 'grpc']

    def missing(self, n, acks):
        if self.store != 'log':
            return None, None
        log, at, seen, count = open(self.dir + '/d/hub.log', 'rb').read(), 0, set(), 0
        while at + 20 <= len(log):
            length = int.from_bytes(log[at:at + 4], 'little')
            if at + 20 + length > len(log):
                break
            seen.add(int.from_bytes(log[at + 4:at + 12], 'big'))
            at, count = at + 20 + length, count + 1
        seen.discard(1 << 40)
        return n - len(seen), count


def every(schools=1000):
    """All peers by name."""
    peers = [
        Guixue('guixue', 'full', schools=schools),
        Guixue('guixue-res', 'resume', schools=schools),
        Guixue('guixue-classic', 'full', 'classic', schools=schools),
        Guixue('guixue-classic-res', 'resume', 'classic', schools=schools),
        Nats('nats'),
        Nats('nats-sync', sync=True),
        Nats('nats-res', resume=True),
        Postgres('pg'),
        Mqtt('mqtt', 'autosave_interval 1800'),
        Mqtt('mqtt-save1', 'autosave_interval 1\nautosave_on_changes true'),
        Couch('couch'),
        Reference('grpc-log', 'log', 'full'),
        Reference('grpc-log-res', 'log', 'stateful'),
        Reference('grpc-sledf', 'sledf', 'full'),
        Reference('grpc-sledf-res', 'sledf', 'stateful'),
    ]
    return {peer.name: peer for peer in peers}
