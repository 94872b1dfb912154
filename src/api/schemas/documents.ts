/** Ties a schema to the domain type it documents: a field that drifts apart fails the type check. */
import type { z } from 'zod';

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** `documents<ReleaseView>()(schema)` is the schema, accepted only when every ReleaseView fits it. */
export function documents<Domain>() {
  return <S extends z.ZodType>(
    schema: Domain extends Frozen<z.input<S>> ? S : [Domain, 'does not fit', Frozen<z.input<S>>],
  ): S => schema as S;
}
