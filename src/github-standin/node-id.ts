/** Node ids: opaque to clients, a kind and a number inside. */

export type NodeKind =
  | 'R'
  | 'U'
  | 'I'
  | 'PR'
  | 'IC'
  | 'LA'
  | 'MI'
  | 'REF'
  | 'C'
  | 'CR'
  | 'CS'
  | 'SC'
  | 'DE'
  | 'DES'
  | 'PRR'
  | 'LB'
  | 'A'
  | 'T'
  | 'B'
  | 'E'
  | 'UCE'
  | 'MQE'
  | 'BPR'
  | 'RE'
  | 'RRS'
  | 'MQ'
  | 'EV';

export function nodeId(kind: NodeKind, ...parts: readonly (string | number)[]): string {
  return `${kind}_${Buffer.from(parts.join(':')).toString('base64url')}`;
}

/** Null for what is no id of ours. */
export function parseNodeId(id: string): { kind: string; parts: readonly string[] } | null {
  const match = /^([A-Z]+)_([A-Za-z0-9_-]+)$/.exec(id);
  if (match === null) return null;
  const parts = Buffer.from(match[2] ?? '', 'base64url')
    .toString('utf8')
    .split(':');
  return { kind: match[1] ?? '', parts };
}
