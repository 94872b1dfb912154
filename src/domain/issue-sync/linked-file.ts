/** Which issue a file is of, told by its link, or by its name where it has none. */
import { numberInName } from '../issue/archive-path.js';
import { MatterRefusal, readMatter, splitMatter } from './front-matter.js';

/** Front matter is no longer. */
const longestLook = 65_536;

/**
 * The number of the issue that the file's front matter links it with; null when it links it with none, or cannot be read.
 * @example linkedNumber('---\ngithub: {id: I_1, number: 7}\n---\n') === 7
 */
export function linkedNumber(text: string): number | null {
  try {
    return readMatter(splitMatter(text).yaml).link?.number ?? null;
  } catch (error) {
    if (error instanceof MatterRefusal) return null;
    throw error;
  }
}

/**
 * As {@link linkedNumber}, of a file that cannot be read: as far as its lines tell.
 * @example linkedNumberInLines('---\n<<<<<<< file\ntitle: a\ngithub: {id: I_1, number: 7}\n') === 7
 */
export function linkedNumberInLines(text: string): number | null {
  const number =
    /^github:[ \t]*(?:\{[^}\r\n]*?|(?:\r?\n[ \t][^\r\n]*)*?\r?\n[ \t]+)\bnumber:[ \t]*(\d{1,10})\b/m.exec(
      text.slice(0, longestLook),
    )?.[1];
  return number === undefined ? null : Number(number);
}

/** A link counts more than a name: files made before they were synchronised have numbers of their own. */
export function isFileOf(number: number, path: string, text: string): boolean {
  const link = linkedNumber(text);
  return link === null ? numberInName(path) === number : link === number;
}
