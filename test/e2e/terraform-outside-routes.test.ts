import { OWN_PROTOCOL } from '../../lib/kernel/codec/route-protocol';
import { eventually } from './support/network';
import { RealFleet } from './terraform-fleet';
import { bundledProvider, TerraformStack } from './terraform-stack';

const DROPPED = '203.0.113.0/24';
const KEPT = '198.51.100.0/24';

/**
 * What the plan says of routes from outside, by the real terraform, real agents and a BIRD beside them. Each test goes
 * on where the one before it ended.
 */
describe('routes from outside, in a plan', () => {
  let fleet: RealFleet;
  let stack: TerraformStack;
  const nodes = ['n1', 'n2', 'n3'];
  beforeAll(async () => {
    fleet = new RealFleet(4);
    stack = new TerraformStack(bundledProvider());
    await fleet.start(...nodes);
    fleet.network.bird(fleet.machine('n4'), bird([DROPPED, KEPT]));
    configure();
    expect(await stack.terraform('init')).toMatchObject({ code: 0 });
    expect(await stack.terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
    await eventually(() => expect(having(DROPPED)).toEqual(nodes));
  });
  afterAll(async () => {
    stack.remove();
    await fleet.remove();
  });

  const bird = (prefixes: readonly string[]) => `
router id 10.0.0.4;
protocol device {}
protocol static { ipv4; ${prefixes.map((prefix) => `route ${prefix} blackhole;`).join(' ')} }
${[1, 2]
  .map(
    (n) => `protocol bgp n${n} {
  local 10.0.0.4 as 65001; neighbor 10.0.0.${n} as 64512; connect retry time 1; error wait time 1, 2; graceful restart off;
  ipv4 { import all; export where source = RTS_STATIC; };
}`,
  )
  .join('\n')}`;

  /** n1 and n2 peer with the BIRD, with more rules of import before all is accepted. */
  function configure(rules = '', more = ''): void {
    const peer = (n: number) => `x${n} = { node = "n${n}", address = "10.0.0.4", as_number = 65001, filters = ["f"] }`;
    const fabric = `
  filters = { f = { import = [${rules} { action = "accept" }], export = [{ action = "accept", as_path_matches = "^$" }] } }
  peers   = {
    ${peer(1)}
    ${peer(2)}
  }
${more}`;
    stack.configure(fleet.configuration({ nodes, fabric }));
  }
  const drop = `{ prefix = "${DROPPED}", action = "reject" },`;
  /** 0: nothing to do, 1: an error, 2: changes. */
  const plan = (...more: string[]) => stack.terraform('plan', '-detailed-exitcode', ...more);
  const flat = ({ text }: { text: string }) => text.replace(/[│╷╵\s]+/g, ' ');
  const having = (prefix: string) =>
    nodes.filter((node) => fleet.machine(node).routes(`${prefix} proto ${OWN_PROTOCOL}`).length > 0);

  test('change nothing in the plan of an unchanged fabric', async () => {
    expect(await plan()).toMatchObject({ code: 0 });
    expect(await plan('-refresh=false')).toMatchObject({ code: 0 });
  });

  test('that an import rule would drop are an error that names them, before anything changed', async () => {
    configure(drop);
    const planned = await plan();
    expect(planned.code).toBe(1);
    expect(flat(planned)).toContain(`This change takes away the last path to ${DROPPED}, and its gate would fail`);
    expect(flat(planned)).toContain(`wave 1: ${DROPPED} at n1, n2`);
    expect((await stack.terraform('apply', '-auto-approve')).code).toBe(1);
    expect(await fleet.activations(nodes)).toEqual(['1/1', '1/1', '1/1']);
    expect(having(DROPPED)).toEqual(nodes);
  });

  test('are said the same by each plan, and by the apply that plans again after the neighbour has changed its mind', async () => {
    configure(drop, '  allow_disruption = true');
    const [first, second] = [await plan('-out=one'), await plan('-out=two')];
    expect(first.code).toBe(2);
    expect(second.text.replaceAll('two', 'one')).toBe(first.text);
    expect(flat(first)).toContain(`about = "" -> "Takes away the last path to ${DROPPED}, as allow_disruption allows;`);
    expect(flat(first)).toContain(`"lost: ${DROPPED} at n1, n2, n3"`);
    expect(flat(first)).toContain(`"rejected: ${DROPPED} from 10.0.0.4 at n1, n2 (it is rejected by import policy)"`);
    expect(first.text).not.toContain(KEPT);
    fleet.network.write(`${fleet.machine('n4').name}.conf`, bird([DROPPED]));
    fleet.network.birdc(fleet.machine('n4'), 'configure');
    await eventually(() => expect(having(KEPT)).toEqual([]));
    const applied = await stack.terraform('apply', 'two');
    expect(applied.text).not.toMatch(/inconsistent/i);
    expect(applied.code).toBe(0);
    await eventually(() => expect(having(DROPPED)).toEqual([]));
    expect(await plan()).toMatchObject({ code: 0 });
  });

  test('that come back are what the next plan shows, and nothing of the one before', async () => {
    configure();
    const planned = await plan();
    expect(planned.code).toBe(2);
    expect(flat(planned)).toContain(`"accepted: ${DROPPED} from 10.0.0.4 at n1, n2"`);
    expect(flat(planned)).toContain(`"gained: ${DROPPED} at n1, n2, n3"`);
    expect(planned.text).not.toMatch(/lost:|rejected:/);
    expect(await stack.terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
    await eventually(() => expect(having(DROPPED)).toEqual(nodes));
  });

  describe('of which one node and then another takes care', () => {
    const rules = (...more: string[]) =>
      `{ import = [${more.join()}], export = [{ action = "accept", as_path_matches = "^$" }] }`;
    const exits = (one: string, two: string, waves: string) =>
      stack.configure(
        fleet.configuration({
          nodes,
          fabric: `
  filters = { open = ${rules('{ action = "accept" }')}, closed = ${rules()} }
  peers   = {
    x1 = { node = "n1", address = "10.0.0.4", as_number = 65001, filters = ["${one}"] }
    x2 = { node = "n2", address = "10.0.0.4", as_number = 65001, filters = ["${two}"] }
  }
  waves   = ${waves}`,
        }),
      );

    test('are an error in the order of waves that leaves nobody meanwhile, which the gate would refuse, and in the other none', async () => {
      exits('closed', 'open', '[]');
      expect(await stack.terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
      exits('open', 'closed', '[["n2"], ["n1", "n3"]]');
      const planned = await plan();
      expect(planned.code).toBe(1);
      expect(flat(planned)).toContain(`wave 1: ${DROPPED} at n2`);
      exits('open', 'closed', '[["n1"], ["n2", "n3"]]');
      expect(await plan()).toMatchObject({ code: 2 });
      configure();
      expect(await stack.terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
    });
  });

  test('that go on to another neighbour outside are a warning that names them', async () => {
    stack.configure(
      fleet.configuration({
        nodes,
        fabric: `
  filters = { open = { import = [{ action = "accept" }], export = [{ action = "accept" }] } }
  peers   = {
    x1 = { node = "n1", address = "10.0.0.4", as_number = 65001, filters = ["open"] }
    x2 = { node = "n2", address = "10.0.0.4", as_number = 65001, filters = ["open"] }
    y  = { node = "n3", address = "10.0.0.250", as_number = 65003, filters = ["open"] }
  }`,
      }),
    );
    const planned = await plan();
    expect(planned.code).toBe(2);
    expect(flat(planned)).toContain('Routes from outside are advertised to other outside neighbours');
  });

  test('show what the neighbour will hear, and with what', async () => {
    stack.configure(
      fleet.configuration({
        nodes,
        n1: 'advertise = [{ prefix = "10.9.0.0/16" }]',
        fabric: `
  filters = { f = { import = [{ action = "accept" }], export = [{ action = "accept", as_path_matches = "^$" }] } }
  peers   = { x1 = { node = "n1", address = "10.0.0.4", as_number = 65001, filters = ["f"] }
    x2 = { node = "n2", address = "10.0.0.4", as_number = 65001, filters = ["f"] } }`,
      }),
    );
    const planned = await plan();
    expect(flat(planned)).toContain('"advertised: 10.9.0.0/16 to 10.0.0.4 by n1, n2"');
    expect(await stack.terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
    await eventually(() =>
      expect(fleet.network.birdc(fleet.machine('n4'), 'show route for 10.9.0.0/16')).toMatch(/\[n1 [\s\S]*\[n2 /),
    );
  });

  test('that go beyond a new limit are a warning, and so is what the neighbour must do, too', async () => {
    const peer = (n: number) =>
      `x${n} = { node = "n${n}", address = "10.0.0.4", as_number = 65002, filters = ["f"], max_prefixes = 1 }`;
    fleet.network.write(`${fleet.machine('n4').name}.conf`, bird([DROPPED, KEPT]));
    fleet.network.birdc(fleet.machine('n4'), 'configure');
    await eventually(() => expect(having(KEPT)).toEqual(nodes));
    stack.configure(
      fleet.configuration({
        nodes,
        fabric: `
  filters = { f = { import = [{ action = "accept" }], export = [{ action = "accept", as_path_matches = "^$" }] } }
  peers   = { ${peer(1)}
    ${peer(2)} }`,
      }),
    );
    // What agents say of their neighbours may be two seconds old.
    let planned!: Awaited<ReturnType<typeof plan>>;
    await eventually(async () => {
      planned = await plan();
      expect(flat(planned)).toContain('10.0.0.4 sends 2 prefixes to n1, n2, above its limit of 1');
    });
    expect(planned.code).toBe(2);
    expect(flat(planned)).toContain('10.0.0.4 must be in AS 65002 instead of 65001: its sessions with n1, n2');
  });
});
