/** Evidence records as files: read with every fault named, written as the bytes that their reference is the hash of. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { explainIssues } from '../config/explain-issues.js';
import { readYaml } from '../config/yaml-source.js';
import { evidenceRecord, readEvidenceRecord } from '../domain/analysis/record-schema.js';
import type { EvidenceRecord } from '../domain/analysis/replay.js';
import { canonicalJson } from '../domain/canonical-json.js';
import { Failure } from '../domain/failures.js';

const save = 'save one with: sluice why <reference> --save <file>';
/** Lines are looked up in files up to this length; a longer one is told by its fields alone. */
const longestLined = 1_000_000;
const mostFaults = 20;

export interface RecordFile {
  readonly record: EvidenceRecord;
  /** `sha256:<hex>` of what is in the file: the reference under which a store keeps it. */
  readonly reference: string;
}

/**
 * Takes what `--save` wrote, what the store of evidence keeps, and the answer of `why --json`.
 * @throws InvalidInput with file and line of a syntax fault, or with the field of each fault
 */
export async function readRecordFile(file: string): Promise<RecordFile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const why = { where: file, next: save };
    throw new Failure('InvalidInput', `${file} cannot be read`, why, error);
  });
  const whole = parseJson(text, file);
  const { value, above } = recordIn(whole);
  const { record, issues } = readEvidenceRecord(value);
  if (record !== null) return { record, reference: referenceOf(value) };
  const explained = explainIssues(issues, evidenceRecord, value).slice(0, mostFaults);
  const lined = text.length <= longestLined ? readYaml(text, file) : null;
  const faults = explained.map(({ path, message }) => ({
    where: lined?.where([...above, ...path]) ?? file,
    message,
  }));
  throw new Failure('InvalidInput', `${file} is no evidence record: ${explained[0]?.message}`, {
    where: faults[0]?.where ?? file,
    next: save,
    faults,
  });
}

/** The samples of a `why --json` answer, where that is what was kept. */
function recordIn(whole: unknown): { readonly value: unknown; readonly above: readonly string[] } {
  const { samples } = (whole ?? {}) as { readonly samples?: { readonly value?: unknown } | null };
  return samples?.value == null
    ? { value: whole, above: [] }
    : { value: samples.value, above: ['samples', 'value'] };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    const at = /at position (\d+)/.exec(message)?.[1];
    const before = at === undefined ? text : text.slice(0, Number(at));
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    throw new Failure(
      'InvalidInput',
      `${file} is not JSON: ${message.replace(/ at position.*| \(line.*/, '')}`,
      { where: `${file}:${line}:${column}`, next: save },
      error,
    );
  }
}

function referenceOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

/**
 * Writes the canonical bytes, so that `sha256sum` of the file is the reference; never over another file.
 * @throws DigestMismatch when what came is not what the reference names
 */
export async function writeRecordFile(
  file: string,
  value: unknown,
  reference: string,
): Promise<void> {
  const found = referenceOf(value);
  if (found !== reference) {
    throw new Failure('DigestMismatch', 'the samples that came are not those of the verdict', {
      where: file,
      seen: found,
      limit: reference,
    });
  }
  await writeFile(file, canonicalJson(value), { flag: 'wx' }).catch((error: unknown) => {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new Failure(
      'InvalidInput',
      exists ? `${file} is there already` : `${file} cannot be written`,
      { where: '--save', next: 'name another file' },
      error,
    );
  });
}
