/** The text of a plan as the API wrote it, with colours where they are wanted. */
import { harmless, type Paint } from './paint.js';

type Colour = Parameters<Paint>[0];

/** By how a line begins; the first that fits counts. */
const colours: readonly (readonly [RegExp, Colour])[] = [
  [/^(\d+\. |[^:]+ \d+\.\d+\.\d)/, 'bold'],
  [/^ {3}\+/, 'green'],
  [/^ {3}~/, 'yellow'],
  [/^ {3}!/, 'red'],
  [/^ {3}([=?]|reach |health |on failure)/, 'dim'],
];

export function paintPlan(text: readonly string[], paint: Paint): readonly string[] {
  return text.map((line) => {
    const colour = colours.find(([start]) => start.test(line))?.[1];
    if (colour === undefined) return harmless(line);
    const indent = line.length - line.trimStart().length;
    return line.slice(0, indent) + paint(colour, harmless(line.slice(indent)));
  });
}
