#!/usr/bin/env node
/** Starts the command line from its TypeScript source. */
import { register } from 'tsx/esm/api';

register();
await import(new URL('../src/cli/main.ts', import.meta.url).href);
