/** Loaded into a pod's Node before its program: whatever address it listens on becomes the pod's own. */
import { Server } from 'node:net';

/** A real pod has a loopback and wildcard of its own; here every pod shares one network. */
const shared = new Set([undefined, '', '127.0.0.1', 'localhost', '0.0.0.0', '::', '::1']);
const podIp = process.env.POD_IP;
const listen = Server.prototype.listen;

/** @param {unknown} value */
const isPort = (value) => /^\d+$/.test(String(value));

/** @param {any[]} args */
Server.prototype.listen = function listenOnPod(...args) {
  const [first, second] = args;
  if (podIp === undefined) return Reflect.apply(listen, this, args);
  if (isPort(first)) {
    const rest = args.slice(typeof second === 'string' || second === undefined ? 2 : 1);
    const host = typeof second === 'string' ? second : undefined;
    return Reflect.apply(listen, this, [first, shared.has(host) ? podIp : host, ...rest]);
  }
  if (typeof first === 'object' && first !== null && isPort(first.port) && shared.has(first.host)) {
    return Reflect.apply(listen, this, [{ ...first, host: podIp }, ...args.slice(1)]);
  }
  return Reflect.apply(listen, this, args);
};
