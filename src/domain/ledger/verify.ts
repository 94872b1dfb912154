/** Reads a chain line by line and names the first row that was altered, dropped, moved, put in or cut off. */
import {
  type ChainHead,
  type ChainLink,
  emptyHash,
  hashLines,
  hashLink,
  lineOfLink,
  lineOfStart,
  readLine,
} from './chain.js';
import { type ChainFault, type ChainReport, faultMessages } from './chain-report.js';

export interface ChainCheck {
  /** The next line, in the order in which they stand. */
  take(line: string): void;
  /** @param tail what stands after the last line end; empty as a rule */
  report(tail?: string): ChainReport;
}

/** A line that does not fit; whether the row that should stand there comes later says what happened. */
type Suspicion =
  | { readonly kind: 'gap'; readonly next: number; readonly line: number }
  | { readonly kind: 'unsound'; readonly id: string | null; readonly line: number };

/** @param kept a head from elsewhere: rows up to it must be there, and that one must be the same */
export function checkChain(kept: ChainHead | null = null): ChainCheck {
  const before = hashLines();
  let lines = 0;
  let unchained = 0;
  /** Before the chain; what is neither an event nor a row may have been the first row. */
  let unreadable: number | null = null;
  let isBegun = false;
  let project: string | null = null;
  let start: ChainHead | null = null;
  let head: ChainHead | null = null;
  let rows = 0;
  let suspicion: Suspicion | null = null;
  let fault: ChainFault | null = null;

  const last = (): ChainHead =>
    head ?? start ?? { seq: 0, hash: unchained === 0 ? emptyHash : before.digest() };
  const wanted = () => last().seq + 1;

  /** False: the line still stands before the chain. */
  function begin(text: string): boolean {
    const read = readLine(text);
    if (read?.kind === 'start' && lines === 1) {
      ({ project, start } = read);
      if (text !== lineOfStart(project, start)) {
        const { seq } = start;
        fault = { kind: 'altered', seq, line: 1, id: null, message: faultMessages.altered(seq, 1) };
      }
      return true;
    }
    if (read?.kind === 'link') return true;
    unchained += 1;
    before.add(text);
    if (read?.kind !== 'unchained') unreadable ??= lines;
    return false;
  }

  function follow(link: ChainLink): void {
    const { seq, hash, previous, event } = link;
    const name = (kind: ChainFault['kind'], message: string, at = seq) => {
      fault = { kind, seq: at, line: lines, id: event.id, message };
    };
    if (seq < wanted()) return name('repeated', faultMessages.repeated(seq, lines));
    if (seq > wanted()) {
      suspicion =
        head === null && unreadable !== null
          ? { kind: 'unsound', id: null, line: unreadable }
          : { kind: 'gap', next: seq, line: lines };
    } else if (previous !== last().hash) {
      if (last().seq === 0) name('altered', faultMessages.alteredBefore(), 0);
      else name('rewritten', faultMessages.unlinked(seq));
    } else if (project !== null && project !== link.project) {
      name('rewritten', faultMessages.otherProject(seq, link.project, project));
    } else if (kept?.seq === seq && kept.hash !== hash) {
      name('rewritten', faultMessages.otherHead(seq));
    } else {
      project = link.project;
      head = { seq, hash };
      rows += 1;
    }
  }

  function explain(seen: Suspicion, comesLater: boolean): ChainFault {
    const seq = wanted();
    const { line } = seen;
    if (seen.kind === 'gap') {
      const kind = comesLater ? 'reordered' : 'dropped';
      return { kind, seq, line, id: null, message: faultMessages[kind](seq, line, seen.next) };
    }
    const kind = comesLater ? 'inserted' : 'altered';
    return { kind, seq, line, id: seen.id, message: faultMessages[kind](seq, line) };
  }

  return {
    take(text) {
      lines += 1;
      if (fault !== null) return;
      const wasBegun = isBegun;
      isBegun ||= begin(text);
      if (!isBegun || (!wasBegun && start !== null)) return;
      const link = soundLink(text);
      if (suspicion !== null) {
        if (link?.seq === wanted()) fault = explain(suspicion, true);
      } else if (link === null) {
        suspicion = { kind: 'unsound', id: idIn(text), line: lines };
      } else {
        follow(link);
      }
    },

    report(tail = '') {
      if (!isBegun && unreadable !== null) {
        suspicion ??= { kind: 'unsound', id: null, line: unreadable };
      }
      if (suspicion !== null) fault ??= explain(suspicion, false);
      const missing = { seq: wanted(), id: null };
      if (tail !== '') {
        const line = lines + 1;
        const message = faultMessages.unfinished(line);
        fault ??= { ...missing, kind: 'unfinished', line, message };
      }
      if (kept !== null && last().seq < kept.seq) {
        const message = faultMessages.truncated(last().seq, kept.seq);
        fault ??= { ...missing, kind: 'truncated', line: null, message };
      }
      return { project, start, head, rows, unchained, fault };
    },
  };
}

/** Null unless the line is byte for byte what was written for its row. */
function soundLink(text: string): ChainLink | null {
  const read = readLine(text);
  if (read?.kind !== 'link') return null;
  const { link } = read;
  try {
    return text === lineOfLink(link) && link.hash === hashLink(link) ? link : null;
  } catch {
    // JSON may say what canonical JSON cannot: 1e999 is read as Infinity. We write nothing of that kind.
    return null;
  }
}

function idIn(text: string): string | null {
  const read = readLine(text);
  if (read?.kind === 'start' || read === null) return null;
  return read.kind === 'link' ? read.link.event.id : read.event.id;
}
