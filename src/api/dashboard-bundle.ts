/** Makes of the dashboard's source the two files that a browser asks for. */

export interface DashboardBundle {
  readonly script: string;
  readonly style: string;
}

/** @param folder of the source */
export async function bundleDashboard(folder: string): Promise<DashboardBundle> {
  // Loaded here, because nobody else needs it; in the package it is not there, nor is the source.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: ['main.tsx', 'style.css'],
    absWorkingDir: folder,
    outdir: folder,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent',
  });
  const made = (ending: string): string =>
    outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: made('.js'), style: made('.css') };
}
