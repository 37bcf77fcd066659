import { glob, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const runbook = join(root, 'docs/runbook');

export interface Page {
  /** Without its folder: `alerts.md`. */
  name: string;
  text: string;
  /** Blocks of commands, each as it stands there. */
  blocks: readonly string[];
  /** Anchors of its headings, as GitHub makes them. */
  anchors: ReadonlySet<string>;
  /** `[text](target)`: the targets that are no address elsewhere. */
  links: readonly string[];
  /** Names of settings, of environment variables, in prose or in commands. */
  names: ReadonlySet<string>;
}

export async function readPages(): Promise<Page[]> {
  const pages: Page[] = [];
  for await (const file of glob('*.md', { cwd: runbook })) pages.push(await readPage(file));
  return pages.sort((a, b) => a.name.localeCompare(b.name));
}

export async function readPage(name: string): Promise<Page> {
  const text = await readFile(join(runbook, name), 'utf8');
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return {
    name: basename(name),
    text,
    blocks: fenced(text, 'sh'),
    anchors: new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchorOf(title!))),
    links: [...prose.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to!).filter((to) => !/^https?:/.test(to)),
    names: new Set([...text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name)),
  };
}

/** The contents of all blocks of a kind, also of those in a list. */
export function fenced(text: string, kind: string): string[] {
  const blocks = new RegExp(`^( *)\`\`\`${kind}\\n([\\s\\S]*?)^ *\`\`\`$`, 'gm');
  return [...text.matchAll(blocks)].map(([, indent, inside]) =>
    inside!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}
