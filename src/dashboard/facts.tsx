/** What the pages say of one thing in the same form: a fact with its name, how long it took, its history in Temporal. */
import type { ComponentChildren } from 'preact';
import { age, dateOf, temporalHref } from './format.js';
import { useSession } from './hooks.js';

interface FactProps {
  readonly name: string;
  /** A version, a commit or a digest, by which people compare. */
  readonly isVersion?: boolean;
  readonly title?: string;
  readonly children: ComponentChildren;
}

export function Fact({ name, isVersion = false, title, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isVersion ? 'version' : undefined} title={title}>
        {children}
      </dd>
    </div>
  );
}

interface TimeSpan {
  readonly startedAtMs: number;
  /** Null: it still goes on. */
  readonly endedAtMs: number | null;
}

interface AgeProps {
  readonly span: TimeSpan;
  readonly nowMs: number;
}

export function AgeFact({ span: { startedAtMs, endedAtMs }, nowMs }: AgeProps) {
  return (
    <Fact name={endedAtMs === null ? 'Age' : 'Took'}>
      <time title={dateOf(startedAtMs)}>{age((endedAtMs ?? nowMs) - startedAtMs)}</time>
    </Fact>
  );
}

/** Nothing where no Temporal UI is known. */
export function HistoryFact({ workflowId }: { readonly workflowId: string }) {
  const { me } = useSession();
  const href = temporalHref(me.temporalUiUrl, workflowId);
  if (href === null) return null;
  return (
    <Fact name="Temporal">
      <a href={href} target="_blank" rel="noreferrer">
        history
      </a>
    </Fact>
  );
}

interface HeadProps {
  readonly columns: readonly string[];
  /** Those of the columns that hold numbers. */
  readonly numbers?: readonly string[];
}

export function Head({ columns, numbers = [] }: HeadProps) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col" class={numbers.includes(column) ? 'number' : undefined}>
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}
