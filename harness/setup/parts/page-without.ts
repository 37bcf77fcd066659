/**
 * The page of a program that was built from its Go module, which has no pages: they are made by another tool chain.
 * It says so, and links to what it answers.
 */
export function pageWithout(
  title: string,
  links: readonly (readonly [path: string, what: string])[],
): string {
  const items = links.map(([path, what]) => `<li><a href="${path}">${what}</a></li>`).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<h1>${title}</h1>
<p>It was built from its Go module, which brings no pages of its own. Grafana shows what it has; here it answers:</p>
<ul>
${items}
</ul>
</html>
`;
}
