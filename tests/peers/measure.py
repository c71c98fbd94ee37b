"""What is measured of a process and of the loopback, and how a hub is started and cut."""

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ.get('BENCH_DATA', '/tmp/guixue-bench')
BIN = os.environ.get('BENCH_TARGET', DATA + '/target') + '/release'
GUIXUE = os.environ.get('GUIXUE_TARGET', HERE + '/../../target') + '/dist'
CERTS = DATA + '/certs'
DISK, MOUNT = DATA + '/lab/disk.img', DATA + '/lab/mnt'

EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2


def sh(*args, **more):
    done = subprocess.run(args, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    return done.stdout


def family(pid):
    """The process and all its children."""
    out = [pid]
    try:
        for task in os.listdir(f'/proc/{pid}/task'):
            for child in open(f'/proc/{pid}/task/{task}/children').read().split():
                out += family(int(child))
    except OSError:
        pass
    return out


def cpu(pid):
    """Processor seconds so far, children included."""
    ticks = 0
    for one in family(pid):
        try:
            fields = open(f'/proc/{one}/stat').read().rsplit(')', 1)[1].split()
            ticks += sum(int(fields[n]) for n in (11, 12, 13, 14))
        except OSError:
            pass
    return ticks / 100


def line_of(path, name):
    try:
        return int(next(line for line in open(path) if line.startswith(name)).split()[1])
    except (OSError, StopIteration):
        return 0


def rss(pid, what='VmHWM'):
    return line_of(f'/proc/{pid}/status', what) / 1024


def pss(pid):
    return sum(line_of(f'/proc/{one}/smaps_rollup', 'Pss:') for one in family(pid)) / 1024


def written(pid):
    return sum(line_of(f'/proc/{one}/io', 'write_bytes') for one in family(pid))


def loopback():
    """Bytes and packets so far; with a namespace of its own that is this run's traffic alone."""
    for line in open('/proc/net/dev'):
        if line.strip().startswith('lo:'):
            fields = line.split(':')[1].split()
            return int(fields[0]), int(fields[1])


def wait_for(port, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        try:
            return socket.create_connection(('127.0.0.1', port), 0.3).close()
        except OSError:
            time.sleep(0.005)
    raise TimeoutError(f'nothing listens on {port}')


def fresh(path):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)


def loopback_up():
    # 1500: packets as on a real line, not loopback's 64 KiB
    sh('ip', 'link', 'set', 'lo', 'up', 'mtu', '1500')


def mount_disk():
    if not os.path.exists(DISK):
        os.makedirs(MOUNT, exist_ok=True)
        sh('truncate', '-s', '2G', DISK)
        sh('mkfs.ext4', '-q', '-F', DISK)
    if not os.path.ismount(MOUNT):
        sh('mount', '-o', 'loop', DISK, MOUNT)


def power_cut(kill):
    """Shuts the file system down without writing out its log, so that only what was forced is left."""
    handle = os.open(MOUNT, os.O_RDONLY)
    fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, struct.pack('I', NO_LOG_FLUSH))
    os.close(handle)
    kill()
    for _ in range(100):
        if subprocess.run(['umount', MOUNT], stderr=subprocess.DEVNULL).returncode == 0:
            break
        time.sleep(0.1)
    mount_disk()


class Peer:
    """A hub of one sort: how it is set up, started, loaded, and asked what it holds."""

    warm = False  # the load plays a night before the one that is measured, and says "warm"
    shared = False  # several processes: memory is the sum of their proportional sets

    def __init__(self, name):
        self.name, self.dir, self.process = name, f'{DATA}/run-{name}', None

    def prepare(self):
        fresh(self.dir)

    def start(self):
        log = open(f'{DATA}/log-{self.name}', 'a')
        self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        wait_for(self.port)

    def set_up(self):
        pass

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        for one in reversed(family(self.pid)):
            try:
                os.kill(one, signal.SIGKILL)
            except OSError:
                pass
        self.process.wait()

    def load(self, n, at_once, size, acks):
        return [BIN + '/peers', self.kind, f'127.0.0.1:{self.port}', str(n), str(at_once), str(size), CERTS, acks]

    def memory(self):
        return pss(self.pid) if self.shared else rss(self.pid)

    def missing(self, n, acks):
        """How many acknowledged bundles are not there, and how many records are. The hub may be stopped for it."""
        return None, None
