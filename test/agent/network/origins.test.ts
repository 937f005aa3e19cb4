import { Origins } from '../../../lib/agent/network/origins';
import type { FabricSpec } from '../../../lib/model/fabric';
import { Prefix } from '../../../lib/model/prefix';
import { sure } from '../../../lib/model/problem';
import { readFabric } from '../../../lib/model/read';

const prefix = (text: string) => sure(Prefix.parse(text));

/** The origins of node n1, and what they told, as lines. */
function origins() {
  const told: string[] = [];
  const it = new Origins({
    originate: (which, { interface: link, communities, largeCommunities, extendedCommunities }) =>
      told.push(
        ['+', which, link, communities, largeCommunities?.join(), extendedCommunities?.map(({ length }) => length)]
          .filter((part) => part !== undefined)
          .join(' '),
      ),
    withdraw: (which) => told.push(`- ${which}`),
    blackhole: (which, on) => told.push(`${on ? 'drop' : 'let'} ${which}`),
  });
  const configure = (node: NonNullable<FabricSpec['nodes']>[string] = {}, more: Partial<FabricSpec> = {}) => {
    const { fabric, problems } = readFabric({
      name: 'lab',
      nodes: { n1: { ipv4Address: '10.0.0.1', ...node } },
      ...more,
    });
    expect(problems.map(String)).toEqual([]);
    it.configure(fabric, 'n1');
  };
  return { it, configure, news: () => told.splice(0) };
}

describe('what a node originates', () => {
  test('are its workloads, each with its interface, as long as they are there', () => {
    const { it, configure, news } = origins();
    configure();
    it.appeared(prefix('10.65.0.1/32'), 'cali1');
    it.appeared(prefix('10.65.0.1/32'), 'cali1');
    it.appeared(prefix('10.65.0.1/32'), 'cali2');
    it.disappeared(prefix('10.65.0.1/32'));
    it.disappeared(prefix('10.65.0.1/32'));
    expect(news()).toEqual(['+ 10.65.0.1/32 cali1', '+ 10.65.0.1/32 cali2', '- 10.65.0.1/32']);
  });

  test('is what the fabric has it advertise, dropped where it leads nowhere unless said otherwise', () => {
    const { configure, news } = origins();
    configure({ advertise: [{ prefix: '10.65.0.0/24' }, { prefix: '10.66.0.0/24', blackhole: false }] });
    expect(news()).toEqual(['+ 10.65.0.0/24', '+ 10.66.0.0/24', 'drop 10.65.0.0/24']);
    configure({ advertise: [{ prefix: '10.65.0.0/24', blackhole: false }] });
    expect(news()).toEqual(['let 10.65.0.0/24', '- 10.66.0.0/24']);
    configure();
    expect(news()).toEqual(['- 10.65.0.0/24']);
  });

  test('holds back workloads within a prefix that is to stand for them', () => {
    const { it, configure, news } = origins();
    configure();
    it.appeared(prefix('10.65.0.1/32'), 'cali1');
    it.appeared(prefix('10.66.0.1/32'), 'cali2');
    news();
    const block = { prefix: '10.65.0.0/24', blackhole: false };
    configure({ advertise: [{ ...block, moreSpecifics: 'suppress' }] });
    it.appeared(prefix('10.65.0.2/32'), 'cali3');
    expect(news()).toEqual(['- 10.65.0.1/32', '+ 10.65.0.0/24']);
    configure({ advertise: [block] });
    expect(news().sort()).toEqual(['+ 10.65.0.1/32 cali1', '+ 10.65.0.2/32 cali3']);
  });

  test('bears the communities of its advertisement and of the prefixes that it lies within', () => {
    const { it, configure, news } = origins();
    it.appeared(prefix('10.65.0.1/32'), undefined);
    news();
    configure(
      { advertise: [{ prefix: '10.66.0.0/24', blackhole: false, communities: ['1:1', '1:2:3', 'rt:1:1'] }] },
      {
        communities: { gold: '64512:7' },
        prefixAdvertisements: [
          { prefix: '10.64.0.0/10', communities: ['gold'] },
          { prefix: '10.66.0.0/24', communities: ['1:1'] },
        ],
      },
    );
    expect(news()).toEqual([
      `+ 10.65.0.1/32 ${64512 * 65536 + 7}`,
      `+ 10.66.0.0/24 ${65537},${64512 * 65536 + 7} 1,2,3 8`,
    ]);
    configure();
    expect(news()).toEqual(['+ 10.65.0.1/32', '- 10.66.0.0/24']);
  });
});
