/** Whose tokens count at the codec server beside ours, out of `sluice.yaml`: an edit counts within seconds. */
import { keepReading } from '../config/kept-reading.js';
import type { Project } from '../config/project.js';
import type { UiTrust } from '../ports/ui-identity.js';
import { unreadableAccess } from './job-access.js';

export interface CodecAccess extends UiTrust {
  /** Where the Temporal UI is served, which browsers name when they ask from there. */
  readonly origin: string;
}

/** Null without `access.temporalUi`: only tokens of ours count, and no browser may ask from elsewhere. */
export function createCodecAccess(options: {
  readonly readProject: () => Promise<Pick<Project, 'access'>>;
  readonly clock: () => number;
}): () => Promise<CodecAccess | null> {
  const read = async () => (await options.readProject()).access.temporalUi ?? null;
  return keepReading({ read, unreadable: unreadableAccess, clock: options.clock });
}
