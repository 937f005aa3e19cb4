"""Peerform for the outside comparison of BGP daemons: an agent that runs from a fabric file."""
import json, os, socket, subprocess
from bblib import Daemon

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
MAIN = os.path.join(ROOT, 'dist', 'cli', 'main.js')


class Peerform(Daemon):
    name = 'peerform'
    fib = True
    v6 = True
    ready_extra = 0.5

    def version(s):
        return 'peerform ' + subprocess.run(['node', MAIN, '--version'], capture_output=True, text=True).stdout.strip()

    def start(s, t):
        family = 'ipv4' if t.afi == 4 else 'ipv6'
        everything = {'import': [{'action': 'accept'}], 'export': [{'action': 'accept'}]}
        peers = {
            f'p{i}': {'node': 'dut', 'address': n.addr, 'localAddress': n.local, 'asNumber': n.asn, 'passive': True,
                      'families': [family], 'filters': ['all']}
            for i, n in enumerate(t.neighbors)
        }
        node = {f'{family}Address': t.neighbors[0].local, 'routerId': t.router_id, 'workloadInterfaces': []}
        fabric = {'name': 'bench', 'asNumber': t.asn, 'nodes': {'dut': node}, 'peers': peers, 'filters': {'all': everything}}
        s.socket = t.path('agent.sock')
        command = ['node', MAIN, 'agent', '--node', 'dut', '--fabric', t.write('fabric.json', json.dumps(fabric)), '--socket', s.socket]
        t.spawn(command + ([] if t.fib else ['--no-kernel-routes']), 'peerform')

    def count(s, t):
        with socket.socket(socket.AF_UNIX) as k:
            k.connect(s.socket)
            k.sendall(b'GET /v1/status HTTP/1.0\r\n\r\n')
            reply = b''.join(iter(lambda: k.recv(65536), b''))
        sessions = json.loads(reply.split(b'\r\n\r\n', 1)[1])['sessions']
        return sum(r['received'] for x in sessions if x['remoteAddress'] == t.inj.addr for r in x['routes'].values())


daemon = Peerform()
