import type { Block } from './terraform';

/** A fabric with these attributes, one wave with all its nodes, and its commit. */
export function deploymentOf(
  name: string,
  nodes: Readonly<Record<string, string>>,
  attributes: Readonly<Record<string, unknown>>,
): Block[] {
  const [fabric, wave] = [`peerform_fabric.${name}`, `peerform_wave.${name}`];
  const deployed = (of: Parameters<Block['attributes']>[0]) => {
    const { release, activation } = of(fabric);
    return { fabric: name, release, activation, nodes };
  };
  return [
    { address: fabric, type: 'peerform_fabric', after: [], attributes: () => ({ name, ...attributes }) },
    { address: wave, type: 'peerform_wave', after: [fabric], attributes: deployed },
    { address: `peerform_commit.${name}`, type: 'peerform_commit', after: [fabric, wave], attributes: deployed },
  ];
}
