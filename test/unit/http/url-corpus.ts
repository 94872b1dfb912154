/** URLs that must never lead to a connection, in every way of writing them that a parser may accept. */

/** Loopback, metadata, private, shared, unspecified, multicast, reserved and benchmark addresses. */
const denied = [
  '127.0.0.1',
  '169.254.169.254',
  '10.1.2.3',
  '172.31.255.254',
  '192.168.1.1',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '0.0.0.0',
  '224.0.0.251',
  '240.0.0.1',
  '255.255.255.255',
  '198.18.0.1',
];

function waysToWrite(address: string): string[] {
  const parts = address.split('.').map(Number) as [number, number, number, number];
  const [a, b, c, d] = parts;
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = number.toString(16).padStart(8, '0');
  return [
    address,
    `${address}.`,
    String(number),
    `0x${hex}`,
    `0${number.toString(8)}`,
    parts.map((part) => `0x${part.toString(16)}`).join('.'),
    parts.map((part) => `0${part.toString(8).padStart(3, '0')}`).join('.'),
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replaceAll('.', '\u3002'),
    address.replaceAll('.', '%2e'),
    `[::ffff:${address}]`,
    `[::ffff:${hex.slice(0, 4)}:${hex.slice(4)}]`,
    `[64:ff9b::${address}]`,
    `[2002:${hex.slice(0, 4)}:${hex.slice(4)}::1]`,
  ];
}

const sixes = [
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fdff::1]',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
  '[ff02::1]',
  '[ff05::1:3]',
  '[100::1]',
  '[2001::1]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[4000::1]',
  '[64:ff9b:1::7f00:1]',
];

const circled = [
  '①②⑦.⓪.⓪.①',
  '①⑥⑨.②⑤④.①⑥⑨.②⑤④',
  '127.1',
  '127.0.1',
  '0x7f.1',
  '0177.1',
  '0',
  '0x0',
];

/** Hosts of all forms; each is tried by https and http. */
export const deniedHosts = [...denied.flatMap(waysToWrite), ...sixes, ...circled];

/** Whole URLs that are refused for another reason than their address. */
export const deniedUrls = [
  'ftp://gate.test/',
  'file:///etc/passwd',
  'gopher://gate.test:70/_x',
  'data:text/plain,yes',
  'javascript:alert(1)',
  'blob:https://gate.test/1',
  'ws://gate.test/',
  'wss://gate.test/',
  'unix:/var/run/docker.sock',
  'https://user@gate.test/',
  'https://user:secret@gate.test/',
  'https://:secret@gate.test/',
  'https://gate.test@127.0.0.1/',
  'https://gate.test%40127.0.0.1/',
  'https://127.0.0.1\\@gate.test/',
  'https://127.0.0.1#@gate.test/',
  'https://127.0.0.1?@gate.test/',
  'https://gate.test.evil.test/',
  'https://evilgate.test/',
  'https://gate.test./',
  'https://gate\u3002test\u3002/',
  'https://gate.test\u0000.evil.test/',
  'https://[::1%25eth0]/',
  'https://[fe80::1%25eth0]/',
  'https://300.300.300.300/',
  'https://1.2.3.4.5/',
  'https:///gate.test:99999/',
  'https://gate.test:-1/',
  'https://',
  '//gate.test/',
  'gate.test',
  '',
  ' ',
];
