/** The ledger as a chain: each row carries the hash of the one before, so nothing can be changed without a trace. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalize } from 'json-canonicalize';
import type { LedgerEvent } from '../ledger-event.js';
import { storableEvent } from './storable.js';

/** The newest row, or the last one that was dropped: kept elsewhere, it shows whether rows are missing at the end. */
export interface ChainHead {
  /** From 1, without gaps. */
  readonly seq: number;
  /** SHA-256 in hex. */
  readonly hash: string;
}

export interface ChainLink extends ChainHead {
  readonly project: string;
  /** Hash of the row before; of the first row: SHA-256 of all that stood in the ledger before it was a chain. */
  readonly previous: string;
  readonly event: LedgerEvent;
}

/** SHA-256 of nothing: what the first row of a new ledger follows. */
export const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Canonical JSON by RFC 8785. */
export function canonicalText(value: object): string {
  return canonicalize(value);
}

/** SHA-256 over canonical JSON, in hex. */
export function hashValue(value: object): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalText(value))));
}

/** SHA-256 over the canonical JSON of `{event, previous, project, seq}`, in hex. */
export function hashLink({ event, previous, project, seq }: Omit<ChainLink, 'hash'>): string {
  return hashValue({ event, previous, project, seq });
}

/** @param after the row they follow: seq 0 for none */
export function linkEvents(
  project: string,
  after: ChainHead,
  events: readonly LedgerEvent[],
): readonly ChainLink[] {
  let { seq, hash } = after;
  return events.map((written) => {
    const link = { project, seq: seq + 1, previous: hash, event: storableEvent(written) };
    seq = link.seq;
    hash = hashLink(link);
    return { ...link, hash };
  });
}

/** The one text of a row, in a file as in an export; without its line end. */
export function lineOfLink({ event, hash, previous, project, seq }: ChainLink): string {
  return canonicalText({ event, hash, previous, project, seq });
}

/** First line of a chain whose oldest rows were dropped: the last of them. */
export function lineOfStart(project: string, { seq, hash }: ChainHead): string {
  return canonicalText({ project, start: { hash, seq } });
}

export type ChainLine =
  | { readonly kind: 'link'; readonly link: ChainLink }
  | { readonly kind: 'start'; readonly project: string; readonly start: ChainHead }
  /** As ledgers were written before they were chains. */
  | { readonly kind: 'unchained'; readonly event: LedgerEvent };

/** What a line is by its shape; null: nothing of ours. Neither hash nor order is looked at. */
export function readLine(text: string): ChainLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { project, seq, previous, hash, event, start } = value as Record<string, unknown>;
  if (isEvent(value)) return { kind: 'unchained', event: value };
  if (typeof project !== 'string') return null;
  if (isHead(start)) return { kind: 'start', project, start };
  const head = { seq, hash };
  if (!isHead(head) || typeof previous !== 'string' || !isEvent(event)) return null;
  return { kind: 'link', link: { ...head, project, previous, event } };
}

function isEvent(value: unknown): value is LedgerEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { id, subject } = value as Partial<LedgerEvent>;
  return typeof id === 'string' && typeof subject === 'string';
}

function isHead(value: unknown): value is ChainHead {
  if (typeof value !== 'object' || value === null) return false;
  const { seq, hash } = value as Partial<ChainHead>;
  return Number.isSafeInteger(seq) && (seq ?? -1) >= 0 && typeof hash === 'string';
}

/** Hash of what stands before the first row of a chain, taken line by line. */
export function hashLines(): { add(line: string): void; digest(): string } {
  const hash = sha256.create();
  return {
    add: (line) => void hash.update(utf8ToBytes(`${line}\n`)),
    digest: () => bytesToHex(hash.clone().digest()),
  };
}
