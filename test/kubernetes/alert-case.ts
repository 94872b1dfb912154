/** A case of an alert rule: series, and what fires under them. */

export interface AlertCase {
  readonly alert: string;
  readonly title: string;
  /** Name and labels of a series, and its samples in promtool's notation. */
  readonly series: Readonly<Record<string, string>>;
  /** When it is looked. */
  readonly at: string;
  /** Labels of what fires then, beside `severity`; null: nothing. */
  readonly fires: Readonly<Record<string, string>> | null;
}
