#!/usr/bin/env python3
"""Side by side: every school one fresh connection, one bundle, one durable acknowledgement.

unshare -n python3 bench.py run     all peers interleaved, medians of the rounds
unshare -n python3 bench.py cut     kill -9 when half is acknowledged, restart, look for what is missing
unshare -n python3 bench.py power   the same, and the hub's disk loses what was not forced out
unshare -n python3 bench.py syncs   how often the hub forces its disk for a thousand acknowledgements
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time

from measure import DATA, MOUNT, cpu, loopback, loopback_up, mount_disk, power_cut, pss, sh, written
from peers import every


def lines(path):
    try:
        return sum(1 for _ in open(path))
    except OSError:
        return 0


def until_warm(load):
    for said in load.stderr:
        if 'warm' in said:
            time.sleep(0.4)
            return
    raise RuntimeError('the load ended before it was warm')


def snapshot(peer):
    return cpu(peer.pid), loopback(), written(peer.pid)


def cut(peer, how, acks, load, half):
    while lines(acks) < half and load.poll() is None:
        time.sleep(0.002)
    before, began = lines(acks), time.time()
    if how == 'power':
        power_cut(peer.kill)
        began = time.time()
    else:
        peer.kill()
        before = lines(acks)
    peer.start()
    serving = time.time()
    while lines(acks) <= before and load.poll() is None:
        time.sleep(0.002)
    return {'acked_before': before, 'serving_s': round(serving - began, 3), 'first_ack_s': round(time.time() - began, 3)}


def one(peer, args, how=None):
    """One round of one peer."""
    acks = f'{DATA}/acks-{peer.name}'
    if os.path.exists(acks):
        os.remove(acks)
    peer.prepare()
    peer.start()
    peer.set_up()
    time.sleep(0.6)
    os.sync()
    idle, peak, running = pss(peer.pid), [0], [True]

    def watch():
        while running[0]:
            peak[0] = max(peak[0], pss(peer.pid))
            time.sleep(0.15)

    before = snapshot(peer)
    load = subprocess.Popen(peer.load(args.n, args.conc, args.size, acks), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if peer.warm:
        until_warm(load)
        before = snapshot(peer)
    watching = threading.Thread(target=watch) if peer.shared else None
    if watching:
        watching.start()
    result = {'peer': peer.name}
    if how:
        result.update(cut(peer, how, acks, load, args.n // 2))
    out, said = load.communicate(timeout=900)
    running[0] = False
    if watching:
        watching.join()
    if load.returncode:
        raise RuntimeError(said[-300:])
    time.sleep(0.8 if peer.shared else 0.3)
    after = snapshot(peer)
    result.update(json.loads(out))
    result.update(
        hub_cpu_per_1000=round((after[0] - before[0]) / args.n * 1000, 3),
        bytes=round((after[1][0] - before[1][0]) / args.n),
        packets=round((after[1][1] - before[1][1]) / args.n, 1),
        peak_mb=round(peak[0] if peer.shared else peer.memory(), 1),
        idle_mb=round(idle, 1),
        written_kb=None if peer.shared else round((after[2] - before[2]) / 1024 / args.n, 1))
    result['missing'], result['stored'] = peer.missing(args.n, acks)
    if peer.process.poll() is None:
        peer.kill()
    return result


def syncs(peer, args):
    peer.prepare()
    peer.start()
    peer.set_up()
    time.sleep(0.3)
    trace = f'{DATA}/strace-{peer.name}'
    watch = subprocess.Popen(['strace', '-f', '-c', '-e', 'trace=fsync,fdatasync,msync,sync_file_range', '-o', trace, '-p', str(peer.pid)], stderr=subprocess.DEVNULL)
    time.sleep(0.6)
    out = subprocess.run(peer.load(args.n, args.conc, args.size, '-'), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    watch.send_signal(signal.SIGINT)
    watch.wait()
    peer.kill()
    print(peer.name, out.strip(), open(trace).read(), sep='\n')


COLUMNS = {'rate': 'schools/s', 'p99_ms': 'p99 ms', 'hub_cpu_per_1000': 'cpu s/1k', 'client_cpu': 'client s', 'bytes': 'B/school',
           'packets': 'packets', 'peak_mb': 'peak MB', 'idle_mb': 'idle MB', 'written_kb': 'KB disk', 'missing': 'missing', 'errors': 'errors'}


def table(results, names):
    print('\n| peer | ' + ' | '.join(COLUMNS.values()) + ' |')
    print('|---' * (len(COLUMNS) + 1) + '|')
    for name in names:
        rounds = [r for r in results if r['peer'] == name and 'rate' in r]
        if rounds:
            median = [statistics.median(r[key] or 0 for r in rounds) for key in COLUMNS]
            print(f'| {name} | ' + ' | '.join(f'{value:g}' for value in median) + ' |')


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('mode', choices=['run', 'cut', 'power', 'syncs'])
    for name, default in (('n', 1000), ('conc', 64), ('size', 5000), ('rounds', 3)):
        options.add_argument('--' + name, type=int, default=default)
    options.add_argument('--only', default='')
    options.add_argument('--json', default='')
    args = options.parse_args()
    loopback_up()
    all_peers = every(args.n)
    names = args.only.split(',') if args.only else list(all_peers)
    peers = [all_peers[name] for name in names]
    if args.mode == 'syncs':
        for peer in peers:
            syncs(peer, args)
        return
    if args.mode == 'power':
        mount_disk()
        for peer in peers:
            peer.dir = f'{MOUNT}/run-{peer.name}'
    results = []
    for _ in range(args.rounds):
        for peer in peers:
            if args.mode == 'power':
                mount_disk()
            try:
                result = one(peer, args, args.mode if args.mode in ('cut', 'power') else None)
            except Exception as error:  # a peer that fails must not end the others' run
                result = {'peer': peer.name, 'failed': repr(error)[:400]}
                if peer.process and peer.process.poll() is None:
                    peer.kill()
            results.append(result)
            print(json.dumps(result), flush=True)
    if args.json:
        json.dump(results, open(args.json, 'w'))
    table(results, names)


if __name__ == '__main__':
    sys.exit(main())
