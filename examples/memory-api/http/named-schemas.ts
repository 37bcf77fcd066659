import { isDeepStrictEqual } from 'node:util';

type Node = Record<string, unknown>;

/**
 * The document with every schema that has a `title` under that name in `components`, and a reference where it stood.
 *
 * @throws Error when two different schemas have the same title
 */
export function hoistNamed<D extends object>(document: D): D {
  const schemas: Node = {};
  const { paths, components } = document as { paths?: unknown; components?: Node };
  const hoisted = hoist(paths);
  return { ...document, paths: hoisted, components: { ...components, schemas } };

  function hoist(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(hoist);
    if (typeof value !== 'object' || value === null) return value;
    const node = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hoist(inner)]));
    return typeof node.title === 'string' ? refer(node.title, node) : node;
  }

  function refer(title: string, { description: _, ...schema }: Node): Node {
    const known = schemas[title];
    if (known !== undefined && !isDeepStrictEqual(known, schema)) {
      throw new Error(`two different schemas are called "${title}": give one of them another title`);
    }
    schemas[title] = schema;
    return { $ref: `#/components/schemas/${title}` };
  }
}
