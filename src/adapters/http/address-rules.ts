/** Which network addresses a request made on behalf of somebody's configuration may reach. */
import { BlockList, isIP } from 'node:net';

/** `local`: this machine or a private network; `never`: nothing that a gate or an instance could be. */
export type AddressClass = 'public' | 'local' | 'never';

type Range = readonly [network: string, prefix: number];

const localRanges: readonly Range[] = [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['::1', 128],
  ['fc00::', 7],
];

/** Unspecified, link-local, documentation, benchmarks, multicast, reserved, tunnels that embed another address, metadata services. */
const neverRanges: readonly Range[] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const local = listOf(localRanges);
const never = listOf(neverRanges);
/** All other IPv6 space is not in public use. */
const globalSix = listOf([['2000::', 3]]);

function listOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) {
    list.addSubnet(network, prefix, isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Text that is no IP address is `never`. IPv4 addresses written as IPv6 are judged as the IPv4 address they are. */
export function classifyAddress(address: string): AddressClass {
  const bare = address.replace(/%.*$/, '');
  const version = isIP(bare);
  if (version === 0) return 'never';
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (never.check(bare, family)) return 'never';
  if (local.check(bare, family)) return 'local';
  if (version === 6 && !globalSix.check(bare, 'ipv6')) return 'never';
  return 'public';
}
