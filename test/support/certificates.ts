/** Certificates for tests of TLS: an authority, and who it vouches for, written down as X.509 has it. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Certified {
  /** In PEM, as everything here. */
  readonly certificate: string;
  readonly key: string;
}

const part = (tag: number, ...content: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...content: readonly Uint8Array[]) => part(0x30, ...content);
const objectId = (hex: string) => part(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Uint8Array) => part(0x04, content);
const truth = part(0x01, Buffer.from([0xff]));
const integer = (bytes: Uint8Array) => part(0x02, bytes);

const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'));
const nameOf = (text: string) =>
  sequence(part(0x31, sequence(objectId('550403'), part(0x0c, Buffer.from(text)))));
const timeOf = (ms: number) =>
  part(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')}`));
/** Is one that vouches for others. */
const isAuthority = sequence(objectId('551d13'), truth, octets(sequence(truth)));
const isThisMachine = sequence(
  objectId('551d11'),
  octets(sequence(part(0x87, Buffer.from([127, 0, 0, 1])))),
);

const pem = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;

export function createAuthority(name: string) {
  const own = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

  function certify(subject: string, publicKey: KeyObject, extension: Uint8Array): string {
    const dayMs = 86_400_000;
    const body = sequence(
      part(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ecdsaWithSha256,
      nameOf(name),
      sequence(timeOf(Date.now() - dayMs), timeOf(Date.now() + dayMs)),
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      part(0xa3, sequence(extension)),
    );
    const signature = sign('sha256', body, own.privateKey);
    return pem(
      sequence(body, ecdsaWithSha256, part(0x03, Buffer.concat([Buffer.from([0]), signature]))),
    );
  }

  return {
    certificate: certify(name, own.publicKey, isAuthority),
    /** For somebody at 127.0.0.1, server or client. */
    issue(subject: string): Certified {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
      return {
        certificate: certify(subject, publicKey, isThisMachine),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}
