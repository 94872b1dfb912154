/** Short texts that differ when what they are of differs: of an issue's fields, of a plan. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../canonical-json.js';
import { canonicalFields } from './canon.js';
import type { IssueFields } from './shapes.js';

/** SHA-256, its first 32 hex digits: what people copy to approve a plan. */
export function digestOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value)))).slice(0, 32);
}

/** Equal for fields that mean the same. */
export function digestFields(fields: IssueFields): string {
  return digestOf(canonicalFields(fields));
}
