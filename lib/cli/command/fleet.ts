import type { Command } from 'commander';
import { EtcdClient } from '../../control/etcd/client';
import { EtcdConnection } from '../../control/etcd/connection';
import { etcdAccess } from '../../control/fleet/access';
import { unfitNames } from '../../control/fleet/certificates';
import { type FleetCondition, fleetCondition, noKeys, troublesOf } from '../../control/fleet/condition';
import { FleetKeys } from '../../control/fleet/keys';
import { prune } from '../../control/fleet/prune';
import { deployerRole, nodeRole } from '../../control/fleet/rights';
import { writeRoles } from '../../control/fleet/setup';
import { CommandError, EXIT } from '../exit-codes';
import { fleetNode, fleetNodes } from '../fleet-url';
import { type Format, show } from '../output';
import type { Screen } from '../screen';
import { table } from '../table';
import { line, lines, styled, type Text } from '../terminal';

interface Flags {
  readonly output: Format;
}

const URL = ['<url>', 'members and prefix, such as etcd://host:2379,host2:2379/FABRIC'] as const;

/** `peerform fleet`: the etcd of a fleet (docs/fleet.md). */
export function register(program: Command): void {
  const fleet = program.command('fleet').description('prepare and inspect the etcd through which agents are reached');
  fleet
    .command('init')
    .description('write the roles of a fabric and the users of its nodes into etcd; what exists stays')
    .argument(...URL)
    .argument('<node...>', 'names of the nodes')
    .action(async (url: string, names: string[], { output }: Flags) => {
      const { hosts, prefix, nodes } = fleetNodes(url, names);
      const unfit = unfitNames(prefix, nodes);
      if (unfit !== undefined) throw new CommandError('usage', unfit);
      const deployer = deployerRole(prefix);
      const roles = nodes.map((node) => ({ node, ...nodeRole(prefix, node) }));
      await withEtcd(hosts, ({ connection }) => writeRoles(connection, [deployer, ...roles]));
      await show(output, {
        data: { deployerRole: deployer.name, nodes: roles.map(({ node, name, user }) => ({ node, role: name, user })) },
        table: (screen) =>
          lines(
            table(
              ['NODE', 'COMMON NAME OF ITS CERTIFICATE'],
              roles.map(({ node, user }) => [node, user ?? '']),
              screen,
            ),
            line``,
            line`Each certificate is for TLS clients, of the authority that etcd trusts.`,
            line`Users who deploy get the role ${deployer.name}: etcdctl user grant-role USER ${deployer.name}`,
            line`Rights apply once authentication is enabled, by a user root with the role root:`,
            line`  etcdctl user add --no-password root`,
            line`  etcdctl user grant-role root root`,
            line`  etcdctl auth enable`,
          ),
      });
    });
  fleet
    .command('status')
    .description(
      'show which agents are connected to etcd, until when their certificates are valid, and what is wrong with etcd; exits with 1 if anything is, or no agent is connected. etcd does not know which agents should be connected; `peerform status` does',
    )
    .argument(...URL)
    .action(async (url: string, { output }: Flags) => {
      const { hosts, prefix } = fleetNode(url, 'any');
      const { condition, hasTls } = await withEtcd(hosts, async (etcd) => ({
        condition: await fleetCondition(etcd, prefix),
        hasTls: etcd.connection.access.tls !== undefined,
      }));
      const troubles = troublesOf(condition, { prefix, hasTls });
      await show(output, { data: condition, table: (screen) => describe(condition, troubles, screen) });
      if (troubles.length > 0) process.exitCode = EXIT.failed;
    });
  fleet
    .command('prune')
    .description(
      'delete keys of a fabric in etcd that have no lease, or answer no request: agents and deploys leave none, and agents delete their own answers some seconds after a request. Needs the certificate of a deployer or of root',
    )
    .argument(...URL)
    .action(async (url: string, { output }: Flags) => {
      const { hosts, prefix } = fleetNode(url, 'any');
      const keys = new FleetKeys(prefix);
      const { pruned, left } = await withEtcd(hosts, async (etcd) => ({
        pruned: await prune(etcd, keys),
        left: (await etcd.counts([keys.root]))[0],
      }));
      const data = [...pruned].map(([below, removed]) => ({ below, removed }));
      await show(output, {
        data,
        table: (screen) =>
          pruned.size === 0 && left === 0
            ? line`nothing to remove, as there is no fabric with the prefix ${prefix}: ${noKeys(prefix)}`
            : describePruned(pruned, screen),
      });
    });
}

const describePruned = (pruned: ReadonlyMap<string, number>, screen: Screen): Text =>
  pruned.size === 0
    ? line`nothing to remove: every key has a lease, and agents delete their own answers`
    : table(
        ['BELOW', 'KEYS REMOVED'],
        [...pruned].map(([below, count]) => [below, String(count)]),
        screen,
      );

const describe = ({ agents }: FleetCondition, troubles: readonly string[], screen: Screen): Text =>
  lines(
    ...troubles.map((text) => styled('red', line`${text}`, screen)),
    ...(agents.length === 0
      ? []
      : [
          table(
            ['NODE', 'VERSION', 'CERTIFICATE UNTIL'],
            agents.map(({ node, version, certificateUntil = '' }) => [node, version, certificateUntil]),
            screen,
          ),
        ]),
  );

async function withEtcd<T>(hosts: readonly string[], work: (etcd: EtcdClient) => Promise<T>): Promise<T> {
  const etcd = new EtcdClient(new EtcdConnection(etcdAccess(hosts)));
  return work(etcd).finally(() => etcd.close());
}
