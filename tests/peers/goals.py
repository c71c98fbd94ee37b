#!/usr/bin/env python3
"""Goals G6 to G12 in one go, as a table: about a quarter of an hour on a quiet machine.

unshare -n python3 goals.py                     everything
unshare -n python3 goals.py --only rtt,node     some of: rtt node province figures recovery year
unshare -n python3 goals.py --quick             a twentieth of the schools, to see that all of it runs
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

from bench import one
from measure import CERTS, DATA, GUIXUE, fresh, loopback_up, pss, rss, sh, wait_for
from peers import Couch, Guixue, Mqtt, Nats, Postgres
from slow import slowed

GOALS = GUIXUE + '/examples/goals'
NODE = GUIXUE + '/guixue-node'
RTT = 1.0  # so long that a busy machine does not show
ROWS = []


def row(goal, what, figure, aim='', met=None):
    ROWS.append((goal, what, figure, aim, {None: '', True: 'met', False: 'missed'}[met]))
    print('| ' + ' | '.join(ROWS[-1]) + ' |', flush=True)


def goals(*args):
    return json.loads(sh(GOALS, *map(str, args), env={**os.environ, 'GUIXUE_LOG': 'error'}).splitlines()[-1])


def load_args(n, size=5000):
    return argparse.Namespace(n=n, conc=64, size=size)


# G6 --------------------------------------------------------------------------------------------------------

def rtt(_):
    """Sessions through a slow line: how often it is waited for, TCP's own connection counted in."""
    peers = [Guixue('guixue', 'full'), Guixue('guixue-res', 'resume'), Nats('nats'), Postgres('pg'),
             Mqtt('mqtt', 'autosave_interval 1800'), Couch('couch')]
    for peer in peers:
        peer.prepare()
        peer.start()
        peer.set_up()
        time.sleep(0.3)
        with slowed(peer.port, RTT / 2) as port:
            command = [part.replace(f':{peer.port}', f':{port}') for part in peer.load(8, 8, 5000, '-')]
            said = subprocess.run(command, check=True, timeout=120, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            said = json.loads(said)
        peer.kill()
        turns = said['p50_ms'] / RTT / 1000 + 1
        own = peer.name.startswith('guixue')
        row('G6', f'round trips to the acknowledgement: {peer.name}', f'{turns:.2f}', '<= 3.1' if own else '', turns <= 3.1 if own else None)


# G7 --------------------------------------------------------------------------------------------------------

class School:
    """`guixue-node run` with a store of some size."""

    port = 7646

    def __init__(self, records):
        self.dir = f'{DATA}/school-{records}'
        shutil.rmtree(self.dir, ignore_errors=True)
        sh(NODE, '--dir', self.dir, 'init', '--school', '2152050201', '--under', '520502100', '--name', '测量小学')
        settings = open(self.dir + '/config.toml').read()
        open(self.dir + '/config.toml', 'w').write(settings.replace('127.0.0.1:0', f'127.0.0.1:{self.port}'))
        self.start()
        self.stop(signal.SIGTERM)
        if records:
            sh(GOALS, 'fill', self.dir, str(records))

    def start(self):
        """Seconds until it serves."""
        began = time.time()
        log = open(DATA + '/log-school', 'a')
        self.process = subprocess.Popen([NODE, '--dir', self.dir, 'run'], stdout=log, stderr=log)
        wait_for(self.port)
        return time.time() - began

    def stop(self, how):
        self.process.send_signal(how)
        self.process.wait()

    def starts(self, how):
        took = []
        for _ in range(5):
            took.append(self.start())
            time.sleep(0.3)
            self.stop(how)
        return statistics.median(took) * 1000

    def memory(self):
        """Resident and proportional MB when idle, resident after reading everything once, and the program's file in it."""
        self.start()
        time.sleep(2)
        idle = rss(self.process.pid, 'VmRSS'), pss(self.process.pid)
        sh(NODE, '--dir', self.dir, 'backup')
        scanned, mapped = rss(self.process.pid, 'VmRSS'), rss(self.process.pid, 'RssFile')
        self.stop(signal.SIGTERM)
        return (*idle, scanned, mapped)


def leaf_memory():
    """A NATS leaf node with JetStream, as a school would run one; its hub is away."""
    home = DATA + '/run-leaf'
    fresh(home)
    open(home + '/leaf.conf', 'w').write(
        f'server_name: school\nlisten: 127.0.0.1:4333\njetstream {{ store_dir: "{home}/leaf", domain: school }}\n'
        'leafnodes { reconnect: 5\n remotes [ { url: "tls://localhost:7422"\n tls { '
        f'cert_file: "{CERTS}/school.chain.pem", key_file: "{CERTS}/school.key", ca_file: "{CERTS}/root.pem" }} }} ] }}\n')
    log = open(DATA + '/log-leaf', 'a')
    leaf = subprocess.Popen(['nats-server', '-c', home + '/leaf.conf'], stdout=log, stderr=log)
    wait_for(4333)
    time.sleep(2)
    used = pss(leaf.pid)
    leaf.kill()
    leaf.wait()
    return used


def idle(peer):
    peer.prepare()
    peer.start()
    peer.set_up()
    time.sleep(2)
    used = pss(peer.pid)
    peer.kill()
    return used


def node(_):
    empty = None
    for records, most, serving in ((0, 12, None), (10_000, 20, 60), (100_000, 64, 120)):
        school = School(records)
        resident, proportional, scanned, mapped = school.memory()
        empty = empty or proportional
        of = f'a school of {records:,} records'
        used = scanned if records == 100_000 else resident
        row('G7', f'{of}: resident MB idle / after reading all (of it the program file)', f'{resident:.1f} / {scanned:.1f} ({mapped:.1f})', f'<= {most}', used <= most)
        clean, killed = school.starts(signal.SIGTERM), school.starts(signal.SIGKILL)
        row('G7', f'{of}: ms from start to serving / after kill -9', f'{clean:.0f} / {killed:.0f}',
            f'<= {serving}' if serving else '', max(clean, killed) <= serving if serving else None)
    for name, used, most in (('a NATS leaf', leaf_memory(), 0.8), ('PostgreSQL', idle(Postgres('pg')), 0.4), ('PouchDB', idle(Couch('couch')), 1 / 6)):
        row('G7', f'idle, of {name} ({used:.1f} MB, ours {empty:.1f} MB, proportional)', f'{empty / used:.2f}', f'<= {most:.2f}', empty / used <= most)


# G8, G9, G12 -----------------------------------------------------------------------------------------------

def province(args):
    n = args.schools
    peers = [Guixue('guixue', 'full', schools=n), Guixue('guixue-res', 'resume', schools=n),
             Guixue('guixue-classic-res', 'resume', 'classic', schools=n), Nats('nats'), Postgres('pg')]
    # the slowest of them is asked for a fifth and multiplied
    done = {p.name: one(p, load_args(n // 5 if p.name == 'pg' else n)) for p in peers}
    secs = {name: result['secs'] * (5 if name == 'pg' else 1) for name, result in done.items()}
    for name, result in done.items():
        own = name.startswith('guixue')
        aim = {'guixue': 20, 'guixue-res': 11, 'guixue-classic-res': 11}.get(name)
        lost = f', {result["missing"]} missing, {result["errors"]} errors'
        row('G9', f'{n:,} schools land: {name}, seconds', f'{secs[name]:.1f}{lost}', f'<= {aim}' if aim else '', secs[name] <= aim if aim else None)
        if own:
            for other, most in (('nats', 1.0), ('pg', 0.3)):
                share = secs[name] / secs[other]
                row('G9', f'{name} of {other}', f'{share:.2f}', f'<= {most}', share <= most)
            share = result['hub_cpu_per_1000'] * n / 1000 / 600
            row('G9', f'{name}: share of one core when they call within ten minutes', f'{share:.1%}', '<= 5%', share <= 0.05)
            row('G8', f'{name}: peak resident MB, {n:,} schools', f'{result["peak_mb"]:.0f}', '<= 64', result['peak_mb'] <= 64)
            row('G8', f'{name}: idle MB before, {n:,} schools', f'{result["idle_mb"]:.1f}', '<= 16', result['idle_mb'] <= 16)
            row('G12', f'{name}: KB written a night and school, {n:,} schools', f'{result["written_kb"]:.1f}', '<= 4', result['written_kb'] <= 4)
        else:
            row('G8', f'{name}: peak / idle MB', f'{result["peak_mb"]:.0f} / {result["idle_mb"]:.1f}')


# G10 -------------------------------------------------------------------------------------------------------

def grouped(base, n, cells):
    """Milliseconds of PostgreSQL for the sums of a night: as many rows a school as our sheet has, or 396."""
    base.query('truncate cells')
    if cells == 8:
        base.query(f'insert into cells select s, i, 0, 0, (random()*20)::int from generate_series(1,{n}) s, generate_series(1,8) i')
    else:
        base.query(f'insert into cells select s, i, g, x, (random()*20)::int from generate_series(1,{n}) s, '
                   'generate_series(1,60) i, generate_series(1,6) g, generate_series(0,1) x where random()<0.55')
    base.query('vacuum analyze cells')
    # a school's town is its number modulo thirty, as in our county
    sums = 'explain (analyze, timing off) select school % 30, indicator, grade, sex, sum(n) from cells group by 1, 2, 3, 4'
    took = [next(line for line in base.query(sums).splitlines() if line.startswith('Execution Time')) for _ in range(4)]
    return statistics.median(float(line.split(':')[1].split()[0]) for line in took)


def figures(args):
    sizes = [(200, 5), (3000, 40), (args.schools, 250)]
    base = Postgres('pg')
    base.prepare()
    base.start()
    base.set_up()
    base.query('create table cells(school int, indicator smallint, grade smallint, sex smallint, n int)')
    theirs = {n: (grouped(base, n, 8), grouped(base, n, 396)) for n, _ in sizes}
    base.kill()
    for n, most in sizes:
        county = Guixue('guixue-figures', 'full', schools=n)
        county.prepare()
        said = goals('figures', county.dir)
        row('G10', f'a figure by call at {n:,} schools, ms p50 / p99', f'{said["figure_p50_us"] / 1e3:.3f} / {said["figure_p99_us"] / 1e3:.3f}',
            'p99 <= 1', said['figure_p99_us'] <= 1000)
        row('G10', f'the county with its towns over the service at {n:,}, ms p50 / p99',
            f'{said["service_p50_us"] / 1e3:.1f} / {said["service_p99_us"] / 1e3:.1f}', 'p99 <= 5', said['service_p99_us'] <= 5000)
        row('G10', f'a night rebuilt at {n:,}, ms', f'{said["rebuild_ms"]:.1f}', f'<= {most}', said['rebuild_ms'] <= most)
        same, wide = (ms / said['rebuild_ms'] for ms in theirs[n])
        row('G10', f'PostgreSQL group by at {n:,}, times ours: same rows / 396 a school', f'{same:.2f} / {wide:.1f}', '>= 3', same >= 3)


# G11 -------------------------------------------------------------------------------------------------------

class FullGuixue(Guixue):
    """A hub with a million records besides."""

    def __init__(self, name, records):
        super().__init__(name, 'resume', 'classic')
        self.records = records

    def county(self):
        made = f'{DATA}/county-{self.schools}-and-{self.records}'
        if not os.path.exists(made + '/schools'):
            for old in (made, made + '.new'):
                shutil.rmtree(old, ignore_errors=True)
            shutil.copytree(super().county(), made + '.new')
            sh(GOALS, 'fill', made + '.new/hub', str(self.records))
            os.rename(made + '.new', made)
        return made


def recovery(args):
    million = 1_000_000 * args.schools // 20_000
    peers = [(Guixue('guixue-classic-res', 'resume', 'classic', schools=args.schools), args.schools, 150, f'{args.schools:,} reports'),
             (FullGuixue('guixue-full-store', million), 1000, 500, f'{million:,} records')]
    for peer, n, most, held in peers:
        result = one(peer, load_args(n), 'cut')
        serving, first = result['serving_s'] * 1000, result['first_ack_s'] * 1000
        row('G11', f'kill -9 with {held}: ms until it serves', f'{serving:.0f}', f'<= {most}', serving <= most)
        row('G11', f'kill -9 with {held}: ms until the first acknowledgement', f'{first:.0f}', '<= 250', first <= 250)
        wrong = result['missing']
        row('G11', f'kill -9 with {held}: missing or counted twice, of {n:,}', f'{wrong}', '0', wrong == 0)


# G12 -------------------------------------------------------------------------------------------------------

def year(args):
    schools, nights = (200, 365) if args.schools == 20_000 else (20, 100)
    home = DATA + '/run-year'
    fresh(home)
    said = goals('year', home, schools, nights)
    row('G12', f'{nights} nights of {schools} schools: KB written a night and school', f'{said["written_kb"]:.1f}', '<= 4', said['written_kb'] <= 4)
    share = said['disk_of_live']
    row('G12', f'room after {nights} nights: MB on disk ({said["live_mb"]:.1f} MB live in {said["records"]:,} records), times live',
        f'{said["disk_mb"]:.0f}, {share:.1f}', '<= 3', share <= 3)


PARTS = {part.__name__: part for part in (rtt, node, province, figures, recovery, year)}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--only', default=','.join(PARTS))
    options.add_argument('--quick', action='store_true')
    args = options.parse_args()
    args.schools = 1000 if args.quick else 20_000
    loopback_up()
    print('| goal | what | figure | aim | |\n|---|---|---|---|---|')
    for name in args.only.split(','):
        began = time.time()
        try:
            PARTS[name](args)
        except Exception as error:  # a part that fails must not end the others
            row('-', f'{name} failed', repr(error)[:300].replace('|', '/'))
        print(f'{name}: {time.time() - began:.0f} s', file=sys.stderr, flush=True)


if __name__ == '__main__':
    sys.exit(main())
