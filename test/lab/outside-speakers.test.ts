import type { Host, Outcome } from '../../lib/lab/host';
import { chooseOutside } from '../../lib/lab/outside-speakers';

/** A machine where these programs say this. */
const machine = (says: Record<string, string>): Host =>
  ({
    attempt: async (argv: readonly string[]): Promise<Outcome> => {
      const said = Object.entries(says).find(([program]) => argv.some((word) => word.endsWith(program)));
      return said
        ? { code: 0, stdout: said[1], stderr: '' }
        : { code: 127, stdout: `${argv.at(-1)}: not found`, stderr: '' };
    },
  }) as unknown as Host;
const ALL = machine({
  bird: 'BIRD version 2.0.12',
  'frr/bgpd': 'bgpd version 8.4.4\nCopyright',
  gobgpd: 'gobgpd version 3.10.0',
  'sbin/bgpd': 'OpenBGPD 7.7',
});

describe('what stands for the outside', () => {
  test.each([
    ['bird', 'BIRD 2.0.12'],
    ['frr', 'FRR 8.4.4'],
    ['gobgp', 'GoBGP 3.10.0'],
    ['openbgpd', 'OpenBGPD 7.7'],
    ['agent', 'a Peerform agent'],
  ] as const)('is %s where it is asked for', async (kind, title) => {
    expect(await chooseOutside(ALL, false, kind)).toMatchObject({ kind, title });
  });

  test('is BIRD unless asked for, and an agent where BIRD 2 is not installed', async () => {
    expect(await chooseOutside(ALL, true)).toMatchObject({ kind: 'bird' });
    for (const host of [machine({}), machine({ bird: 'BIRD version 1.6.8' })])
      expect(await chooseOutside(host, true)).toMatchObject({
        kind: 'agent',
        title: 'a Peerform agent (BIRD 2 is not installed)',
      });
  });

  test.each([
    ['bird', 'BIRD', 'bird2'],
    ['frr', 'FRR', 'frr'],
    ['gobgp', 'GoBGP', 'gobgpd'],
    ['openbgpd', 'OpenBGPD', 'openbgpd'],
  ] as const)('is not guessed where %s is asked for and not installed', async (kind, title, name) => {
    await expect(chooseOutside(machine({}), false, kind)).rejects.toThrow(
      `--outside ${kind} needs ${title}, which is not installed here (Debian: apt-get install ${name})`,
    );
  });

  test('is not OpenBGPD without root', async () => {
    await expect(chooseOutside(ALL, true, 'openbgpd')).rejects.toThrow(
      '--outside openbgpd needs root, as OpenBGPD does not',
    );
    expect(await chooseOutside(ALL, true, 'frr')).toMatchObject({ kind: 'frr' });
  });
});
